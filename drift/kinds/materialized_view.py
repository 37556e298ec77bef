"""Materialized views that the project declares as SQL."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from msgspec.structs import replace

from drift.kinds.base import Effect, LiveProblem, presence_rules
from drift.kinds.facts import Facts, means
from drift.kinds.sql_object import SqlObject, SqlObjectKind, path
from drift.kinds.view import COLUMNS_SQL, DEFINITION_SQL, effect_of_query, stand_in
from drift.model import DatabaseObject, Rule, Severity


class MaterializedView(DatabaseObject, frozen=True, kw_only=True):
    """A materialized view; `definition` is None if another session's lock hides it."""

    definition: str | None = None
    columns: tuple[str, ...] = ()
    column_types: tuple[str, ...] = ()
    populated: bool = True


class MaterializedViewFacts(Facts, frozen=True, kw_only=True):
    """A materialized view, without its indexes, which are not compared."""

    definition: Annotated[
        str | None, means("The query, as SQL; null if a lock of another session hides it.")
    ]


UNPOPULATED = Rule(
    id="unpopulated-materialized-view",
    severity=Severity.ERROR,
    summary="A materialized view that is declared WITH DATA was never filled.",
    impact="Every query of it fails: the materialized view has not been populated.",
    remedy="REFRESH MATERIALIZED VIEW.",
)

RULES = (
    *presence_rules(
        "materialized-view",
        missing=(
            "Every query of the materialized view fails: relation does not exist.",
            "Run the migration that creates the materialized view, or write it.",
        ),
        extra=(
            "No effect today; nothing that the project declares uses it.",
            "Declare it, drop it, or add an ignore entry that says whose it is.",
        ),
        mismatch=(
            "Queries of the materialized view return something else than declared.",
            "Drop it and create it as declared, with its indexes, or change the declaration.",
        ),
        severities=(Severity.ERROR, Severity.WARNING, Severity.WARNING),
    ),
    UNPOPULATED,
)

SQL = f"""
SELECT r.schema, r.name, {DEFINITION_SQL} AS definition, {COLUMNS_SQL},
       c.relispopulated AS populated
FROM relations r JOIN pg_catalog.pg_class c ON c.oid = r.oid
WHERE r.relkind = 'm' AND r.managed IS NULL
"""


class MaterializedViewKind(SqlObjectKind[MaterializedView]):
    """Materialized views are paired by their names."""

    name = "materialized-view"
    struct = MaterializedView
    sql = SQL
    rules = RULES
    facts = MaterializedViewFacts
    other_changes = frozenset({"populated"})

    def equality_key(self, item: MaterializedView) -> MaterializedView:
        return replace(super().equality_key(item), populated=True, column_types=())

    def effect_of_change(
        self, change: str, declared: MaterializedView, live: MaterializedView
    ) -> Effect:
        return effect_of_query(declared.columns, live.columns)

    def live_problems(
        self, declared: MaterializedView, live: MaterializedView
    ) -> Iterable[LiveProblem]:
        if declared.populated and not live.populated:
            yield LiveProblem(UNPOPULATED.id, "populated", "was never filled")

    def create(self, item: MaterializedView) -> str:
        return f"CREATE MATERIALIZED VIEW {path(item)} AS\n{item.definition}\nWITH NO DATA"

    def stand_in(self, item: MaterializedView) -> str:
        return stand_in(item)

    def named(self, declared: SqlObject, default_schema: str) -> MaterializedView:
        return MaterializedView(schema=declared.schema or default_schema, name=declared.name)

    def describe(self, item: MaterializedView) -> str:
        return ""

    def cells(self, item: MaterializedView) -> dict[str, str]:
        return {"definition": " ".join((item.definition or "").split())}
