"""NOT NULL on a column that exists: old rows are checked while reads and writes go on."""

from __future__ import annotations

from collections.abc import Iterator

from drift.kinds.column.column import Column
from drift.kinds.sql import types
from drift.plan import ddl
from drift.plan.context import Context
from drift.plan.names import temporary
from drift.plan.operation import Work
from drift.plan.operations import columns, constraints
from drift.plan.recipe import Outcome, step
from drift.plan.step import Phase, Precheck

EXCUSE = {"ban-drop-constraint": "a check that only this plan needs"}
"""squawk warns of every DROP CONSTRAINT."""


def nulls(item: Column, *, early: bool = True) -> Precheck:
    """Return the query for the rows without a value."""
    path, name = ddl.table_path(item), types.quote(str(item.name))
    return Precheck(
        problem=f"rows of {path} have no {name}",
        query=f"SELECT ctid::text AS value FROM {path} WHERE {name} IS NULL",
        early=early,
    )


def require(item: Column, context: Context, *, filled: bool = False) -> Iterator[Outcome]:
    """Yield the steps to NOT NULL; `filled`: steps before these give every row a value."""
    table, column = ddl.table_name(item), str(item.name)
    title = f"make {ddl.table_path(item)}.{types.quote(column)} NOT NULL"
    check = nulls(item, early=not filled)
    if context.short_way(table):
        operation = columns.set_not_null(item, Work.SCAN)
        yield step(title, Phase.NOT_NULL, operation, table=table, prechecks=[check])
    elif context.major >= 18:
        name = context.not_null_name(table, column)
        add = constraints.not_null(table, column, name)
        yield step(
            f"{title} for new rows",
            Phase.BACKFILL if filled else Phase.NOT_NULL,
            add,
            table=table,
            prechecks=[] if filled else [check],
        )
        validate = constraints.validate(table, name)
        yield step(
            f"{title} for old rows",
            Phase.NOT_NULL,
            validate,
            table=table,
            prechecks=[nulls(item, early=False)],
        )
    else:
        yield from _with_check(item, title, context, filled=filled)


def _with_check(item: Column, title: str, context: Context, *, filled: bool) -> Iterator[Outcome]:
    """Yield the way before PostgreSQL 18: a valid check spares SET NOT NULL the reading.

    The check is dropped in a step of its own: in one ALTER TABLE with SET NOT NULL it spares
    nothing.
    """
    del context
    table, column = ddl.table_name(item), str(item.name)
    name = temporary(f"{table[1]}_{column}_not_null")
    add = constraints.check_not_null(table, column, name)
    yield step(
        f"{title} for new rows",
        Phase.BACKFILL if filled else Phase.NOT_NULL,
        add,
        table=table,
        prechecks=[] if filled else [nulls(item)],
    )
    yield step(
        f"{title} for old rows",
        Phase.NOT_NULL,
        constraints.validate(table, name),
        table=table,
        prechecks=[nulls(item, early=False)],
    )
    set_it = columns.set_not_null(item, Work.CATALOG)
    yield step(title, Phase.NOT_NULL, set_it, table=table)
    yield step(
        f"drop the check {types.quote(name)}",
        Phase.NOT_NULL,
        constraints.drop_check(table, name),
        table=table,
        excuses=EXCUSE,
    )
