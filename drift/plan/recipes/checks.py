"""CHECK and EXCLUDE constraints."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from drift.kinds.check import Check
from drift.kinds.sql import types
from drift.kinds.sql.text import plain
from drift.plan import ddl
from drift.plan.context import Context
from drift.plan.names import name_of, temporary
from drift.plan.operations import constraints
from drift.plan.recipe import Change, Outcome, Refused, step, unless_small
from drift.plan.step import Hazard, Phase, Precheck

EXCUSE = {"ban-drop-constraint": "another constraint takes its place in this transaction"}


def violations(item: Check, *, early: bool = True) -> Precheck | None:
    """Return the query for the rows that violate a check."""
    if not item.enforced:
        return None
    path = ddl.table_path(item)
    return Precheck(
        problem=f"rows of {path} violate {types.quote(name_of('check', item))}",
        query=f"SELECT ctid::text AS value FROM {path} WHERE NOT ({plain(item.expression or '')})",
        early=early,
    )


def missing_check(change: Change, context: Context) -> Iterator[Outcome]:
    """Yield the check: for new rows first, then for old ones."""
    name = name_of("check", change.wanted)
    yield from _added(change.wanted, name, context, early=_columns_exist(change.wanted, context))


def _columns_exist(item: Check, context: Context) -> bool:
    """Return whether the live table has the columns of a check as the check needs them."""
    table = ddl.table_name(item)
    live = {column.name: column.type for column in context.present_of("column", table)}
    wanted = {column.name: column.type for column in context.wanted_of("column", table)}
    return all(live.get(name) == type_ for name, type_ in wanted.items())


def _added(item: Check, name: str, context: Context, *, early: bool) -> Iterator[Outcome]:
    table = ddl.table_name(item)
    title = f"add the check {types.quote(name)}"
    if context.short_way(table) or not item.enforced:
        yield step(
            title,
            Phase.CHECKS,
            constraints.add(item, name, valid=item.validated),
            table=table,
            prechecks=[violations(item, early=early)],
        )
        return
    yield step(
        f"{title} for new rows",
        Phase.CHECKS,
        constraints.add(item, name, valid=False),
        table=table,
        prechecks=[violations(item, early=early)],
    )
    if item.validated:
        yield step(
            f"{title} for old rows",
            Phase.CHECKS,
            constraints.validate(table, name),
            table=table,
            prechecks=[violations(item, early=False)],
        )


def changed_check(change: Change, context: Context) -> Iterator[Outcome]:
    """Yield a rename, a validation, or a new check that takes the place of the old one."""
    wanted, present = change.wanted, change.present
    table = ddl.table_name(wanted)
    if present.expression is None:
        yield Refused("a lock of another session hid its expression; plan again")
    elif change.attributes <= {"name"}:
        yield renamed("check", wanted, present)
    elif change.attributes <= {"validated", "name"}:
        yield step(
            f"check the old rows for {types.quote(present.name)}",
            Phase.CHECKS,
            constraints.validate(table, present.name),
            table=table,
            prechecks=[violations(present)],
        )
    else:
        new = name_of("check", wanted)
        made = temporary(new) if new == present.name else new
        yield from _added(wanted, made, context, early=True)
        swap = [constraints.drop(present, present.name)]
        if made != new:
            swap.append(constraints.rename(table, made, new))
        yield step(
            f"drop the old check {types.quote(present.name)}",
            Phase.CHECKS,
            _once(swap, table, made, new),
            table=table,
            excuses=EXCUSE,
        )


def _once(swap: list[Any], table: tuple[str, str], made: str, new: str) -> list[Any]:
    """Return the swap so that a second run does not drop the new constraint by its old name."""
    if made == new:
        return swap
    swapped = f"NOT {constraints.exists(table, made)}"
    return [msgspec.structs.replace(operation, done=swapped) for operation in swap]


def renamed(kind: str, wanted: Any, present: Any) -> Outcome:
    """Return the step that gives a constraint its declared name."""
    new = name_of(kind, wanted)
    title = f"rename {types.quote(present.name)} to {types.quote(new)}"
    table = ddl.table_name(present)
    return step(title, Phase.CHECKS, constraints.rename(table, present.name, new), table=table)


def missing_exclusion(change: Change, context: Context) -> Iterator[Outcome]:
    """Yield the constraint; PostgreSQL has no way to build it while writes go on."""
    item = change.wanted
    table, name = ddl.table_name(item), context.free_name("exclusion", item)
    yield step(
        f"add the exclusion constraint {types.quote(name)}",
        Phase.KEYS,
        constraints.add(item, name),
        table=table,
        hazards=unless_small(Hazard.WINDOW, context, table),
    )


def changed_exclusion(change: Change, context: Context) -> Iterator[Outcome]:
    """Yield a rename, or the swap in one transaction."""
    wanted, present = change.wanted, change.present
    if change.attributes <= {"name"}:
        yield renamed("exclusion", wanted, present)
        return
    table, name = ddl.table_name(wanted), name_of("exclusion", wanted)
    made = temporary(name)
    operations = [
        constraints.add(wanted, made),
        constraints.drop(present, present.name),
        constraints.rename(table, made, name),
    ]
    yield step(
        f"replace the exclusion constraint {types.quote(present.name)}",
        Phase.KEYS,
        operations,
        table=table,
        hazards=unless_small(Hazard.WINDOW, context, table),
        excuses=EXCUSE,
    )


def extra(change: Change, context: Context) -> Iterator[Outcome]:
    """Yield the drop of a constraint."""
    del context
    item = change.present
    table = ddl.table_name(item)
    yield step(
        f"drop the constraint {types.quote(item.name)}",
        Phase.DROP_CONSTRAINTS,
        constraints.drop(item, item.name, late=True),
        table=table,
        hazards=[Hazard.DROP],
        excuses={"ban-drop-constraint": "the models do not declare it"},
    )
