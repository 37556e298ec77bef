"""Chooses the table or the column whose line of code declares a finding's object."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from drift.report.finding import Finding

T = TypeVar("T")


def declaring(
    finding: Finding, default_schema: str, tables: Mapping[tuple[str | None, str], T]
) -> tuple[T, str | None] | None:
    """Return the table that declares a finding's object, and the name of the column if it is one.

    The schema of a table is None if the models name none.
    """
    ref = finding.object
    name = ref.table or ref.name
    table = tables.get((ref.schema, name))
    if table is None and ref.schema == default_schema:
        table = tables.get((None, name))
    if table is None:
        return None
    columns = (finding.expected or {}).get("columns") or []
    if ref.kind == "column":
        columns = [ref.name]
    return table, columns[0] if len(columns) == 1 else None
