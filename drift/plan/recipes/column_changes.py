"""Columns that differ: nullability, default, generation and comment; types are `conversion`."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from drift.kinds.column.column import Column
from drift.kinds.column.wording import OWN_SEQUENCE
from drift.kinds.metadata.unwritable import LEFT_OPEN
from drift.kinds.sql.text import string_literal
from drift.plan import ddl
from drift.plan.backfill import backfill
from drift.plan.context import Context
from drift.plan.operation import Work
from drift.plan.operations import columns, constraints
from drift.plan.recipe import Change, Outcome, Refused, Release, step, unless_small
from drift.plan.recipes import conversion, not_null, numbering
from drift.plan.recipes.columns import comment, key_of, label
from drift.plan.recipes.users import users_of
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
        yield _optional(wanted, context)
        return
    value = context.options.decisions.get(key_of(wanted))
    if value not in {None, conversion.CONVERT} and present.type == wanted.type:
        yield backfill(ddl.table_name(wanted), str(wanted.name), str(value), context)
        yield from not_null.require(wanted, context, filled=True)
    else:
        yield from not_null.require(wanted, context)


def _optional(wanted: Column, context: Context) -> Outcome:
    """Return DROP NOT NULL; PostgreSQL refuses it as long as a primary key has the column."""
    table, drop = ddl.table_name(wanted), columns.drop_not_null(wanted)
    in_key = any(wanted.name in key.columns for key in context.present_of("primary-key", table))
    if in_key:
        in_key_still = (
            "EXISTS (SELECT FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid"
            f" AND a.attnum = ANY (i.indkey) WHERE i.indrelid = {ddl.to_regclass(table)}"
            f" AND i.indisprimary AND a.attname = {string_literal(str(wanted.name))})"
        )
        drop = msgspec.structs.replace(drop, done=in_key_still)
    return step(
        f"let {label(wanted)} be NULL",
        Phase.DROP_INDEXES if in_key else Phase.DEFAULTS,
        drop,
        table=table,
        hazards=[Hazard.DROP] if in_key else (),
    )


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
        operation = msgspec.structs.replace(
            columns.set_expression(wanted), done=_has_new_expression(wanted, present, context)
        )
        rewrites = operation.work is Work.REWRITE
        hazards = unless_small(Hazard.REWRITE, context, table) if rewrites else ()
        yield step(title, Phase.CONVERT, operation, table=table, hazards=hazards)
        return
    yield from _made_again(wanted, present, title, context)


def _made_again(wanted: Column, present: Column, title: str, context: Context) -> Iterator[Outcome]:
    """Yield the drop of the column and its addition in one transaction.

    Values that were not generated are lost.
    """
    table = ddl.table_name(wanted)
    if users := context.users_of_column(table, str(present.name)):
        yield Refused(f"the column is used by {', '.join(users)}; drop that first")
        return
    yield from (
        Release(kind=kind, item=item, gone=True) for kind, item in users_of(present, context)
    )
    add = columns.add(wanted)
    drop = msgspec.structs.replace(
        columns.drop(present), done=_was_made_again(wanted, present, context)
    )
    hazards = list(unless_small(Hazard.REWRITE, context, table)) if add.work is Work.REWRITE else []
    if not present.generated:
        hazards.append(Hazard.DATA_LOSS)
    yield step(title, Phase.CONVERT, [drop, add], table=table, hazards=hazards)
    yield from comment(wanted)


def _generated_as_wanted(item: Column) -> str:
    """Return a condition: the column is generated in the wanted way already.

    Its expression is not looked at: a second run of the plan follows a first one that set it.
    """
    kind = "v" if item.stored is False else "s"
    return (
        f"EXISTS (SELECT FROM pg_attribute WHERE attrelid = {ddl.to_regclass(ddl.table_name(item))}"
        f" AND attname = {string_literal(str(item.name))} AND attgenerated = '{kind}')"
    )


def _was_made_again(wanted: Column, present: Column, context: Context) -> str:
    """Return a condition: the column is the new one; "" if the old one looks the same."""
    if not present.generated or wanted.stored not in {None, present.stored}:
        return _generated_as_wanted(wanted)
    if present.type != wanted.type:
        return columns.has_type(wanted)
    return _has_new_expression(wanted, present, context)


def _has_new_expression(wanted: Column, present: Column, context: Context) -> str:
    """Return a condition: the column is generated by the new expression.

    It is compared with the one that a server printed: the new one of a `complete` side, or else
    that it is not the old one. PostgreSQL prints names of other schemas as the search path needs
    them: an expression with such a name is not compared, and the step is done again in a second
    run.
    """
    is_printed = context.wanted.complete
    printed = str(wanted.generated if is_printed else present.generated)
    if "." in printed:
        return ""
    table, name = ddl.table_name(present), string_literal(str(present.name))
    return (
        "EXISTS (SELECT FROM pg_attrdef d JOIN pg_attribute a"
        " ON a.attrelid = d.adrelid AND a.attnum = d.adnum"
        f" WHERE d.adrelid = {ddl.to_regclass(table)} AND a.attname = {name}"
        f" AND pg_get_expr(d.adbin, d.adrelid) {'=' if is_printed else '<>'}"
        f" {string_literal(printed)})"
    )
