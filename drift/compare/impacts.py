"""The impact of a difference between any two sides, if the expected one are no models.

Most impacts say what happens to code that was generated from the models. They hold for any two
sides as far as they do not mention models.
"""

from __future__ import annotations

import re

import msgspec

from drift.kinds.sides import Sides, sides_of
from drift.lazy_regex import lazy_regex
from drift.model import Schema, Severity
from drift.report.finding import Finding

_OF_MODELS = lazy_regex(
    r"\bmodels?\b|\bdeclare[ds]?\b|\bmigrations?\b|\bthe database\b", re.IGNORECASE
)
_STRICT = frozenset({"check", "exclusion", "foreign-key", "primary-key", "unique"})


def true_of_any_sides(findings: list[Finding], declared: Schema, live: Schema) -> list[Finding]:
    """Replace impacts that mention models, unless the expected side are models."""
    if not declared.complete:
        return findings
    sides = sides_of(declared, live)
    return [
        msgspec.structs.replace(finding, impact=_impact(finding, sides))
        if _OF_MODELS.search(finding.impact)
        else finding
        for finding in findings
    ]


def _impact(finding: Finding, sides: Sides) -> str:
    presence, _, kind = finding.rule.partition("-")
    expected = sides.in_expected
    if finding.severity is Severity.INFO:
        return "No effect on results."
    if presence == "missing":
        if kind in _STRICT:
            return f"Rows that {expected} rejects get in."
        if kind == "index":
            return f"Queries are slower than with the index of {expected}."
        return f"Statements that need it fail in {sides.in_actual}."
    if presence == "extra":
        return _of_extra(kind, finding.severity, sides)
    return _of_mismatch(finding.object.kind, sides)


def _of_mismatch(kind: str, sides: Sides) -> str:
    expected, actual = sides.in_expected, sides.in_actual
    if kind in _STRICT:
        return f"{expected} and {actual} do not accept the same rows."
    if kind == "index":
        return f"Queries that count on the index of {expected} do not get it."
    return f"The same statements do not have the same results in {expected} and {actual}."


def _of_extra(kind: str, severity: Severity, sides: Sides) -> str:
    if kind in _STRICT:
        return f"Rows that {sides.in_expected} accepts are rejected."
    if kind == "column" and severity is Severity.ERROR:
        return (
            f"An INSERT that works in {sides.in_expected} fails: the column is NOT NULL and has "
            "no default."
        )
    if kind == "index":
        return f"Writes are slower than in {sides.in_expected}."
    return f"No effect on statements that work in {sides.in_expected}."
