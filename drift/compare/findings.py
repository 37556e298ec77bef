"""Makes findings, with their messages: about a missing, an extra or a changed object."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, NamedTuple

import msgspec

from drift.compare.clauses import described, impact_of, worst
from drift.kinds import RULES
from drift.kinds.base import Effect, Kind, LiveProblem, noun_of
from drift.kinds.sides import USUAL, Sides
from drift.kinds.sql_words import clauses
from drift.kinds.type_impact import ABSENT
from drift.model import Rule, Severity
from drift.report.finding import Clause, Finding
from drift.texts import clip, kept

Changes = dict[str, tuple[Any, Any]]

MOST_ITEMS, MOST_TEXT = 200, 10_000
"""Items of two lists, and characters of a text in one, that are still compared one by one."""


def changes(expected: dict[str, Any], actual: dict[str, Any]) -> Changes:
    """Return the attributes that differ with both values; `identity.start`, but a list as a whole.

    The position in a list says little: once `b` after `a` is gone, `c` has its position.
    """
    return dict(sorted(_differing("", expected, actual)))


def _differing(attribute: str, declared: Any, live: Any) -> Iterator[tuple[str, tuple[Any, Any]]]:
    if declared == live:
        return
    if isinstance(declared, dict) and isinstance(live, dict):
        for key in dict.fromkeys((*declared, *live)):
            name = f"{attribute}.{key}" if attribute else str(key)
            yield from _differing(name, declared.get(key), live.get(key))
    else:
        yield attribute, (msgspec.to_builtins(declared), msgspec.to_builtins(live))


def leaves(declared: Any, live: Any) -> Iterator[tuple[Any, Any]]:
    """Yield the differing items of two short lists, pair by pair; else both values as a whole."""
    if not (isinstance(declared, list | tuple) and isinstance(live, list | tuple)):
        yield declared, live
    elif _short(declared, live):
        from deepdiff import DeepDiff

        tree = DeepDiff(declared, live, view="tree")
        yield from ((level.t1, level.t2) for level in chain.from_iterable(tree.values()))


def _short(declared: Sequence[Any], live: Sequence[Any]) -> bool:
    """Return whether a comparison item by item, whose time grows with the square, is quick."""
    items = (*declared, *live)
    return len(items) <= MOST_ITEMS and sum(len(str(item)) for item in items) <= MOST_TEXT


def missing(kind: Kind[Any], item: Any, sides: Sides = USUAL) -> Finding:
    """Return the finding that the database does not have a declared `item`."""
    state = sides.only_expected(is_optional=kind.is_optional)
    effect = kind.effect_of_missing(item)
    finding = _one_sided(kind, item, "missing", state, effect)
    return msgspec.structs.replace(finding, expected=_facts(kind, item))


def extra(kind: Kind[Any], item: Any, sides: Sides = USUAL) -> Finding:
    """Return the finding that the database has an `item` that no model declares."""
    state = sides.only_actual(is_optional=kind.is_optional)
    effect = kind.effect_of_extra(item)
    finding = _one_sided(kind, item, "extra", state, effect)
    return msgspec.structs.replace(finding, actual=_facts(kind, item))


def _one_sided(kind: Kind[Any], item: Any, which: str, state: str, effect: Effect) -> Finding:
    rule, description = RULES[f"{which}-{kind.name}"], clip(kind.describe(item))
    label = kind.label(item)
    noun = noun_of(kind.name)
    named = label if description in {"", label, noun} else f"{label} ({description})"
    return Finding(
        rule=rule.id,
        severity=effect.severity or rule.severity,
        object=kind.ref(item),
        message=f"{noun} {named} {state}",
        impact=effect.impact or rule.impact,
        # The kind alone says nothing beside a name.
        detail=state if description == noun else description,
    )


class Doubts(NamedTuple):
    """The reasons why the server did not judge some changes: only their spellings may differ.

    `absent`: the declared type does not exist in the database, so that it differs for sure.
    """

    reasons: Mapping[str, str]
    absent: bool = False


def mismatches(  # noqa: PLR0913, PLR0917 — what a message is made of
    kind: Kind[Any],
    declared: Any,
    live: Any,
    changes: Changes,
    doubts: Doubts,
    sides: Sides = USUAL,
) -> Iterator[Finding]:
    """Yield a finding per rule that the changes fall under.

    A change about which there are doubts is a warning at most, and its message has the reason.
    """
    by_rule: dict[str, Changes] = defaultdict(dict)
    for change, values in changes.items():
        by_rule[kind.rule(change)][change] = values
    for rule, group in by_rule.items():
        effects = {change: kind.effect_of_change(change, declared, live) for change in group}
        shown = _shown(kind, group, declared, live)
        made = [_clause(RULES[rule], *pair, effects, doubts, sides) for pair in shown.items()]
        detail = described(made)
        yield Finding(
            rule=rule,
            severity=worst(made),
            object=kind.ref(live),
            message=f"{noun_of(kind.name)} {kind.label(live)}: {detail}",
            detail=detail,
            impact=impact_of(made),
            expected=_facts(kind, declared),
            actual=_facts(kind, live),
            changes=shown,
            clauses=tuple(made),
        )


def live_problem(kind: Kind[Any], problem: LiveProblem, live: Any, sides: Sides = USUAL) -> Finding:
    """Return the finding about a problem of a live object that no model declares."""
    detail = problem.text if sides.are_usual else f"{problem.text} (in {sides.in_actual})"
    return Finding(
        rule=problem.rule,
        severity=RULES[problem.rule].severity,
        object=kind.ref(live),
        message=f"{noun_of(kind.name)} {kind.label(live)} {detail}",
        impact=problem.impact or RULES[problem.rule].impact,
        detail=detail,
        actual=_facts(kind, live),
        changes={problem.attribute: (True, False)},
    )


def expected_problem(kind: Kind[Any], problem: LiveProblem, declared: Any, sides: Sides) -> Finding:
    """Return the finding about a problem that only the object of the expected side has."""
    detail = f"{problem.text} (in {sides.in_expected} only)"
    return Finding(
        rule=problem.rule,
        severity=Severity.INFO,
        object=kind.ref(declared),
        message=f"{noun_of(kind.name)} {kind.label(declared)} {detail}",
        impact=f"No effect in {sides.in_actual}, which does not have this problem.",
        detail=detail,
        expected=_facts(kind, declared),
        changes={problem.attribute: (False, True)},
    )


def _shown(kind: Kind[Any], changes: Changes, declared: Any, live: Any) -> Changes:
    """Return the changes as each side spells them, rather than as they were compared."""
    shown: Changes = {}
    for attribute, values in changes.items():
        raw = (kind.shown_change(declared, attribute), kind.shown_change(live, attribute))
        shown[attribute] = kept(values if raw[0] == raw[1] else raw)
    return shown


def _clause(  # noqa: PLR0913, PLR0917 — what a message is made of
    rule: Rule,
    attribute: str,
    values: tuple[Any, Any],
    effects: Mapping[str, Effect],
    doubts: Doubts,
    sides: Sides,
) -> Clause:
    """Return the part of a finding about one changed fact, as far as the server judged it."""
    effect, doubt = effects[attribute], doubts.reasons.get(attribute)
    severity = Severity.INFO if attribute == "name" else effect.severity or rule.severity
    is_absent = doubts.absent and attribute == "type"
    remark = f" (this type does not exist in {sides.in_actual})" if is_absent else ""
    texts = list(clauses(attribute, *values, remark, sides))
    if doubt is not None:
        texts[-1] += f" (could not be compared: {clip(doubt)})"
        severity = max(severity, Severity.WARNING, key=lambda level: level.rank)
    impact = "" if doubt is not None else effect.impact or rule.impact
    return Clause(
        attribute=attribute,
        severity=severity,
        text="; ".join(texts),
        impact=ABSENT if is_absent else impact,
    )


def _facts(kind: Kind[Any], item: Any) -> dict[str, Any]:
    return kept(kind.facts_of(item))
