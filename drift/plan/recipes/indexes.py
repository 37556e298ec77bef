"""Indexes: the new one is built while writes go on, and queries are never without one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from drift.kinds.index.index import Index
from drift.kinds.sql import types
from drift.kinds.sql.text import plain
from drift.plan import ddl
from drift.plan.context import Context
from drift.plan.names import name_of, shortened, temporary
from drift.plan.operation import Operation, TableName
from drift.plan.operations import constraints, indexes
from drift.plan.recipe import Change, Outcome, Release, step
from drift.plan.recipes.checks import EXCUSE
from drift.plan.step import Hazard, Phase, Precheck, Step


def duplicates(item: Any, context: Context) -> Precheck:
    """Return the query for values that stand in several rows, of a constraint or an index.

    It is run early only if all of its columns exist in their final type.
    """
    table, path = ddl.table_name(item), ddl.table_path(item)
    is_index = isinstance(item, Index)
    keys = [_key(key) for key in item.keys] if is_index else [types.quote(c) for c in item.columns]
    condition = [f"({plain(item.predicate)})"] if is_index and item.predicate else []
    if not getattr(item, "nulls_not_distinct", False):
        condition += [f"{key} IS NOT NULL" for key in keys]
    where = f" WHERE {' AND '.join(condition)}" if condition else ""
    listed = ", ".join(keys)
    return Precheck(
        problem=f"several rows of {path} have the same ({listed})",
        query=f"SELECT concat_ws(', ', {listed}) AS value FROM {path}{where} "
        f"GROUP BY {listed} HAVING count(*) > 1",
        early=_is_final(table, context),
    )


def _key(key: Any) -> str:
    return types.quote(key.column) if key.column else f"({plain(key.expression or '')})"


def _is_final(table: TableName, context: Context) -> bool:
    live = {column.name: column.type for column in context.present_of("column", table)}
    wanted = {column.name: column.type for column in context.wanted_of("column", table)}
    return all(name in live and live[name] == type_ for name, type_ in wanted.items())


def leftover(table: TableName, name: str) -> list[Operation]:
    """Return the drop of an INVALID index of this name, of a build that failed.

    It stands in a DO block, because only an invalid index may be dropped.
    """
    index = ddl.to_regclass((table[0], name))
    invalid = f"EXISTS (SELECT FROM pg_index WHERE indexrelid = {index} AND NOT indisvalid)"
    drop = indexes.drop(table, name, concurrently=False)
    return [msgspec.structs.replace(drop, done=f"NOT {invalid}", locks={})]


def concurrently_built(
    item: Index, name: str, title: str, phase: Phase, checks: Iterable[Precheck] = ()
) -> Iterator[Outcome]:
    """Yield the build of an index while writes go on, after the drop of one that failed."""
    table = ddl.table_name(item)
    drop = f"drop {types.quote(name)} if its build failed before"
    yield step(drop, phase, leftover(table, name), table=table)
    create = indexes.create(item, name, concurrently=True)
    yield step(title, phase, create, table=table, prechecks=checks)


def missing(change: Change, context: Context) -> Iterator[Outcome]:
    """Yield the index."""
    item: Index = change.wanted
    yield from build(item, context.free_name("index", item), context)


def build(item: Index, name: str, context: Context) -> Iterator[Outcome]:
    """Yield the steps that build an index under a name."""
    table = ddl.table_name(item)
    title = f"create the index {types.quote(name)}"
    checks = [duplicates(item, context)] if item.unique else []
    relation = context.relation(table)
    if context.short_way(table):
        yield step(
            title,
            Phase.INDEXES,
            indexes.create(item, name, concurrently=False),
            table=table,
            prechecks=checks,
        )
    elif not context.is_partitioned(table):
        yield from concurrently_built(item, name, title, Phase.INDEXES, checks)
    elif relation.nested:
        yield step(
            title,
            Phase.INDEXES,
            indexes.create(item, name, concurrently=False),
            table=table,
            prechecks=checks,
            hazards=[Hazard.WINDOW],
        )
    else:
        yield from _by_partition(item, name, relation.partitions, checks)


def _by_partition(
    item: Index, name: str, partitions: tuple[TableName, ...], checks: list[Precheck]
) -> Iterator[Outcome]:
    """Yield the index of each partition CONCURRENTLY, and their attachment to that of the table."""
    table = ddl.table_name(item)
    yield step(
        f"create the index {types.quote(name)} without partitions",
        Phase.INDEXES,
        indexes.create(item, name, concurrently=False, only=True),
        table=table,
        prechecks=checks,
    )
    for schema, partition in partitions:
        own = shortened(f"{partition}_{name}", "")
        part = msgspec.structs.replace(item, schema=schema, table=partition)
        yield step(
            f"create its index on {ddl.path(schema, partition)}",
            Phase.INDEXES,
            indexes.create(part, own, concurrently=True),
            table=(schema, partition),
        )
        yield step(
            f"attach the index of {ddl.path(schema, partition)}",
            Phase.INDEXES,
            indexes.attach(table[0], name, schema, own),
            table=(schema, partition),
        )


def changed(change: Change, context: Context) -> Iterator[Outcome]:
    """Yield a rename, other parameters, or a new index that takes the place of the old one."""
    wanted, present = change.wanted, change.present
    attributes = {name.partition(".")[0] for name in change.attributes}
    if not isinstance(present, Index):
        yield from _of_constraint(change, context)
        return
    table, name = ddl.table_name(wanted), name_of("index", wanted)
    if "invalid-index" in change.rules and attributes <= {"valid"}:
        yield from _invalid(present, context)
    elif attributes <= {"name"}:
        yield step(
            f"rename the index {types.quote(str(present.name))}",
            Phase.INDEXES,
            indexes.rename(present.schema, str(present.name), name),
            table=table,
        )
    elif attributes <= {"storage"}:
        filled = context.filled("index", wanted, present)
        unset = sorted(dict(present.storage).keys() - dict(filled.storage).keys())
        yield step(
            f"set the storage parameters of {types.quote(str(present.name))}",
            Phase.INDEXES,
            indexes.set_storage(present.schema, str(present.name), filled, unset),
            table=table,
        )
    else:
        yield from _replaced(wanted, present, name, context)


def _invalid(present: Index, context: Context) -> Iterator[Outcome]:
    """Yield the build of an INVALID index."""
    table = ddl.table_name(present)
    title = f"build the index {types.quote(str(present.name))} again"
    checks = [duplicates(present, context)] if present.unique else []
    yield step(
        title,
        Phase.INDEXES,
        indexes.reindex(table, str(present.name)),
        table=table,
        prechecks=checks,
    )


def _replaced(wanted: Index, present: Index, name: str, context: Context) -> Iterator[Outcome]:
    table = ddl.table_name(wanted)
    for key in _keys_on(present, context):
        yield Release(kind="foreign-key", item=key)
    made = temporary(name) if name == present.name else name
    old = shortened(str(present.name), "_drift_old")
    swapped_before = f"{ddl.to_regclass((table[0], old))} IS NOT NULL"
    for each in build(wanted, made, context):
        yield each if made == name else _not_after(swapped_before, each)
    if made == name:
        old = str(present.name)
    else:
        swapped = f"{ddl.to_regclass((table[0], made))} IS NULL"
        swap = [
            msgspec.structs.replace(indexes.rename(table[0], *names_), done=swapped)
            for names_ in ((name, old), (made, name))
        ]
        yield step(
            f"swap the names of the old and the new {types.quote(name)}",
            Phase.INDEXES,
            swap,
            table=table,
        )
    concurrently = not (context.short_way(table) or context.is_partitioned(table))
    yield step(
        f"drop the old index {types.quote(old)}",
        Phase.INDEXES,
        indexes.drop(table, old, concurrently=concurrently),
        table=table,
    )


def _not_after(swapped: str, each: Outcome) -> Outcome:
    """Return a step that is not run between the swap of two indexes and the drop of the old one."""
    assert isinstance(each, Step)
    operations = (
        msgspec.structs.replace(
            operation,
            done=f"{operation.done} OR {swapped}" if operation.done else swapped,
        )
        for operation in each.operations
    )
    return msgspec.structs.replace(each, operations=tuple(operations))


def _keys_on(present: Index, context: Context) -> Iterator[Any]:
    """Yield the foreign keys that may count on a unique index."""
    if not present.unique:
        return
    columns = {key.column for key in present.keys}
    for key in context.present.objects.get("foreign-key", ()):
        if (
            constraints.target(key) == ddl.table_name(present)
            and set(key.target_columns) == columns
        ):
            yield key


def _of_constraint(change: Change, context: Context) -> Iterator[Outcome]:
    """Yield an index in the place of a unique constraint of the same name."""
    wanted, present = change.wanted, change.present
    table, name = ddl.table_name(wanted), name_of("index", wanted)
    made = temporary(name)
    yield from build(wanted, made, context)
    swapped = f"{ddl.to_regclass((table[0], made))} IS NULL"
    swap = [
        constraints.drop(present, present.name),
        indexes.drop(table, name, concurrently=False),
        indexes.rename(table[0], made, name),
    ]
    yield step(
        f"swap the constraint {types.quote(str(present.name))} for the index",
        Phase.INDEXES,
        [msgspec.structs.replace(operation, done=swapped) for operation in swap],
        table=table,
        excuses=EXCUSE,
    )


def extra(change: Change, context: Context) -> Iterator[Outcome]:
    """Yield the drop of an index."""
    item: Index = change.present
    table = ddl.table_name(item)
    concurrently = not (context.short_way(table) or context.is_partitioned(table))
    drop = indexes.drop(table, str(item.name), concurrently=concurrently, item=item)
    for key in _keys_on(item, context):
        yield Release(kind="foreign-key", item=key)
    yield step(
        f"drop the index {types.quote(str(item.name))}",
        Phase.DROP_INDEXES,
        drop,
        table=table,
        hazards=[Hazard.DROP],
    )
