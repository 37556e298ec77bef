"""Foreign keys: for new rows first, then for old ones while reads and writes go on."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from drift.kinds.constraint import names
from drift.kinds.foreign_key.foreign_key import ForeignKey
from drift.kinds.sql import types
from drift.plan import ddl
from drift.plan.context import Context
from drift.plan.names import name_of, temporary
from drift.plan.operation import Operation
from drift.plan.operations import constraints
from drift.plan.recipe import Change, Outcome, Refused, step, unless_small
from drift.plan.recipes.checks import EXCUSE, renamed
from drift.plan.step import Hazard, Phase, Precheck


def orphans(item: ForeignKey, context: Context) -> Precheck | None:
    """Return the query for the rows that point at nothing."""
    if not item.enforced:
        return None
    path, target = ddl.table_path(item), ddl.path(*constraints.target(item))
    pairs = list(zip(item.columns, item.target_columns, strict=True))
    joined = " AND ".join(f"t.{types.quote(b)} = c.{types.quote(a)}" for a, b in pairs)
    filled = " AND ".join(f"c.{types.quote(a)} IS NOT NULL" for a in item.columns)
    shown = ", ".join(f"c.{types.quote(a)}" for a in item.columns)
    return Precheck(
        problem=f"rows of {path} have a ({names(item.columns)}) that {target} does not have",
        query=f"SELECT concat_ws(', ', {shown}) AS value FROM {path} c WHERE {filled} "
        f"AND NOT EXISTS (SELECT FROM {target} t WHERE {joined})",
        early=_both_ends_exist(item, context),
    )


def _both_ends_exist(item: ForeignKey, context: Context) -> bool:
    """Return whether both ends exist in the type that they should have."""
    for table, columns in (
        (ddl.table_name(item), item.columns),
        (constraints.target(item), item.target_columns),
    ):
        for name in columns:
            live, wanted = context.present_column(table, name), context.wanted_column(table, name)
            if live is None or (wanted is not None and wanted.type != live.type):
                return False
    return True


def missing(change: Change, context: Context) -> Iterator[Outcome]:
    """Yield the foreign key."""
    name = name_of("foreign-key", change.wanted)
    yield from added(change.wanted, name, context)


def added(item: ForeignKey, name: str, context: Context) -> Iterator[Outcome]:
    """Yield the steps that add a foreign key under a name."""
    table, target = ddl.table_name(item), constraints.target(item)
    title = f"add the foreign key {types.quote(name)}"
    check = orphans(item, context)
    is_late = context.is_partitioned(table) and context.major < 18
    if context.short_way(table) or is_late or not item.enforced:
        yield step(
            title,
            Phase.FOREIGN_KEYS,
            constraints.add(item, name, valid=item.validated),
            table=table,
            prechecks=[check],
            hazards=unless_small(Hazard.WINDOW, context, table) if is_late else (),
        )
        return
    yield step(
        f"{title} for new rows",
        Phase.FOREIGN_KEYS,
        constraints.add(item, name, valid=False),
        table=table,
        prechecks=[check],
    )
    if item.validated:
        yield step(
            f"{title} for old rows",
            Phase.FOREIGN_KEYS,
            constraints.validate(table, name, target),
            table=table,
            prechecks=[_late(check)],
        )


def _late(check: Precheck | None) -> Precheck | None:
    return (
        None if check is None else Precheck(problem=check.problem, query=check.query, early=False)
    )


def changed(change: Change, context: Context) -> Iterator[Outcome]:
    """Yield a rename, a validation, or a new foreign key that takes the place of the old one."""
    wanted, present = change.wanted, change.present
    if "foreign-key-type-mismatch" in change.rules and not change.attributes:
        yield Refused("the models give the two ends types that PostgreSQL does not compare")
        return
    if change.attributes <= {"name"}:
        yield renamed("foreign-key", wanted, present)
        return
    table, name = ddl.table_name(wanted), name_of("foreign-key", wanted)
    if change.attributes <= {"validated"}:
        yield step(
            f"check the old rows for {types.quote(present.name)}",
            Phase.FOREIGN_KEYS,
            constraints.validate(table, present.name, constraints.target(present)),
            table=table,
            prechecks=[orphans(present, context)],
        )
        return
    made = temporary(name) if name == present.name else name
    yield from added(wanted, made, context)
    drop = constraints.drop(present, str(present.name))
    if made == name:
        yield step(
            f"drop the old foreign key {types.quote(str(present.name))}",
            Phase.FOREIGN_KEYS,
            drop,
            table=table,
            excuses=EXCUSE,
        )
        return
    swapped = f"NOT {constraints.exists(table, made)}"
    swap = [_once(drop, swapped), _once(constraints.rename(table, made, name), swapped)]
    yield step(
        f"replace the foreign key {types.quote(name)}",
        Phase.FOREIGN_KEYS,
        swap,
        table=table,
        excuses=EXCUSE,
    )


def _once(operation: Operation, done: str) -> Operation:
    return msgspec.structs.replace(operation, done=done)


def extra(change: Change, context: Context) -> Iterator[Outcome]:
    """Yield the drop of a foreign key."""
    del context
    item: ForeignKey = change.present
    yield step(
        f"drop the foreign key {types.quote(str(item.name))}",
        Phase.DROP_FOREIGN_KEYS,
        constraints.drop(item, str(item.name), late=True),
        table=ddl.table_name(item),
        hazards=[Hazard.DROP],
        excuses={"ban-drop-constraint": "the models do not declare it"},
    )
