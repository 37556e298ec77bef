"""Combines the parts of a finding about a changed object: all of them, or a selection."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import msgspec

from drift.kinds.shared_impacts import UNKNOWN, joined
from drift.kinds.type_impact import ABSENT
from drift.model import Severity
from drift.report.finding import Clause, Finding
from drift.texts import WORDS, clip


def described(clauses: Sequence[Clause]) -> str:
    """Return the sentence of a finding: the difference of each of its attributes."""
    return clip("; ".join(clause.text for clause in clauses), WORDS)


def worst(clauses: Sequence[Clause]) -> Severity:
    """Return the worst severity of the changed attributes."""
    return min((clause.severity for clause in clauses), key=lambda severity: severity.rank)


def impact_of(clauses: Sequence[Clause]) -> str:
    """Return the impact of the changed attributes, each sentence once.

    A type that does not exist in the database makes all else irrelevant.
    """
    impacts = [clause.impact for clause in clauses]
    return ABSENT if ABSENT in impacts else joined(impacts) or UNKNOWN


def reduced(finding: Finding, attributes: Collection[str]) -> Finding:
    """Return a finding about some of its changed attributes, as if the others did not differ."""
    remaining = [clause for clause in finding.clauses if clause.attribute in attributes]
    before, after = described(finding.clauses), described(remaining)
    return msgspec.structs.replace(
        finding,
        severity=worst(remaining),
        message=finding.message.removesuffix(before) + after,
        detail=finding.detail.removesuffix(before) + after,
        impact=impact_of(remaining),
        changes={name: pair for name, pair in finding.changes.items() if name in attributes},
        clauses=tuple(remaining),
    )
