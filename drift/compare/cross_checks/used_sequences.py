"""Sequences that the models use, but do not create."""

from __future__ import annotations

from drift.kinds.sequence.kind import UsedSequence, called_sequences
from drift.model import Schema
from drift.report.finding import Finding


def forget_used(findings: list[Finding], declared: Schema, live: Schema) -> list[Finding]:
    """Drop sequences that are used but not made by the models, or used by a live default only.

    PostgreSQL records no dependency if a default names its sequence as text.
    """
    if _RULES.isdisjoint(finding.rule for finding in findings):
        return findings
    used = {
        (item.schema, item.name)
        for item in declared.objects.get("sequence", ())
        if isinstance(item, UsedSequence)
    }
    called: set[tuple[str, str | None]] = {
        sequence
        for column in live.objects.get("column", ())
        if column.default and "nextval" in column.default
        for sequence in called_sequences(column.default, live.default_schema)
    }
    known: dict[str, set[tuple[str, str | None]]] = {
        "missing-sequence": used,
        "extra-sequence": called,
    }
    return [
        finding
        for finding in findings
        if (finding.object.schema, finding.object.name) not in known.get(finding.rule, set())
    ]


_RULES = frozenset({"missing-sequence", "extra-sequence"})
