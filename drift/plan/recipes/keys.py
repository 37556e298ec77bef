"""Primary keys and unique constraints: the index first, while writes go on, then the constraint."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from drift.kinds.index.index import Index
from drift.kinds.index.key import IndexKey
from drift.kinds.sql import types
from drift.plan import ddl
from drift.plan.context import Context
from drift.plan.names import name_of, temporary
from drift.plan.operation import Operation
from drift.plan.operations import constraints, indexes
from drift.plan.recipe import Change, Outcome, Release, step, unless_small
from drift.plan.recipes import not_null
from drift.plan.recipes.checks import EXCUSE, renamed
from drift.plan.recipes.indexes import concurrently_built, duplicates
from drift.plan.step import Hazard, Phase


def _noun(kind: str) -> str:
    return "primary key" if kind == "primary-key" else "unique constraint"


def missing(change: Change, context: Context) -> Iterator[Outcome]:
    """Yield the constraint, with NOT NULL on the columns of a primary key first."""
    item, kind = change.wanted, change.kind
    table, name = ddl.table_name(item), context.free_name(kind, item)
    title = f"add the {_noun(kind)} {types.quote(name)}"
    yield from _required(change, context)
    check = duplicates(item, context)
    if context.short_way(table) or context.is_partitioned(table):
        yield step(
            title,
            Phase.KEYS,
            constraints.add(item, name),
            table=table,
            prechecks=[check],
            hazards=unless_small(Hazard.WINDOW, context, table),
        )
        return
    yield from _index(item, name, f"build the index of {types.quote(name)}", [check])
    yield step(title, Phase.KEYS, constraints.add_using_index(item, name, name), table=table)


def _required(change: Change, context: Context) -> Iterator[Outcome]:
    """Yield NOT NULL for the columns of a primary key that may still be NULL."""
    table = ddl.table_name(change.wanted)
    for name in change.wanted.columns if change.kind == "primary-key" else ():
        live = context.present_column(table, name)
        if live is not None and live.nullable:
            wanted = context.wanted_column(table, name) or live
            yield from not_null.require(msgspec.structs.replace(wanted, nullable=False), context)


def as_index(item: Any, name: str) -> Index:
    """Return the index that a constraint can be made of."""
    return Index(
        schema=item.schema,
        table=item.table,
        name=name,
        keys=tuple(IndexKey(column=column) for column in item.columns),
        unique=True,
        nulls_not_distinct=getattr(item, "nulls_not_distinct", False),
        include=item.include,
    )


def _index(item: Any, name: str, title: str, checks: list[Any]) -> Iterator[Outcome]:
    yield from concurrently_built(as_index(item, name), name, title, Phase.KEYS, checks)


def changed(change: Change, context: Context) -> Iterator[Outcome]:
    """Yield a rename, or a new constraint that takes the place of the old one.

    Foreign keys that depend on the old one are dropped before and made again afterwards.
    """
    wanted, present = change.wanted, change.present
    if isinstance(present, Index):
        yield from _of_index(change, context)
        return
    if change.attributes <= {"name"}:
        yield renamed(change.kind, wanted, present)
        return
    yield from _required(change, context)
    for key in _dependent_keys(present, context):
        yield Release(kind="foreign-key", item=key)
    table, name = ddl.table_name(wanted), name_of(change.kind, wanted)
    made = temporary(name)
    title = f"replace the {_noun(change.kind)} {types.quote(present.name)}"
    checks = [duplicates(wanted, context)]
    if context.short_way(table) or context.is_partitioned(table):
        operations = [
            constraints.drop(present, present.name),
            constraints.drop(wanted, name),
            constraints.add(wanted, name),
        ]
        yield step(
            title,
            Phase.KEYS,
            operations,
            table=table,
            prechecks=checks,
            excuses=EXCUSE,
            hazards=unless_small(Hazard.WINDOW, context, table),
        )
        return
    yield from _index(wanted, made, f"build the new index of {types.quote(name)}", checks)
    yield step(title, Phase.KEYS, _swap(wanted, present, name, made), table=table, excuses=EXCUSE)


def _swap(wanted: Any, present: Any, name: str, made: str) -> list[Operation]:
    """Return the swap; once it was run, its new index is gone, and it does nothing."""
    table = ddl.table_name(wanted)
    swapped = f"{ddl.to_regclass((table[0], made))} IS NULL"
    operations = [
        constraints.drop(present, present.name),
        constraints.add_using_index(wanted, name, made),
    ]
    return [msgspec.structs.replace(operation, done=swapped) for operation in operations]


def _dependent_keys(present: Any, context: Context) -> Iterator[Any]:
    table, columns = ddl.table_name(present), set(present.columns)
    for key in context.present.objects.get("foreign-key", ()):
        if constraints.target(key) == table and set(key.target_columns) == columns:
            yield key


def _of_index(change: Change, context: Context) -> Iterator[Outcome]:
    """Yield a constraint in the place of a unique index of the same name."""
    wanted, present = change.wanted, change.present
    table, name = ddl.table_name(wanted), name_of(change.kind, wanted)
    title = f"make the index {types.quote(present.name)} a {_noun(change.kind)}"
    if _serves(present, wanted) and not context.is_partitioned(table):
        add = constraints.add_using_index(wanted, name, present.name)
        yield step(title, Phase.KEYS, add, table=table)
        return
    drop = indexes.drop(table, present.name, concurrently=False)
    once = msgspec.structs.replace(drop, done=constraints.exists(table, name))
    yield step(
        title,
        Phase.KEYS,
        [once, constraints.add(wanted, name)],
        table=table,
        prechecks=[duplicates(wanted, context)],
        hazards=unless_small(Hazard.WINDOW, context, table),
    )


def _serves(index: Index, wanted: Any) -> bool:
    """Return whether PostgreSQL makes the constraint of this index."""
    plain = all(
        key.column and not (key.descending or key.nulls_first or key.opclass or key.collation)
        for key in index.keys
    )
    return bool(
        plain
        and index.valid
        and index.unique
        and index.predicate is None
        and index.method == "btree"
        and index.include == wanted.include
        and tuple(key.column for key in index.keys) == tuple(wanted.columns)
        and index.nulls_not_distinct == getattr(wanted, "nulls_not_distinct", False)
    )
