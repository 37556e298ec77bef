"""Unique constraints."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Any, ClassVar

from drift.kinds.base import Effect, Kind, presence_rules
from drift.kinds.constraint import DEFERRABLE_CELLS, deferrable_clause, include_clause, names
from drift.kinds.facts import Columns, DeferrableFacts, Include, NullsNotDistinct
from drift.kinds.metadata.declaration import Declaration, truncate
from drift.kinds.metadata.names import named
from drift.kinds.metadata.options import deferrability, included, option
from drift.kinds.shared_impacts import NULLS, of_flag, of_unique
from drift.model import DatabaseObject, Severity


class Unique(DatabaseObject, frozen=True, kw_only=True):
    """A unique constraint; the order of its columns matters to its index."""

    columns: tuple[str, ...]
    nulls_not_distinct: bool = False
    deferrable: bool = False
    initially_deferred: bool = False
    include: tuple[str, ...] = ()


class UniqueFacts(DeferrableFacts, frozen=True, kw_only=True):
    """A unique constraint."""

    columns: Columns
    nulls_not_distinct: NullsNotDistinct
    include: Include


RULES = presence_rules(
    "unique",
    missing=(
        "Duplicates that the models rule out get in; ON CONFLICT fails.",
        "ALTER TABLE … ADD CONSTRAINT … UNIQUE once duplicates are gone.",
    ),
    extra=(
        "Inserts that the models allow can fail as duplicates.",
        "Declare the UniqueConstraint, or drop it.",
    ),
    mismatch=(
        "Rows are unique in another way than the models count on.",
        "Drop the constraint and add it as declared, or change the model.",
    ),
)

SQL = """
SELECT k.schema, k."table", k.name, k.columns, k.nulls_not_distinct, k.deferrable,
       k.initially_deferred, k.include
FROM constraints k WHERE k.type = 'u'
"""


class UniqueKind(Kind[Unique]):
    """Unique constraints are paired by content, then by name."""

    name = "unique"
    struct = Unique
    sql = SQL
    rules = RULES
    facts = UniqueFacts
    paired_by_content = True
    other_changes = frozenset({"kind"})
    cell_of: ClassVar = {"include": "include", **DEFERRABLE_CELLS}

    def declare(self, declaration: Declaration) -> Iterable[Unique]:
        for table in declaration.tables:
            uniques = [
                _declared(constraint, declaration)
                for constraint in declaration.members(table).constraints
                if constraint.__visit_name__ == "unique_constraint"
                and len(constraint.columns)
                and declaration.is_created(constraint)
            ]
            yield from named(uniques, lambda item: item.columns, "key")

    def rename_key(self, item: Unique) -> Hashable | None:
        return frozenset(item.columns)

    def effect_of_change(self, change: str, declared: Unique, live: Unique) -> Effect:
        reordered = change == "columns" and set(declared.columns) == set(live.columns)
        mild = reordered or change in {"deferrable", "initially_deferred", "include"}
        impact = of_flag(NULLS, change, live) or of_unique(change, declared, live)
        return Effect(Severity.WARNING if mild else None, impact)

    def cells(self, item: Unique) -> dict[str, str]:
        distinct = " NULLS NOT DISTINCT" if item.nulls_not_distinct else ""
        definition = {"definition": f"UNIQUE{distinct} ({names(item.columns)})"}
        return definition | include_clause(item.include) | deferrable_clause(item)


def _declared(constraint: Any, declaration: Declaration) -> Unique:
    return Unique(
        **declaration.schema_and_table(constraint.table),
        name=declaration.name_of(constraint),
        columns=tuple(truncate(str(column.name)) for column in constraint.columns),
        nulls_not_distinct=bool(option(constraint, "nulls_not_distinct")),
        include=included(constraint),
        **deferrability(constraint),
    )
