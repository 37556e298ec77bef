"""Unique indexes instead of declared unique constraints, and the reverse."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from drift.kinds.sides import Sides, sides_of
from drift.model import Schema, Severity
from drift.report.finding import Finding

_ONLY_INDEX = (
    "Rows are unique as declared; ON CONFLICT ON CONSTRAINT and a migration's DROP CONSTRAINT fail."
)
_CONSTRAINT = "Rows are unique as declared; a migration's DROP INDEX fails."


def merge_unique_and_index(
    findings: list[Finding], declared: Schema, live: Schema
) -> list[Finding]:
    """Turn a missing one and an extra other over the same columns into one finding."""
    merged: list[Finding] = []
    gone: set[int] = set()
    for missing, extra in _couples(findings):
        if id(extra) not in gone and id(missing) not in gone:
            gone |= {id(missing), id(extra)}
            merged.append(_merge(missing, extra, sides_of(declared, live)))
    return [*(finding for finding in findings if id(finding) not in gone), *merged]


def _couples(findings: list[Finding]) -> Iterator[tuple[Finding, Finding]]:
    absent = [f for f in findings if f.rule in {"missing-unique", "missing-index"}]
    present = [f for f in findings if f.rule in {"extra-unique", "extra-index"}]
    for missing in absent:
        for extra in present:
            other_kind = missing.object.kind != extra.object.kind
            if other_kind and _guards(missing) and _guards(missing) == _guards(extra):
                yield missing, extra


def _guards(finding: Finding) -> tuple[object, ...] | None:
    """Return the table and the columns that are kept unique; None if it is not a plain pair."""
    facts = finding.expected or finding.actual or {}
    head = (finding.object.schema, finding.object.table, facts.get("nulls_not_distinct"))
    if finding.object.kind == "unique":
        return (*head, *facts["columns"]) if not facts["deferrable"] else None
    columns = [key["column"] for key in facts["keys"]]
    plain = facts["unique"] and not facts["predicate"] and None not in columns
    return (*head, *columns) if plain else None


def _merge(missing: Finding, extra: Finding, sides: Sides) -> Finding:
    declared, live = _noun(missing), _noun(extra)
    detail = f"{sides.expected} {declared}, {sides.actual} {live} {extra.object.name}"
    return msgspec.structs.replace(
        missing,
        rule="unique-mismatch",
        severity=Severity.WARNING,
        message=f"{missing.object.name}: {detail}",
        detail=detail,
        impact=_ONLY_INDEX if missing.object.kind == "unique" else _CONSTRAINT,
        actual=extra.actual,
        changes={"kind": (declared, live)},
    )


def _noun(finding: Finding) -> str:
    return "unique constraint" if finding.object.kind == "unique" else "unique index"
