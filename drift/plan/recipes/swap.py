"""The one short transaction in which new columns take the places of the old ones."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from drift.kinds.index.index import Index
from drift.kinds.sql import types
from drift.kinds.sql.text import string_literal
from drift.plan import ddl
from drift.plan.context import Context
from drift.plan.names import shortened, temporary
from drift.plan.operation import Lock, Operation
from drift.plan.operations import columns, constraints, triggers
from drift.plan.recipe import Outcome, step
from drift.plan.step import Phase

if TYPE_CHECKING:
    from drift.plan.recipes.online import Group, Shadow


def swapped(group: Group, context: Context) -> Outcome:
    """Return the step; it does nothing if it was run before.

    All statements stand in one DO block: in the middle of it, nothing says any more if the columns
    were swapped.
    """
    statements = "\n".join(f"    {each};" for each in _statements(group, context))
    exists = " AND ".join(_has_new_column(each) for each in group.shadows)
    body = f"BEGIN\n  IF {exists} THEN\n{statements}\n  END IF;\nEND"
    operation = Operation(
        sql=f"DO {ddl.dollar_quoted(body)}",
        locks=dict.fromkeys(group.tables, Lock.ACCESS_EXCLUSIVE),
    )
    names = ", ".join(
        f"{ddl.path(*each.table)}.{types.quote(each.key[1])}" for each in group.shadows
    )
    return step(
        f"swap the old and the new {names}",
        Phase.CONVERT,
        operation,
        table=group.shadows[0].table,
        remarks=[
            "code that holds values of the old types in memory meets the new ones from here on"
        ],
        excuses={"ban-drop-constraint": "the constraints of the new columns take their places"},
    )


def _has_new_column(each: Shadow) -> str:
    return (
        f"EXISTS (SELECT FROM pg_attribute WHERE attrelid = {ddl.to_regclass(each.table)}"
        f" AND attname = {string_literal(str(each.column.name))} AND NOT attisdropped)"
    )


def _statements(group: Group, context: Context) -> Iterator[str]:
    """Yield the statements in an order that meets no dependency."""
    listed = ", ".join(ddl.path(*table) for table in group.tables)
    yield f"LOCK TABLE {listed} IN ACCESS EXCLUSIVE MODE"
    for item in (*(item for _, item in group.keys), *group.indexes):
        yield from _replica_identity(item)
    for key in (*group.foreign_keys, *group.dropped):
        yield constraints.drop(key, str(key.name)).sql
    for _, item in group.keys:
        yield constraints.drop(item, str(item.name)).sql
    for index in group.indexes:
        yield f"DROP INDEX IF EXISTS {ddl.path(index.schema, str(index.name))}"
    for each in group.shadows:
        yield from _renamed(each)
        if context.major >= 18 and not each.present.nullable:
            yield _not_null_renamed(each, context)
    yield from _constraints(group)
    for table in dict.fromkeys(each.table for each in group.shadows):
        yield from triggers.drop(table)


def _replica_identity(item: Any) -> Iterator[str]:
    """Yield the statement that keeps updates of published tables possible."""
    if isinstance(item, Index) and not item.unique:
        return
    table, name = ddl.table_name(item), str(item.name)
    index = ddl.to_regclass((table[0], name))
    yield (
        f"IF EXISTS (SELECT FROM pg_index WHERE indexrelid = {index} AND indisreplident) THEN "
        f"ALTER TABLE {ddl.path(*table)} REPLICA IDENTITY USING INDEX "
        f"{types.quote(temporary(name))}; END IF"
    )


def _renamed(each: Shadow) -> Iterator[str]:
    table = ddl.path(*each.table)
    name = types.quote(each.key[1])
    old = types.quote(shortened(each.key[1], "_drift_old"))
    if not each.present.nullable:
        yield f"ALTER TABLE {table} ALTER COLUMN {name} DROP NOT NULL"
    if each.present.default is not None:
        yield f"ALTER TABLE {table} ALTER COLUMN {name} DROP DEFAULT"
    yield f"ALTER TABLE {table} RENAME COLUMN {name} TO {old}"
    yield f"ALTER TABLE {table} RENAME COLUMN {types.quote(str(each.column.name))} TO {name}"
    if each.wanted.default is not None:
        yield columns.set_default(each.wanted, each.wanted.default).sql
    if each.present.comment:
        yield f"COMMENT ON COLUMN {table}.{old} IS NULL"
    if each.wanted.comment:
        yield columns.comment(each.wanted).sql


def _not_null_renamed(each: Shadow, context: Context) -> str:
    """Return the statement that gives NOT NULL the name that PostgreSQL would give it."""
    table, name = each.key
    made = context.not_null_name(table, str(each.column.name))
    return constraints.rename(table, made, context.not_null_name(table, name)).sql


def _constraints(group: Group) -> Iterator[str]:
    for _, item in group.keys:
        name = str(item.name)
        yield constraints.add_using_index(item, name, temporary(name)).sql
    for index in group.indexes:
        made = ddl.path(index.schema, temporary(str(index.name)))
        yield f"ALTER INDEX {made} RENAME TO {types.quote(str(index.name))}"
    for key in group.foreign_keys:
        table = ddl.table_name(key)
        yield constraints.rename(table, temporary(str(key.name)), str(key.name)).sql
