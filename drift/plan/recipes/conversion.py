"""Changes of a column's type or collation, the short way: one ALTER TABLE.

Foreign keys at either end are dropped before and made again after it, so that both ends can be
converted one after the other.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from drift.kinds.column.column import Column
from drift.kinds.sql import types
from drift.kinds.sql.type_families import refused
from drift.plan import ddl
from drift.plan.context import Context
from drift.plan.names import shortened, temporary
from drift.plan.operation import Lock, Operation, TableName, Work
from drift.plan.operations import columns, constraints
from drift.plan.recipe import Change, Outcome, Refused, Release, step
from drift.plan.recipes.columns import key_of, label
from drift.plan.recipes.users import by_expression, mentions, users_of
from drift.plan.step import Choice, Decision, Hazard, Phase, Precheck, deciding
from drift.plan.type_changes import TypeChange, change, misfits

CONVERT = "convert"
"""The answer that a narrower type is meant, and that every value is expected to fit."""


def changed(each: Change, context: Context) -> Iterator[Outcome]:
    """Yield the conversion, and before it the releases of objects that are in its way."""
    wanted, present = each.wanted, each.present
    table = ddl.table_name(wanted)
    if users := context.users_of_column(table, present.name):
        yield Refused(
            f"the column is used by {', '.join(users)}; drop that first, and create it "
            "again afterwards"
        )
        return
    how = change(present.type, wanted.type)
    decision, how = _decided(wanted, present, how, context)
    work = _work(how, wanted, present, context)
    if work is Work.REWRITE and not context.short_way(table):
        yield from _leftovers(present, context)
    if work is Work.REWRITE:
        yield from _released(wanted, present, context)
    yield from _generated_users(present, context)
    hazards = [] if work is Work.CATALOG or context.short_way(table) else [Hazard.REWRITE]
    yield step(
        f"change {label(wanted)} to {wanted.type}",
        Phase.CONVERT,
        _operations(wanted, present, how, work, context),
        table=table,
        prechecks=[_misfits(wanted, present, how, context)],
        hazards=hazards,
        decision=decision,
        remarks=_remarks(how),
    )
    if work is not Work.CATALOG or present.type != wanted.type:
        yield step(
            f"analyze {ddl.path(*table)}",
            Phase.ANALYZE,
            columns.analyze(table, (str(wanted.name),)),
            table=table,
        )


def _leftovers(present: Column, context: Context) -> Iterator[Outcome]:
    """Refuse a change if its temporary names are those of columns that exist."""
    for name in online_names(present):
        if context.present_column(ddl.table_name(present), name):
            yield Refused(
                f"the table has a column {name}, of a plan that was not run to its end or of "
                "your own: run that plan's file again, or drop the column and plan again"
            )


def _released(wanted: Column, present: Column, context: Context) -> Iterator[Outcome]:
    """Yield the foreign keys of a column, and the expressions that its new type may not fit."""
    for key in context.foreign_keys_on(ddl.table_name(present), str(present.name)):
        yield Release(kind="foreign-key", item=key)
    if refused(present.type, wanted.type):
        yield from by_expression(present, context)


def _generated_users(present: Column, context: Context) -> Iterator[Outcome]:
    """Yield the objects that are dropped with the columns that are generated from a column."""
    for generated in _generated_from(present, context):
        users = context.users_of_column(ddl.table_name(present), str(generated.name))
        if users:
            yield Refused(
                f"{label(generated)} is generated from it, and used by {', '.join(users)}"
            )
        for kind, item in users_of(generated, context):
            yield Release(kind=kind, item=item, gone=kind != "foreign-key")


def _decided(
    wanted: Column, present: Column, how: TypeChange, context: Context
) -> tuple[Decision | None, TypeChange]:
    """Return the question if only a person knows how to convert, or that it should be done."""
    answer = context.options.decisions.get(key_of(wanted))
    if answer not in {None, CONVERT}:
        return None, how._replace(answer=str(answer), ambiguous=False, narrows=False, parses=False)
    if answer is not None or not (how.ambiguous or how.narrows):
        return (_ambiguous(wanted, present) if how.ambiguous else None), how
    return (_ambiguous if how.ambiguous else _narrowing)(wanted, present), how


def _ambiguous(wanted: Column, present: Column) -> Decision:
    option = deciding(key_of(wanted), "SQL")
    return Decision(
        question=f"PostgreSQL does not convert {present.type} to {wanted.type} by itself.",
        choices=(Choice(option=option, effect="converts each value by the SQL expression"),),
    )


def _narrowing(wanted: Column, present: Column) -> Decision:
    key = key_of(wanted)
    return Decision(
        question=f"Values of {present.type} may not fit into {wanted.type}.",
        choices=(
            Choice(
                option=deciding(key, CONVERT),
                effect="converts; the plan stops before any change if a value does not fit",
            ),
            Choice(
                option=deciding(key, "SQL"),
                effect="converts each value by the SQL expression, such as left(name, 20)",
            ),
            Choice(option="--adopt", effect="changes the model to the type of the database"),
        ),
    )


def online_names(present: Column) -> tuple[str, str]:
    """Return the names of the new and of the old column while a column is converted online."""
    return temporary(str(present.name)), shortened(str(present.name), "_drift_old")


def needs_decision(wanted: Column, present: Column, context: Context) -> bool:
    """Return whether a person must say how to convert, or that it is meant."""
    decision, _ = _decided(wanted, present, change(present.type, wanted.type), context)
    return decision is not None


def work_of(wanted: Column, present: Column, context: Context) -> Work:
    """Return the work of the change in one ALTER TABLE."""
    return _work(change(present.type, wanted.type), wanted, present, context)


def converted(wanted: Column, present: Column, context: Context) -> str:
    """Return SQL for a value of the live column in its new type."""
    name = types.quote(str(present.name))
    _, how = _decided(wanted, present, change(present.type, wanted.type), context)
    if conversion := how.conversion(name):
        return conversion
    if how.in_utc:
        return f"{name} AT TIME ZONE 'UTC'"
    return f"{name}::{ddl.column_type(wanted)}"


def precheck_of(wanted: Column, present: Column, context: Context) -> Precheck | None:
    """Return the query for the values that do not fit into the new type."""
    _, how = _decided(wanted, present, change(present.type, wanted.type), context)
    return _misfits(wanted, present, how, context)


def _remarks(how: TypeChange) -> Iterator[str]:
    if how.in_utc:
        yield "values are converted as UTC; --decide with an SQL expression names another time zone"


def _work(how: TypeChange, wanted: Column, present: Column, context: Context) -> Work:
    """Return the work with that of checks and indexes on the column."""
    if how.work is Work.REWRITE:
        return Work.REWRITE
    table, name = ddl.table_name(wanted), str(present.name)
    indexes = context.present_of("index", table)
    in_expression = any(
        (key.expression and mentions(key.expression, name))
        for index in indexes
        for key in index.keys
    ) or any(mentions(index.predicate or "", name) for index in indexes)
    collated = (wanted.collation, wanted.collation_schema) != (
        present.collation,
        present.collation_schema,
    )
    indexed = any(key.column == name for index in indexes for key in index.keys) or any(
        name in each.columns
        for kind in ("primary-key", "unique")
        for each in context.present_of(kind, table)
    )
    if in_expression or (collated and indexed):
        return Work.BUILD
    checked = any(mentions(c.expression or "", name) for c in context.present_of("check", table))
    return Work.SCAN if checked else how.work


def _operations(
    wanted: Column, present: Column, how: TypeChange, work: Work, context: Context
) -> list[Operation]:
    """Return the statements of the one transaction that converts the column."""
    table = ddl.table_name(wanted)
    generated = _generated_from(present, context)
    converted_before = columns.has_type(wanted)
    set_type = _set_type(wanted, how, work, _locks(wanted, work, context))
    operations = [
        msgspec.structs.replace(columns.drop(each), done=converted_before) for each in generated
    ]
    if how.in_utc and not how.conversion(str(wanted.name)):
        operations.append(Operation(sql="SET LOCAL TimeZone = 'UTC'"))
    if present.default is not None and how.work is Work.REWRITE and not present.serial:
        operations += [
            msgspec.structs.replace(columns.set_default(wanted, None), done=converted_before),
            set_type,
            *([] if wanted.default is None else [columns.set_default(wanted, wanted.default)]),
        ]
    else:
        operations.append(set_type)
    for each in generated:
        again = context.wanted_column(table, str(each.name)) or each
        operations += [columns.add(again), *([columns.comment(again)] if again.comment else [])]
    return operations


def _generated_from(item: Column, context: Context) -> list[Column]:
    """Return the live columns that are generated from a column: they are made again with it."""
    return [
        each
        for each in context.present_of("column", ddl.table_name(item))
        if each.generated and mentions(each.generated, str(item.name))
    ]


def _set_type(
    wanted: Column, how: TypeChange, work: Work, locks: dict[TableName, Lock]
) -> Operation:
    name = types.quote(str(wanted.name))
    return columns.set_type(wanted, how.conversion(name), work, locks)


def _locks(wanted: Column, work: Work, context: Context) -> dict[TableName, Lock]:
    """Return the locks: a foreign key that stays locks its other table, too."""
    table = ddl.table_name(wanted)
    locks = {table: Lock.ACCESS_EXCLUSIVE}
    if work is not Work.REWRITE:
        for key in context.foreign_keys_on(table, str(wanted.name)):
            locks |= dict.fromkeys(
                (ddl.table_name(key), constraints.target(key)), Lock.ACCESS_EXCLUSIVE
            )
    return locks


def _misfits(wanted: Column, present: Column, how: TypeChange, context: Context) -> Precheck | None:
    name, path = types.quote(str(wanted.name)), ddl.table_path(wanted)
    condition = misfits(name, present.type, wanted.type, how, context.major)
    if not condition:
        return None
    return Precheck(
        problem=f"values of {path}.{name} do not fit into {wanted.type}",
        query=f"SELECT {name}::text AS value FROM {path} WHERE {name} IS NOT NULL AND {condition}",
        early=context.has_type(wanted.type),
    )
