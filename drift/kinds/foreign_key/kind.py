"""Foreign keys."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Any, ClassVar

from drift.kinds.base import Ask, Effect, Kind, LiveProblem, presence_rules
from drift.kinds.constraint import (
    DEFERRABLE_CELLS,
    STATE_CELLS,
    deferrable_clause,
    names,
    not_validated,
    state_clause,
)
from drift.kinds.foreign_key import impact as foreign_key_impact
from drift.kinds.foreign_key.foreign_key import ForeignKey, ForeignKeyFacts
from drift.kinds.metadata.declaration import Declaration, truncate
from drift.kinds.metadata.names import named
from drift.kinds.metadata.options import deferrability, option
from drift.kinds.metadata.sqlalchemy_adapter import creation_order
from drift.kinds.sql import types
from drift.kinds.sql.catalog import columns_sql, rows_of
from drift.model import Rule, Severity

RULES = (
    *presence_rules(
        "foreign-key",
        missing=(
            "Rows can point at nothing, and deletes no longer cascade or stop.",
            "ALTER TABLE … ADD CONSTRAINT … FOREIGN KEY once no row points at nothing.",
        ),
        extra=(
            "Inserts and deletes that the models allow can be refused.",
            "Declare the ForeignKey, or drop it.",
        ),
        mismatch=(
            "Deletes, updates or inserts follow another rule than the models'.",
            "Drop the constraint and add it as declared, or change the model.",
        ),
    ),
    Rule(
        id="disabled-foreign-key",
        severity=Severity.ERROR,
        summary="The foreign key exists, but the triggers that check it are disabled.",
        impact="Rows can point at nothing, and deletes no longer cascade or stop.",
        remedy="ALTER TABLE … ENABLE TRIGGER ALL on both tables, then look for orphaned rows.",
    ),
    Rule(
        id="foreign-key-type-mismatch",
        severity=Severity.ERROR,
        summary="The two ends of a foreign key have types that PostgreSQL does not compare.",
        impact="The constraint cannot be created: a migration that adds it fails with "
        "'cannot be implemented'.",
        remedy="Convert both columns in one migration: drop the foreign key, ALTER COLUMN … TYPE "
        "… USING …, and create the foreign key again.",
    ),
)

_ACTION = (
    "CASE {} WHEN 'a' THEN 'NO ACTION' WHEN 'r' THEN 'RESTRICT' WHEN 'c' THEN 'CASCADE'"
    " WHEN 'n' THEN 'SET NULL' ELSE 'SET DEFAULT' END"
)

SQL = f"""
SELECT k.schema, k."table", k.name, k.columns,
       n.nspname AS target_schema, t.relname AS target_table,
       {columns_sql("k.confrelid", "k.confkey")} AS target_columns,
       {_ACTION.format("k.confdeltype")} AS on_delete,
       {_ACTION.format("k.confupdtype")} AS on_update,
       CASE k.confmatchtype WHEN 'f' THEN 'FULL' ELSE 'SIMPLE' END AS match,
       k.deferrable, k.initially_deferred, k.validated,
       {columns_sql("k.relation", "k.confdelsetcols")} AS delete_columns,
       k.enforced,
       NOT EXISTS (SELECT FROM pg_catalog.pg_trigger g
                   WHERE g.tgconstraint = k.oid AND g.tgenabled = 'D' OFFSET 0)
         AS active
FROM constraints k
{rows_of("pg_class", "t", "t.oid = k.confrelid", "t.relname, t.relnamespace")}
{rows_of("pg_namespace", "n", "n.oid = t.relnamespace", "n.nspname")}
WHERE k.type = 'f'
  AND (k.conparentid = 0
       OR NOT EXISTS (SELECT FROM pg_catalog.pg_constraint p
                      WHERE p.oid = k.conparentid AND p.conrelid = k.relation OFFSET 0))
