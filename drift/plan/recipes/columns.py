"""Columns that are missing or extra."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from drift.kinds.column.column import Column
from drift.kinds.metadata.unwritable import LEFT_OPEN
from drift.kinds.sql import types
from drift.plan import ddl
from drift.plan.backfill import backfill
from drift.plan.context import Context
from drift.plan.operation import Lock, Work
from drift.plan.operations import columns
from drift.plan.recipe import Change, Outcome, Refused, Release, step, unless_small
from drift.plan.recipes import not_null, numbering
from drift.plan.step import Choice, Decision, Hazard, Phase, deciding


def label(item: Column) -> str:
    """Return the qualified name of a column."""
    return f"{ddl.table_path(item)}.{types.quote(str(item.name))}"


def key_of(item: Column) -> str:
    """Return the name by which an option answers a decision about a column."""
    return f"{item.schema}.{item.table}.{item.name}"


def missing(change: Change, context: Context) -> Iterator[Outcome]:
    """Yield the steps that add a column, and give it a value in every row if it must have one."""
    item: Column = change.wanted
    if LEFT_OPEN in {item.type, item.default}:
        yield Refused("the models leave its type or default open; declare it to plan the column")
        return
    if _comes_from_parent(item, context):
        return
    if context.is_constrained(item.type):
        yield from _add_constrained(item, context)
    elif item.serial or item.identity:
        yield from numbering.add_column(item, context)
    elif item.generated:
        yield from _add_generated(item, context)
    elif item.default is not None and columns.is_volatile(item.default):
        yield from _add_volatile(item, context)
    elif item.nullable or item.default is not None:
        yield _add(item)
    else:
        yield from _add_required(item, context)
    yield from comment(item)


def _add_constrained(item: Column, context: Context) -> Iterator[Outcome]:
    """Yield the addition of a column of a domain with constraints: PostgreSQL checks every row."""
    table = ddl.table_name(item)
    value = context.options.decisions.get(key_of(item)) or item.client_value
    fills = item.nullable or item.default is not None or item.generated or item.identity
    with_value = item if fills or value is None else msgspec.structs.replace(item, default=value)
    operations = [columns.add(with_value, constrained=True)]
    if with_value is not item:
        operations.append(columns.set_default(item, None))
    yield step(
        f"add {label(item)}",
        Phase.COLUMNS,
        operations,
        table=table,
        hazards=unless_small(Hazard.REWRITE, context, table),
        decision=None if fills or value else _value_for_old_rows(item),
    )


def _comes_from_parent(item: Column, context: Context) -> bool:
    """Return whether the table inherits the column, once its parents are as wanted."""
    table = next(
        (t for t in context.wanted.objects["table"] if (t.schema, t.name) == ddl.table_name(item)),
        None,
    )
    parents = table.inherits if table else ()
    return any(context.wanted_column((item.schema, parent), str(item.name)) for parent in parents)


def _add(item: Column, *, nullable: bool | None = None, default: bool = True) -> Outcome:
    operation = columns.add(item, nullable=nullable, default=default)
    return step(f"add {label(item)}", Phase.COLUMNS, operation, table=ddl.table_name(item))


def _add_generated(item: Column, context: Context) -> Iterator[Outcome]:
    table, operation = ddl.table_name(item), columns.add(item)
    hazards = unless_small(Hazard.REWRITE, context, table) if operation.work is Work.REWRITE else ()
    yield step(f"add {label(item)}", Phase.COLUMNS, operation, table=table, hazards=hazards)


def _add_volatile(item: Column, context: Context) -> Iterator[Outcome]:
    """Yield one statement for a small table; else the column first, then the default, then rows."""
    table = ddl.table_name(item)
    if context.short_way(table):
        yield _add(item)
        return
    yield _add(item, nullable=True, default=False)
    yield _default(item)
    yield backfill(table, str(item.name), str(item.default), context)
    if not item.nullable:
        yield from not_null.require(item, context, filled=True)


def _default(item: Column) -> Outcome:
    operation = columns.set_default(item, item.default)
    return step(
        f"set the default of {label(item)}", Phase.COLUMNS, operation, table=ddl.table_name(item)
    )


def _add_required(item: Column, context: Context) -> Iterator[Outcome]:
    """Yield the steps to a column that is NOT NULL without a default: old rows need a value."""
    value = context.options.decisions.get(key_of(item)) or item.client_value
    table = ddl.table_name(item)
    if value is None:
        yield step(
            f"add {label(item)}",
            Phase.COLUMNS,
            columns.add(item),
            table=table,
            decision=_value_for_old_rows(item),
        )
        return
    if not columns.is_volatile(value):
        yield _add_with_value(item, value)
        return
    yield _add(item, nullable=True)
    yield backfill(table, str(item.name), value, context)
    yield from not_null.require(item, context, filled=True)


def _add_with_value(item: Column, value: str) -> Outcome:
    """Return the addition with a default that gives old rows their value, and its drop.

    PostgreSQL keeps the one value in the catalog: no row is written.
    """
    with_value = msgspec.structs.replace(item, default=value)
    operations = [columns.add(with_value), columns.set_default(item, None)]
    return step(
        f"add {label(item)}",
        Phase.COLUMNS,
        operations,
        table=ddl.table_name(item),
        remarks=[f"rows that exist get {value}"],
    )


def _value_for_old_rows(item: Column) -> Decision:
    key = key_of(item)
    return Decision(
        question=f"Rows that exist need a value for {label(item)}, and the models give none that "
        "SQL can say.",
        choices=(
            Choice(
                option=deciding(key, "SQL"),
                effect="adds the column, fills old rows with the expression, then sets NOT NULL",
            ),
        ),
    )


def comment(item: Column) -> Iterator[Outcome]:
    """Yield the comment of a new column."""
    if item.comment:
        yield step(
            f"comment on {label(item)}",
            Phase.COMMENTS,
            columns.comment(item),
            table=ddl.table_name(item),
        )


def extra(change: Change, context: Context) -> Iterator[Outcome]:
    """Yield the drop of a column, which a person must allow, after the drops of its dependents.

    A column that is NOT NULL without a default breaks every INSERT of the models: NULL is allowed
    at once.
    """
    item: Column = change.present
    table = ddl.table_name(item)
    if _is_inherited_later(item, context):
        return
    if users := context.users_of_column(table, str(item.name)):
        yield Refused(f"the column is used by {', '.join(users)}; drop that first")
        return
    gives_value = item.default is not None or item.identity or item.generated or item.serial
    if not item.nullable and not gives_value and not _in_key(item, context):
        exists = columns.exists(item)
        yield step(
            f"let {label(item)} be NULL, so that inserts work again",
            Phase.DEFAULTS,
            msgspec.structs.replace(columns.drop_not_null(item), done=f"NOT {exists}"),
            table=table,
        )
    for key in context.foreign_keys_on(table, str(item.name)):
        if (key.schema, key.table) != table:
            yield Release(kind="foreign-key", item=key, last=True)
    drop = columns.drop(item)
    referenced = [
        (key.target_schema, key.target_table)
        for key in context.foreign_keys_on(table, str(item.name))
        if (key.schema, key.table) == table and item.name in key.columns
    ]
    locks = {**drop.locks, **dict.fromkeys(referenced, Lock.ACCESS_EXCLUSIVE)}
    yield step(
        f"drop {label(item)}",
        Phase.DROP_COLUMNS,
        msgspec.structs.replace(drop, locks=locks),
        table=table,
        hazards=[Hazard.DROP],
        remarks=_renamed(item, context),
    )


def _renamed(item: Column, context: Context) -> Iterator[str]:
    """Yield how to keep the values if the column only has an old name of another one."""
    table = ddl.table_name(item)
    for other in context.wanted_of("column", table):
        if other.type == item.type and context.present_column(table, str(other.name)) is None:
            names = f"{types.quote(str(item.name))} TO {types.quote(str(other.name))}"
            yield (
                f"if it is {label(other)} under its old name, rename it instead: "
                f"ALTER TABLE {ddl.path(*table)} RENAME COLUMN {names}"
            )


def _in_key(item: Column, context: Context) -> bool:
    keys = context.present_of("primary-key", ddl.table_name(item))
    return any(item.name in key.columns for key in keys)


def _is_inherited_later(item: Column, context: Context) -> bool:
    """Return whether the models get the column from a parent that the table should have."""
    table = next(
        (t for t in context.wanted.objects["table"] if (t.schema, t.name) == ddl.table_name(item)),
        None,
    )
    parents = table.inherits if table else ()
    return any(context.present_column((item.schema, parent), str(item.name)) for parent in parents)
