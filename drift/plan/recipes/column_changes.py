"""Columns that differ: nullability, default, generation and comment; types are `conversion`."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from drift.kinds.column.column import Column
from drift.kinds.column.wording import OWN_SEQUENCE
from drift.kinds.metadata.unwritable import LEFT_OPEN
from drift.plan import ddl
from drift.plan.backfill import backfill
from drift.plan.context import Context
from drift.plan.operation import Work
from drift.plan.operations import columns, constraints
from drift.plan.recipe import Change, Outcome, Refused, Release, step, unless_small
from drift.plan.recipes import conversion, not_null, numbering
from drift.plan.recipes.columns import comment, key_of, label
from drift.plan.step import Hazard, Phase


def changed(change: Change, context: Context) -> Iterator[Outcome]:
    """Yield the steps that make a column as declared."""
    declared = change.wanted
    wanted = context.filled("column", declared, change.present)
    change = msgspec.structs.replace(change, wanted=wanted)
    if change.present.view or wanted.view:
        yield Refused("it belongs to a view; change the view in a migration of its own")
        return
    if change.present.inherited:
        yield Refused("the table inherits the column; change it on the parent table")
        return
    attributes = {name.partition(".")[0] for name in change.attributes}
    if attributes & {"generated", "stored"}:
        yield from _generation(change, context)
    elif attributes & {"type", "collation", "collation_schema"}:
        yield from conversion.changed(change, context)
    if _is_numbering(change, attributes):
        numbered = msgspec.structs.replace(change, wanted=declared)
        yield from numbering.change(numbered, context)
    elif "default" in attributes and not attributes & {"generated", "stored"}:
        yield from _default(wanted)
    if "nullable" in attributes:
        yield from _nullability(wanted, change.present, context)
    if "validated" in attributes and change.present.unvalidated:
        yield from _validation(wanted, change.present)
    if "comment" in attributes:
        yield step(
            f"comment on {label(wanted)}",
            Phase.COMMENTS,
            columns.comment(wanted),
            table=ddl.table_name(wanted),
        )


def _is_numbering(change: Change, attributes: set[str]) -> bool:
    if "identity" in attributes:
        return True
    wanted, present = change.wanted, change.present
    return "default" in attributes and (wanted.serial or present.serial)


def _default(item: Column) -> Iterator[Outcome]:
    if item.default in {LEFT_OPEN, OWN_SEQUENCE}:
        yield Refused("the models do not say which default it has")
        return
    yield step(
        f"set the default of {label(item)}",
        Phase.DEFAULTS,
        columns.set_default(item, item.default),
        table=ddl.table_name(item),
        remarks=["the values of existing rows stay as they are"],
    )


def _nullability(wanted: Column, present: Column, context: Context) -> Iterator[Outcome]:
    if wanted.nullable:
        yield step(
            f"let {label(wanted)} be NULL",
            Phase.DEFAULTS,
            columns.drop_not_null(wanted),
            table=ddl.table_name(wanted),
        )
        return
    value = context.options.decisions.get(key_of(wanted))
    if value not in {None, conversion.CONVERT} and present.type == wanted.type:
        yield backfill(ddl.table_name(wanted), str(wanted.name), str(value), context)
        yield from not_null.require(wanted, context, filled=True)
    else:
        yield from not_null.require(wanted, context)


def _validation(wanted: Column, present: Column) -> Iterator[Outcome]:
    table = ddl.table_name(wanted)
    validate = constraints.validate(table, str(present.unvalidated))
    yield step(
        f"check the old rows for {label(wanted)} NOT NULL",
        Phase.NOT_NULL,
        validate,
        table=table,
        prechecks=[not_null.nulls(wanted)],
    )


def _generation(change: Change, context: Context) -> Iterator[Outcome]:
    wanted, present = change.wanted, change.present
    table, title = ddl.table_name(wanted), f"change how {label(wanted)} is generated"
    if wanted.generated is None and present.stored:
        yield step(title, Phase.CONVERT, columns.drop_expression(wanted), table=table)
        if wanted.default is not None:
            yield from _default(wanted)
        return
    same_storage = present.generated and wanted.stored in {None, present.stored}
    if same_storage and wanted.generated and context.major >= 17 and wanted.type == present.type:
        operation = columns.set_expression(wanted)
        rewrites = operation.work is Work.REWRITE
        hazards = unless_small(Hazard.REWRITE, context, table) if rewrites else ()
        yield step(title, Phase.CONVERT, operation, table=table, hazards=hazards)
        return
    yield from _made_again(wanted, present, title, context)


def _made_again(wanted: Column, present: Column, title: str, context: Context) -> Iterator[Outcome]:
    """Yield the drop of the column and its addition in one transaction.

    Values that were not generated are lost. A second run computes the values again.
    """
    table = ddl.table_name(wanted)
    users = sorted(
        {f"{each.kind} {each.name}" for each in context.dependents(table, str(present.name))}
    )
    if users:
        yield Refused(f"the column is used by {', '.join(users)}; drop that first")
        return
    yield from (
        Release(kind=kind, item=item, gone=True) for kind, item in users_of(present, context)
    )
    add = columns.add(wanted)
    hazards = list(unless_small(Hazard.REWRITE, context, table)) if add.work is Work.REWRITE else []
    if not present.generated:
        hazards.append(Hazard.DATA_LOSS)
    yield step(title, Phase.CONVERT, [columns.drop(present), add], table=table, hazards=hazards)
    yield from comment(wanted)


def users_of(item: Column, context: Context) -> Iterator[tuple[str, object]]:
    """Yield the live constraints and indexes of a column, which are dropped with it."""
    table, name = ddl.table_name(item), str(item.name)
    for kind in ("primary-key", "unique"):
        for each in context.present_of(kind, table):
            if name in (*each.columns, *each.include):
                yield kind, each
    for key in context.foreign_keys_on(table, name):
        yield "foreign-key", key
    for index in context.present_of("index", table):
        if name in index.include or any(conversion.mentions(key.text, name) for key in index.keys):
            yield "index", index
    for check in context.present_of("check", table):
        if conversion.mentions(check.expression or "", name):
            yield "check", check
