"""Severities, and the patterns of rules and objects."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from fnmatch import fnmatchcase
from typing import Annotated, Any

from drift.config.problems import InvalidValueError, suggest
from drift.config.values import Scalar, choice, kind, one_line
from drift.model import Severity

LONGEST_PATTERN = 1000
NO_RULE = "-"
"""A pattern that matches no rule."""
_LEVELS = (*map(str, Severity), "off")


def _level(scalar: Scalar) -> Severity | None:
    """Return a severity, or None for `off`, which YAML takes for a boolean."""
    if scalar.text.lower() == "off":
        return None
    return Severity(_one_of(_LEVELS, scalar))


def _one_of(levels: Collection[str], scalar: Scalar) -> str:
    if scalar.text not in levels:
        hint = suggest(scalar.written, levels, f"write one of {', '.join(levels)}")
        raise InvalidValueError(f"{scalar.shown} is not a severity; {hint}")
    return scalar.text


Level = Annotated[
    Severity | None,
    kind(_level, expected="a severity, or off", schema=choice(*_LEVELS, False)),
]
Threshold = Annotated[
    Severity,
    kind(
        lambda scalar: Severity(_one_of(tuple(map(str, Severity)), scalar)),
        expected="a severity",
        schema=choice(*map(str, Severity)),
    ),
]


def _pattern(scalar: Scalar) -> str:
    """Return a pattern of `fnmatch`, whose brackets are closed."""
    text = one_line(scalar)
    if len(text) > LONGEST_PATTERN:
        raise InvalidValueError(f"is longer than {LONGEST_PATTERN} characters, as no name is")
    if "[" in re.sub(r"\[!?\]?[^\]]*\]", "", text):
        raise InvalidValueError(f"{scalar.shown} has a [ without its ]; write [[] for a literal [")
    return text


def _rule_pattern(scalar: Scalar) -> str:
    """Return a pattern that matches at least one rule."""
    text = _pattern(scalar)
    if not any(fnmatchcase(rule, text) for rule in scalar.known_rules):
        raise InvalidValueError(f"{scalar.shown} matches no rule; {_rule_meant(scalar)}")
    return text


def _advice_pattern(scalar: Scalar) -> str:
    """Return a pattern of rules of advice; true and false stand for all and for none."""
    if scalar.text.lower() in {"true", "false"}:
        return "*" if scalar.text.lower() == "true" else NO_RULE
    text, known = _pattern(scalar), _advice_rules(scalar.known_rules)
    if not any(fnmatchcase(rule, text) for rule in known):
        hint = suggest(scalar.written, known, "`drift rules` lists them")
        raise InvalidValueError(f"{scalar.shown} matches no rule of advice; {hint}")
    return text


def _advice_rules(known: Collection[str]) -> list[str]:
    rules = known if isinstance(known, Mapping) else {}
    return [name for name, rule in rules.items() if rule.advice]


def _rule_key(scalar: Scalar) -> str:
    if not any(fnmatchcase(rule, scalar.text) for rule in scalar.known_rules):
        raise InvalidValueError(f"unknown rule; {_rule_meant(scalar)}")
    return scalar.text


def _rule_meant(scalar: Scalar) -> str:
    return suggest(scalar.written, scalar.known_rules, "`drift rules` lists them")


def _object_pattern(scalar: Scalar) -> str:
    """Return a pattern that can match `schema.table` or `schema.table.name`."""
    text = _pattern(scalar)
    if not set(text) & set(".*?["):
        raise InvalidValueError(
            f"{scalar.shown} names no schema; write schema.table, such as public.users"
        )
    return text


def _word_pattern(scalar: Scalar) -> str:
    """Return a pattern of lower-case words, such as `foreign-key` or `identity.start`."""
    text = _pattern(scalar)
    if not re.fullmatch(_WORDS, text):
        raise InvalidValueError(f"{scalar.shown} is not a name such as comment or on_delete")
    return text


_WORDS = r"[a-z0-9_.*?\[\]!-]+"
AttributePattern = Annotated[str, kind(_word_pattern, pattern=_WORDS)]
KindPattern = Annotated[str, kind(_word_pattern, pattern=_WORDS)]
RulePattern = Annotated[str, kind(_rule_pattern, schema={"minLength": 1})]
AdvicePattern = Annotated[
    Any,  # YAML makes a boolean of true and false
    kind(
        _advice_pattern,
        expected="true, false or a rule",
        schema={"anyOf": [{"type": "boolean"}, {"type": "string", "minLength": 1}]},
    ),
]
Advice = tuple[AdvicePattern, ...]
RuleKey = Annotated[str, kind(_rule_key, schema={"minLength": 1})]
ObjectPattern = Annotated[str, kind(_object_pattern, pattern=r".*[.*?\[].*")]
