"""Primary keys."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Any, ClassVar

from drift.kinds.base import Effect, Kind, presence_rules
from drift.kinds.constraint import DEFERRABLE_CELLS, deferrable_clause, include_clause, names
from drift.kinds.facts import Columns, DeferrableFacts, Include
from drift.kinds.metadata.declaration import Declaration, truncate
from drift.kinds.metadata.names import generated_name
from drift.kinds.metadata.options import deferrability, included
from drift.kinds.metadata.sqlalchemy_adapter import is_key_of_marked_columns
from drift.kinds.shared_impacts import of_unique
from drift.model import DatabaseObject, Severity


class PrimaryKey(DatabaseObject, frozen=True, kw_only=True):
    """A primary key; the order of its columns matters to its index."""

    columns: tuple[str, ...]
    deferrable: bool = False
    initially_deferred: bool = False
    include: tuple[str, ...] = ()


class PrimaryKeyFacts(DeferrableFacts, frozen=True, kw_only=True):
    """A primary key."""

    columns: Columns
    include: Include


RULES = presence_rules(
    "primary-key",
    missing=(
        "Duplicate rows are possible, foreign keys cannot point here, and upserts fail.",
        "ALTER TABLE … ADD PRIMARY KEY once duplicates are gone.",
    ),
    extra=(
        "Inserts that the model allows can fail as duplicates.",
        "Make the columns the primary key of the model, or drop the constraint.",
    ),
    mismatch=(
        "Rows are unique by other columns than the model counts on.",
        "Drop the constraint and add it as declared, or change the model.",
    ),
)

SQL = """
SELECT k.schema, k."table", k.name, k.columns, k.deferrable, k.initially_deferred, k.include
FROM constraints k WHERE k.type = 'p'
"""


class PrimaryKeyKind(Kind[PrimaryKey]):
    """A table has one primary key at most, so that any two of a table are a pair."""

    name = "primary-key"
    struct = PrimaryKey
    sql = SQL
    rules = RULES
    facts = PrimaryKeyFacts
    cell_of: ClassVar = {"include": "include", **DEFERRABLE_CELLS}

    def declare(self, declaration: Declaration) -> Iterable[PrimaryKey]:
        for table in declaration.tables:
            key = table.primary_key
            if len(key.columns):
                yield PrimaryKey(
                    **declaration.schema_and_table(table),
                    name=declaration.name_of(key),
                    columns=tuple(truncate(str(column.name)) for column in _columns(key)),
                    include=included(key),
                    **deferrability(key),
                )

    def rename_key(self, item: PrimaryKey) -> Hashable | None:
        return "primary key"

    def label(self, item: PrimaryKey) -> str:
        return item.name or generated_name(item.table or "", (), "pkey")

    def effect_of_change(self, change: str, declared: PrimaryKey, live: PrimaryKey) -> Effect:
        reordered = change == "columns" and set(declared.columns) == set(live.columns)
        severity = Severity.WARNING if reordered or change == "include" else None
        return Effect(severity, of_unique(change, declared, live))

    def cells(self, item: PrimaryKey) -> dict[str, str]:
        definition = {"definition": f"PRIMARY KEY ({names(item.columns)})"}
        return definition | include_clause(item.include) | deferrable_clause(item)


def _columns(key: Any) -> Iterable[Any]:
    """Return the columns as DDL has them: first the autoincrement one of columns marked as keys."""
    by_marks = is_key_of_marked_columns(key)
    columns: Iterable[Any] = key.columns_autoinc_first if by_marks else key.columns
    return columns
