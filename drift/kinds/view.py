"""Views that the project declares as SQL."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from msgspec.structs import replace

from drift.kinds.base import Ask, Effect, presence_rules
from drift.kinds.facts import Facts, means
from drift.kinds.metadata.options import comparable_storage
from drift.kinds.sql import types
from drift.kinds.sql.catalog import storage_sql
from drift.kinds.sql_object import SqlObject, SqlObjectKind, path
from drift.model import DatabaseObject, Severity


class View(DatabaseObject, frozen=True, kw_only=True):
    """A view; `definition` is its query, None if another session's lock hides it."""

    definition: str | None = None
    columns: tuple[str, ...] = ()
    column_types: tuple[str, ...] = ()
    options: tuple[tuple[str, str], ...] = ()


class ViewFacts(Facts, frozen=True, kw_only=True):
    """A view."""

    definition: Annotated[
        str | None, means("The query, as SQL; null if a lock of another session hides it.")
    ]
    options: Annotated[
        dict[str, str],
        means("`security_invoker`, `security_barrier` and `check_option`, as far as they are set."),
    ]


RULES = presence_rules(
    "view",
    missing=(
        "Every query of the view fails: relation does not exist.",
        "Run the migration that creates the view, or write it.",
    ),
    extra=(
        "No effect today; nothing that the project declares uses it.",
        "Declare the view, drop it, or add an ignore entry that says whose it is.",
    ),
    mismatch=(
        "Queries of the view return something else than declared.",
        "CREATE OR REPLACE VIEW as declared, or change the declaration.",
    ),
    severities=(Severity.ERROR, Severity.WARNING, Severity.WARNING),
)

_COLUMNS = """(SELECT coalesce(pg_catalog.json_agg({} ORDER BY a.attnum), '[]')
        FROM pg_catalog.pg_attribute a
        WHERE a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped) AS {}"""
COLUMNS_SQL = ", ".join((
    _COLUMNS.format("a.attname", "columns"),
    _COLUMNS.format("pg_catalog.format_type(a.atttypid, a.atttypmod)", "column_types"),
))  # fmt: skip
"""The names of the columns of a relation, and their types."""

DEFINITION_SQL = """
-- the function locks the relations of the view: it would wait for another session's lock
       CASE WHEN NOT EXISTS (SELECT FROM locks)
            THEN pg_catalog.rtrim(pg_catalog.pg_get_viewdef(r.oid), ';') END"""
"""The query of a view. The search path is empty, so that every name has its schema."""

SQL = f"""
SELECT r.schema, r.name, {DEFINITION_SQL} AS definition, {COLUMNS_SQL},
       {storage_sql("r")} AS options
FROM relations r WHERE r.relkind = 'v' AND r.managed IS NULL
"""


class ViewKind(SqlObjectKind[View]):
    """Views are paired by their names."""

    name = "view"
    struct = View
    sql = SQL
    rules = RULES
    facts = ViewFacts
    cell_of: ClassVar = {"options": "options"}

    def comparable(self, item: View, ask: Ask) -> dict[str, Any]:
        options = comparable_storage(item.options)
        given = {name: value for name, value in options.items() if value != "false"}
        return super().comparable(item, ask) | {"options": given}

    def effect_of_change(self, change: str, declared: View, live: View) -> Effect:
        if change == "definition":
            return effect_of_query(declared.columns, live.columns)
        return _of_option(change, comparable_storage(declared.options).get(_option(change)))

    def derived_facts(self, item: View) -> dict[str, Any]:
        return {"options": dict(item.options)}

    def create(self, item: View) -> str:
        options = ", ".join(f"{name} = {value}" for name, value in item.options)
        with_ = f" WITH ({options})" if options else ""
        return f"CREATE OR REPLACE VIEW {path(item)}{with_} AS\n{item.definition}"

    def equality_key(self, item: View) -> View:
        return replace(super().equality_key(item), column_types=())

    def stand_in(self, item: View) -> str:
        return stand_in(item)

    def named(self, declared: SqlObject, default_schema: str) -> View:
        return View(schema=declared.schema or default_schema, name=declared.name)

    def describe(self, item: View) -> str:
        return ""

    def cells(self, item: View) -> dict[str, str]:
        options = ", ".join(f"{name} = {value}" for name, value in item.options)
        return {"definition": " ".join((item.definition or "").split()), "options": options}


def stand_in(item: Any) -> str:
    """Return a view with the same columns and without any rows."""
    columns = ", ".join(
        f"NULL::{type_} AS {types.quote(name)}"
        for name, type_ in zip(item.columns, item.column_types, strict=True)
    )
    return f"CREATE VIEW {path(item)} AS SELECT {columns}"


def effect_of_query(declared: tuple[str, ...], live: tuple[str, ...]) -> Effect:
    """Return the effect of another query: an error if it lacks a column."""
    absent = [name for name in declared if name not in live]
    if not absent:
        return Effect()
    noun = "the column" if len(absent) == 1 else "the columns"
    return Effect(
        Severity.ERROR, f"Every query of {noun} {', '.join(absent)} fails: column does not exist."
    )


def _option(change: str) -> str:
    return change.partition(".")[2]


_MISSING_OPTIONS = {
    "security_invoker": "Queries read the tables with the privileges of the view's owner, and "
    "without the row-level security of the caller: rows become visible that should not be.",
    "security_barrier": "Functions in a caller's query can see rows that the view hides.",
    "check_option": "Inserts and updates by the view can write rows that the view does not show.",
}
_EXTRA_OPTIONS = {
    "security_invoker": "Queries fail for callers that have no privileges on the view's tables.",
    "security_barrier": "Queries of the view can be slower.",
    "check_option": "Inserts and updates by the view can be refused.",
}


def _of_option(change: str, declared: str | None) -> Effect:
    """Return the effect of an option that only one side sets."""
    option, is_declared = _option(change), declared not in {None, "false"}
    impacts = _MISSING_OPTIONS if is_declared else _EXTRA_OPTIONS
    severity = Severity.ERROR if is_declared and option in impacts else Severity.WARNING
    return Effect(severity, impacts.get(option, ""))
