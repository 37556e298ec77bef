"""Changes of types of large tables: new columns beside the old ones, swapped in one transaction.

Triggers fill the new columns while batches fill the old rows. Keys and indexes are built on the
new columns while reads and writes go on. Columns that foreign keys join are changed together, so
that both ends always have types that PostgreSQL compares.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import msgspec

from drift.kinds.column.column import Column
from drift.kinds.index.index import Index
from drift.kinds.sql import types
from drift.kinds.sql.text import string_literal
from drift.plan import ddl
from drift.plan.backfill import backfill
from drift.plan.context import Context
from drift.plan.names import shortened, temporary
from drift.plan.operation import Operation, TableName
from drift.plan.operations import columns, constraints, triggers
from drift.plan.recipe import Change, Outcome, step
from drift.plan.recipes import not_null
from drift.plan.recipes.conversion import converted, precheck_of
from drift.plan.recipes.indexes import concurrently_built
from drift.plan.recipes.keys import as_index
from drift.plan.recipes.swap import swapped
from drift.plan.step import Hazard, Phase, Step


class Shadow(NamedTuple):
    """A column that is changed, and the new one beside it; `value` converts a value of the old."""

    wanted: Column
    present: Column
    column: Column
    value: str

    @property
    def table(self) -> TableName:
        """The table of both."""
        return ddl.table_name(self.present)

    @property
    def key(self) -> tuple[TableName, str]:
        """The table and the name of the old column."""
        return self.table, str(self.present.name)


class Group(NamedTuple):
    """Columns that are changed together, and the constraints and indexes that move with them.

    `dropped` are foreign keys that the plan drops: they are not built on the new columns.
    """

    shadows: tuple[Shadow, ...]
    keys: tuple[tuple[str, Any], ...]
    indexes: tuple[Index, ...]
    foreign_keys: tuple[Any, ...]
    dropped: tuple[Any, ...] = ()

    def renamed(self, table: TableName, names: Iterable[str]) -> tuple[str, ...]:
        """Return the names of columns with those of the new ones in place of the old ones."""
        new = {shadow.key: str(shadow.column.name) for shadow in self.shadows}
        return tuple(new.get((table, name), name) for name in names)

    @property
    def tables(self) -> tuple[TableName, ...]:
        """The tables, those that foreign keys refer to first: the order of all locks.

        A foreign key that moves locks both of its tables.
        """
        own = dict.fromkeys(shadow.table for shadow in self.shadows)
        moved = (*self.foreign_keys, *self.dropped)
        referenced = [constraints.target(key) for key in moved]
        first = [table for table in dict.fromkeys(referenced) if table in own]
        return tuple(dict.fromkeys((*first, *own, *referenced, *map(ddl.table_name, moved))))


def shadow(change: Change, context: Context) -> Shadow:
    """Return the new column of a change."""
    wanted, present = change.wanted, change.present
    new = msgspec.structs.replace(
        wanted,
        name=shortened(str(present.name), "_drift_new"),
        nullable=True,
        default=None,
        serial=False,
        comment=None,
    )
    return Shadow(wanted, present, new, converted(wanted, present, context))


def steps(group: Group, context: Context) -> Iterator[Outcome]:
    """Yield the steps of a group, all in one phase and in this order."""
    swapped_before = has_new_type(group.shadows[0])
    for each in _ordered(group, context):
        assert isinstance(each, Step)
        operations = tuple(_unless(operation, swapped_before) for operation in each.operations)
        yield msgspec.structs.replace(each, phase=Phase.CONVERT, operations=operations)
    yield from _afterwards(group)


def _ordered(group: Group, context: Context) -> Iterator[Outcome]:
    for each in group.shadows:
        title = f"add {_name(each.column)}, the new {types.quote(str(each.present.name))}"
        check = precheck_of(each.wanted, each.present, context)
        converts = {"converts": str(each.present.name)}
        add = columns.add(each.column)
        add = msgspec.structs.replace(add, options={**add.options, **converts})
        yield step(title, Phase.CONVERT, add, table=each.table, prechecks=[check])
    for table in _tables_of(group.shadows):
        own = [each for each in group.shadows if each.table == table]
        yield _trigger(table, own)
    for each in group.shadows:
        old, new = types.quote(str(each.present.name)), types.quote(str(each.column.name))
        condition = f"{new} IS NULL AND {old} IS NOT NULL"
        yield backfill(each.table, str(each.column.name), each.value, context, where=condition)
    for each in group.shadows:
        if not each.present.nullable:
            required = msgspec.structs.replace(each.column, nullable=False)
            yield from not_null.require(required, context, filled=True)
    yield from _built(group)
    yield swapped(group, context)


def _name(item: Column) -> str:
    return f"{ddl.table_path(item)}.{types.quote(str(item.name))}"


def _tables_of(shadows: Iterable[Shadow]) -> tuple[TableName, ...]:
    return tuple(dict.fromkeys(each.table for each in shadows))


def _unless(operation: Operation, swapped_before: str) -> Operation:
    """Return an operation that is not run again once the columns were swapped."""
    done = f"{swapped_before} OR {operation.done}" if operation.done else swapped_before
    return msgspec.structs.replace(operation, done=done)


def has_new_type(each: Shadow) -> str:
    """Return a condition: the column has its new type."""
    table, name = each.key
    return (
        f"EXISTS (SELECT FROM pg_attribute WHERE attrelid = {ddl.to_regclass(table)}"
        f" AND attname = {string_literal(name)}"
        f" AND format_type(atttypid, atttypmod) = {string_literal(each.wanted.type)})"
    )


def _trigger(table: TableName, shadows: list[Shadow]) -> Outcome:
    values = {str(each.column.name): (str(each.present.name), each.value) for each in shadows}
    operations = triggers.fill(table, values)
    title = f"fill the new columns of {ddl.path(*table)} with every write"
    return step(title, Phase.CONVERT, operations, table=table)


def _built(group: Group) -> Iterator[Outcome]:
    """Yield the indexes and foreign keys of the new columns, under temporary names."""
    for item in (*(as_index(key, str(key.name)) for _, key in group.keys), *group.indexes):
        name = temporary(str(item.name))
        title = f"build {types.quote(name)}, the new {types.quote(str(item.name))}"
        yield from concurrently_built(_on_new_columns(item, group), name, title, Phase.CONVERT)
    for key in group.foreign_keys:
        yield from _foreign_key(key, group)


def _on_new_columns(item: Index, group: Group) -> Index:
    table = ddl.table_name(item)
    keys = tuple(
        key
        if key.column is None
        else msgspec.structs.replace(key, column=group.renamed(table, [key.column])[0])
        for key in item.keys
    )
    return msgspec.structs.replace(item, keys=keys, include=group.renamed(table, item.include))


def _foreign_key(key: Any, group: Group) -> Iterator[Outcome]:
    table, target = ddl.table_name(key), constraints.target(key)
    name = temporary(str(key.name))
    new = msgspec.structs.replace(
        key,
        columns=group.renamed(table, key.columns),
        target_columns=group.renamed(target, key.target_columns),
    )
    title = f"add {types.quote(name)}, the new {types.quote(str(key.name))}"
    yield step(
        f"{title}, for new rows",
        Phase.CONVERT,
        constraints.add(new, name, valid=False),
        table=table,
    )
    yield step(
        f"{title}, for old rows",
        Phase.CONVERT,
        constraints.validate(table, name, target),
        table=table,
    )


def _afterwards(group: Group) -> Iterator[Outcome]:
    """Yield the statistics of the new columns, and the drop of the old ones."""
    for each in group.shadows:
        table, name = each.key
        yield step(
            f"analyze {ddl.path(*table)}",
            Phase.ANALYZE,
            columns.analyze(table, (name,)),
            table=table,
        )
        old = msgspec.structs.replace(each.present, name=old_name(each))
        yield step(
            f"drop {_name(old)}, which no code uses any more",
            Phase.DROP_COLUMNS,
            columns.drop(old),
            table=table,
            hazards=[Hazard.DROP],
        )


def old_name(each: Shadow) -> str:
    """Return the name that the old column gets."""
    return shortened(str(each.present.name), "_drift_old")
