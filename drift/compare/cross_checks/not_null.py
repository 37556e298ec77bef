"""NOT NULL constraints that are NOT VALID (PostgreSQL 18)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from drift.kinds.constraint import NOT_VALIDATED
from drift.model import ObjectRef, Schema
from drift.report.finding import Finding


def report_unvalidated(findings: list[Finding], declared: Schema, live: Schema) -> list[Finding]:
    """Add a finding per NOT NULL of the models that was never checked on the existing rows."""
    unvalidated = {
        (item.schema, item.table, item.name): item
        for item in live.objects.get("column", ())
        if item.unvalidated
    }
    wanted = declared.objects.get("column", ()) if unvalidated else ()
    return [*findings, *_unvalidated(wanted, unvalidated)]


def _unvalidated(declared: Any, live_columns: dict[Any, Any]) -> Iterator[Finding]:
    for column in declared:
        live = live_columns.get((column.schema, column.table, column.name))
        if live is None or column.nullable or column.unvalidated:
            continue
        detail = f"NOT NULL of column {live.name} is NOT VALID: existing rows were never checked"
        yield Finding(
            rule=NOT_VALIDATED.id,
            severity=NOT_VALIDATED.severity,
            object=ObjectRef("not-null", live.schema, live.table, live.unvalidated),
            message=f"constraint {live.unvalidated}: {detail}",
            detail=detail,
            impact=NOT_VALIDATED.impact,
            expected={"columns": (live.name,), "validated": True},
            actual={"columns": (live.name,), "validated": False},
            changes={"validated": (True, False)},
        )
