"""Findings, in words: what is missing, extra or different about one object or one pair."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, TypeAlias

import msgspec

from drift.kinds import RULES
from drift.kinds.kind import Kind
from drift.model import Finding, Severity
from drift.texts import WORDS, clip, kept, listed

_APART = {"schema", "table", "name", "called"}
"""What a finding says of an object by its reference."""
Changes = dict[str, tuple[Any, Any]]
Change: TypeAlias = tuple[tuple[str, ...], Any, Any]


MOST_ITEMS, MOST_TEXT = 200, 10_000
"""Items of two lists, and characters of a text in one, that are still told apart one by one."""


def changes(expected: dict[str, Any], actual: dict[str, Any]) -> Changes:
    """Return the paths at which the facts differ (`keys.0.descending`) with both values."""
    found = {
        ".".join(path): (_value(one), _value(other))
        for path, one, other in _differing((), expected, actual)
    }
    return dict(sorted(found.items()))


def _differing(path: tuple[str, ...], one: Any, other: Any) -> Iterator[Change]:
    """Yield what differs: inside of dictionaries and short lists, else as a whole."""
    if one == other:
        return
    if isinstance(one, dict) and isinstance(other, dict):
        for key in dict.fromkeys((*one, *other)):
            yield from _differing((*path, str(key)), one.get(key), other.get(key))
    elif isinstance(one, list | tuple) and isinstance(other, list | tuple) and _short(one, other):
        yield from _items(path, one, other)
    else:
        yield path, one, other


def _short(one: Sequence[Any], other: Sequence[Any]) -> bool:
    """Tell whether a comparison item by item, whose time grows with the square, is quick."""
    if len(one) + len(other) > MOST_ITEMS:
        return False
    return sum(len(str(item)) for item in (*one, *other)) <= MOST_TEXT


def _items(path: tuple[str, ...], one: Sequence[Any], other: Sequence[Any]) -> Iterator[Change]:
    from deepdiff import DeepDiff

    tree = DeepDiff(one, other, view="tree")
    for level in chain.from_iterable(tree.values()):
        steps = map(str, level.path(output_format="list"))
        yield (*path, *steps), level.t1, level.t2


def _value(value: Any) -> Any:
    return None if repr(value) == "not present" else msgspec.to_builtins(value)


def missing(kind: Kind[Any], item: Any) -> Finding:
    """Say that the models declare `item` and the database does not have it."""
    rule = RULES[f"missing-{kind.name}"]
    return Finding(
        rule=rule.id,
        severity=kind.severity_of_missing(item),
        object=kind.ref(item),
        message=f"{_noun(kind)} {_called(kind, item)} is declared and does not exist in the "
        "database",
        impact=rule.impact,
        detail=clip(kind.describe(item)),
        expected=_facts(item),
    )


def extra(kind: Kind[Any], item: Any) -> Finding:
    """Say that the database has `item` and no model declares it."""
    rule = RULES[f"extra-{kind.name}"]
    return Finding(
        rule=rule.id,
        severity=kind.severity_of_extra(item),
        object=kind.ref(item),
        message=f"{_noun(kind)} {_called(kind, item)} exists in the database and no model "
        "declares it",
        impact=rule.impact,
        detail=clip(kind.describe(item)),
        actual=_facts(item),
    )


def mismatches(
    kind: Kind[Any], declared: Any, live: Any, found: Changes, reasons: Mapping[str, str]
) -> Iterator[Finding]:
    """Yield a finding for each rule that the changes fall under.

    `reasons` tell why the server did not judge some changes: their spellings differ, and so may
    their meanings. Such a finding is a warning at most, and says so.
    """
    by_rule: dict[str, Changes] = {}
    severities: dict[str, list[Severity]] = {}
    for path, values in found.items():
        rule, severity = kind.judge(path, declared, live)
        by_rule.setdefault(rule, {})[path] = values
        severity = severity or RULES[rule].severity
        if path in reasons and severity == Severity.ERROR:
            severity = Severity.WARNING
        severities.setdefault(rule, []).append(severity)
    for rule, some in by_rule.items():
        shown = _shown(some, declared, live)
        yield Finding(
            rule=rule,
            severity=min(severities[rule], key=lambda severity: severity.rank),
            object=kind.ref(live),
            message=f"{_noun(kind)} {kind.label(live)}: {_mismatch(shown, reasons)}",
            detail=_mismatch(shown, reasons),
            impact=RULES[rule].impact,
            expected=_facts(declared),
            actual=_facts(live),
            changes=shown,
        )


def state(kind: Kind[Any], rule: str, live: Any, message: str) -> Finding:
    """Report a state of a live object that no model declares but that matters."""
    return Finding(
        rule=rule,
        severity=RULES[rule].severity,
        object=kind.ref(live),
        message=f"{_noun(kind)} {kind.label(live)} {message}",
        impact=RULES[rule].impact,
        detail=message,
        actual=_facts(live),
    )


def _shown(found: Changes, declared: Any, live: Any) -> Changes:
    """Show what each side really says, rather than the spelling that was compared."""
    shown: Changes = {}
    for path, values in found.items():
        raw = (getattr(declared, path, None), getattr(live, path, None))
        shown[path] = kept(values if raw[0] == raw[1] else msgspec.to_builtins(raw))
    return shown


def _mismatch(found: Mapping[str, tuple[Any, Any]], reasons: Mapping[str, str]) -> str:
    parts = []
    for path, (one, other) in found.items():
        text = f"{path.replace('_', ' ')} is declared {_words(one)}, live {_words(other)}"
        if path in reasons:
            text += f" (could not be compared: {clip(reasons[path])})"
        parts.append(text)
    return clip("; ".join(parts), WORDS)


def _words(value: Any) -> str:
    if value is None:
        return "(none)"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return clip(f"({listed(value)})")
    return clip(str(value))


def _noun(kind: Kind[Any]) -> str:
    return kind.name.replace("-", " ")


def _called(kind: Kind[Any], item: Any) -> str:
    label, description = kind.label(item), clip(kind.describe(item))
    return label if description in {"", label} else f"{label} ({description})"


def _facts(item: Any) -> dict[str, Any]:
    facts: dict[str, Any] = kept(msgspec.to_builtins(item))
    return {key: value for key, value in facts.items() if key not in _APART}