"""


class ForeignKeyKind(Kind[ForeignKey]):
    """Foreign keys are paired by content, then by name, then by their own columns."""

    name = "foreign-key"
    struct = ForeignKey
    sql = SQL
    rules = RULES
    facts = ForeignKeyFacts
    paired_by_content = True
    refers_to_table = True
    cell_of: ClassVar = {
        "on_delete": "delete",
        "delete_columns": "delete",
        "on_update": "update",
        "match": "match",
        "active": "active",
        **DEFERRABLE_CELLS,
        **STATE_CELLS,
    }

    def declare(self, declaration: Declaration) -> Iterable[ForeignKey]:
        for table in declaration.tables:
            constraints = sorted(table.foreign_key_constraints, key=creation_order)
            created = filter(declaration.is_created, constraints)
            keys = declaration.each("foreign-key", created, _declared)
            yield from named(keys, lambda item: item.columns, "fkey")

    def comparable(self, item: ForeignKey, ask: Ask) -> dict[str, Any]:
        pairs = sorted(zip(item.columns, item.target_columns, strict=True))
        return {
            "columns": tuple(own for own, _ in pairs),
            "target": item.target,
            "target_columns": tuple(target for _, target in pairs),
            "on_delete": item.on_delete,
            "delete_columns": tuple(sorted(item.delete_columns)),
            "on_update": item.on_update,
            "enforced": item.enforced,
            "match": item.match,
            "deferrable": item.deferrable,
            "initially_deferred": item.initially_deferred,
        }

    def rename_key(self, item: ForeignKey) -> Hashable | None:
        return frozenset(item.columns)

    def live_problems(self, declared: ForeignKey, live: ForeignKey) -> Iterable[LiveProblem]:
        yield from not_validated(declared, live)
        if not live.active:
            text = "is not checked: its triggers are disabled"
            impact = foreign_key_impact.of_missing(live)
            yield LiveProblem("disabled-foreign-key", "active", text, impact)

    def effect_of_missing(self, item: ForeignKey) -> Effect:
        return Effect(None, foreign_key_impact.of_missing(item))

    def effect_of_extra(self, item: ForeignKey) -> Effect:
        return Effect(None, foreign_key_impact.of_extra(item))

    def effect_of_change(self, change: str, declared: ForeignKey, live: ForeignKey) -> Effect:
        mild = change in {"deferrable", "initially_deferred"}
        return Effect(
            Severity.WARNING if mild else None, foreign_key_impact.of_change(change, live)
        )

    def cells(self, item: ForeignKey) -> dict[str, str]:
        target = f"{item.target} ({names(item.target_columns)})"
        cells = {"definition": f"FOREIGN KEY ({names(item.columns)}) REFERENCES {target}"}
        if item.match != "SIMPLE":
            cells["match"] = f"MATCH {item.match}"
        for event, action in (("delete", item.on_delete), ("update", item.on_update)):
            if action != "NO ACTION":
                cells[event] = f"ON {event.upper()} {action}"
        if item.delete_columns:
            cells["delete"] = f"ON DELETE {item.on_delete} ({names(item.delete_columns)})"
        disabled = {} if item.active else {"active": "(triggers disabled)"}
        return cells | deferrable_clause(item) | state_clause(item) | disabled


def _declared(constraint: Any, declaration: Declaration) -> ForeignKey:
    schema, table, target_columns = _target(constraint, declaration)
    return ForeignKey(
        **declaration.schema_and_table(constraint.parent),
        name=declaration.name_of(constraint),
        columns=tuple(truncate(str(element.parent.name)) for element in constraint.elements),
        target_schema=schema,
        target_table=table,
        target_columns=target_columns,
        on_delete=_action(constraint.ondelete),
        delete_columns=_action_columns(constraint.ondelete),
        on_update=_action(constraint.onupdate),
        match=str(constraint.match or "SIMPLE").upper(),
        validated=not option(constraint, "not_valid"),
        **deferrability(constraint),
    )


def _target(constraint: Any, declaration: Declaration) -> tuple[str, str, tuple[str, ...]]:
    """Return the referenced schema, table and columns, even if the metadata does not have them."""
    from sqlalchemy.exc import NoReferenceError

    try:
        columns = [element.column for element in constraint.elements]
    except NoReferenceError:
        paths = [str(element.target_fullname).split(".") for element in constraint.elements]
        schema = ".".join(paths[0][:-2]) or declaration.default_schema
        return schema, paths[0][-2], tuple(path[-1] for path in paths)
    target = columns[0].table
    names = tuple(truncate(str(column.name)) for column in columns)
    return declaration.schema_of(target), truncate(str(target.name)), names


def _action(text: str | None) -> str:
    return " ".join((text or "NO ACTION").partition("(")[0].upper().split())


def _action_columns(text: str | None) -> tuple[str, ...]:
    """Return the columns of `SET NULL (a, b)`."""
    inside = (text or "").partition("(")[2].rpartition(")")[0]
    return tuple(types.split(name.strip())[-1] for name in inside.split(",") if name.strip())
