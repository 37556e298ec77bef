"""Columns that number their rows: SERIAL and identities."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from drift.kinds.column.column import Column
from drift.kinds.sequence.options import complete
from drift.kinds.sql import types
from drift.kinds.sql.text import string_literal
from drift.plan import ddl
from drift.plan.backfill import backfill
from drift.plan.context import Context
from drift.plan.names import sequence_name
from drift.plan.operation import Operation, Work
from drift.plan.operations import columns
from drift.plan.recipe import Change, Outcome, step
from drift.plan.recipes import not_null
from drift.plan.step import Phase


def _label(item: Column) -> str:
    return f"{ddl.table_path(item)}.{types.quote(str(item.name))}"


def _sequence(item: Column) -> tuple[str, str]:
    """Return the schema and name of the column's sequence."""
    if item.sequence:
        return item.sequence.schema, item.sequence.name
    return item.schema, sequence_name(str(item.table), str(item.name))


def _next(item: Column) -> str:
    return f"nextval({string_literal(ddl.path(*_sequence(item)))}::regclass)"


def own_sequence(item: Column) -> Operation:
    """Create the sequence of a SERIAL column."""
    options = ddl.sequence_options(item.sequence.options) if item.sequence else ""
    type_ = item.sequence.type if item.sequence else item.type
    path = ddl.path(*_sequence(item))
    return Operation(sql=f"CREATE SEQUENCE IF NOT EXISTS {path} AS {type_} {options}".rstrip())


def _with_owner(item: Column) -> Operation:
    """Create the sequence for a column that exists, which owns it.

    A sequence that exists keeps its owner: other columns may take their numbers from it.
    """
    operation = own_sequence(item)
    if item.sequence and item.sequence.owner:
        return operation
    return msgspec.structs.replace(operation, sql=f"{operation.sql} OWNED BY {_label(item)}")


def owned(item: Column) -> Operation:
    """Let the column own its sequence, so that both are dropped together."""
    path = ddl.path(*_sequence(item))
    return Operation(sql=f"ALTER SEQUENCE {path} OWNED BY {_label(item)}")


def with_default(item: Column) -> Column:
    """Return a SERIAL column with the default that takes its numbers."""
    if not item.serial or item.identity:
        return item
    return msgspec.structs.replace(item, default=_next(item))


def _default(item: Column) -> Operation:
    return columns.set_default(msgspec.structs.replace(item, default=_next(item)), _next(item))


def after_rows(item: Column, *, of_identity: bool = False) -> Operation:
    """Let the numbers go on after the greatest one that a row has.

    A sequence never goes back: others may have taken numbers that no row shows yet.
    """
    path, name = ddl.table_path(item), types.quote(str(item.name))
    if of_identity:
        arguments = f"{string_literal(path)}, {string_literal(str(item.name))}"
        sequence = f"pg_get_serial_sequence({arguments})::regclass"
    else:
        sequence = f"{string_literal(ddl.path(*_sequence(item)))}::regclass"
    return Operation(
        sql=f"SELECT setval(s.seqrelid, t.greatest) FROM pg_sequence s, "
        f"(SELECT max({name}) AS greatest FROM {path}) t "
        f"WHERE s.seqrelid = {sequence} AND s.seqincrement > 0 "
        "AND t.greatest >= coalesce(pg_sequence_last_value(s.seqrelid), s.seqmin)",
        work=Work.SCAN,
    )


def add_column(item: Column, context: Context) -> Iterator[Outcome]:
    """Yield the steps that add a numbered column."""
    table = ddl.table_name(item)
    title = f"add {_label(item)}"
    plain = msgspec.structs.replace(item, default=None, identity=None, serial=False)
    if context.short_way(table):
        yield from _at_once(item, title)
        return
    as_serial = msgspec.structs.replace(item, sequence=None) if item.identity else item
    numbered = [own_sequence(as_serial), owned(as_serial), _default(as_serial)]
    if item.identity:
        numbered = [msgspec.structs.replace(each, done=_is_identity(item)) for each in numbered]
    added = [columns.add(plain, nullable=True), *numbered]
    yield step(title, Phase.COLUMNS, added, table=table)
    yield backfill(table, str(item.name), _next(as_serial), context)
    yield from not_null.require(item, context, filled=True)
    if item.identity:
        path = ddl.path(*_sequence(as_serial))
        done = _is_identity(item)
        operations = [
            msgspec.structs.replace(columns.set_default(item, None), done=done),
            Operation(sql=f"DROP SEQUENCE IF EXISTS {path}", done=done),
            *_add_identity(item),
        ]
        yield step(f"make {_label(item)} an identity", Phase.NOT_NULL, operations, table=table)


def _at_once(item: Column, title: str) -> Iterator[Outcome]:
    table = ddl.table_name(item)
    if item.identity:
        yield step(title, Phase.COLUMNS, columns.add(item), table=table)
        return
    add = columns.add(with_default(item))
    yield step(title, Phase.COLUMNS, [own_sequence(item), add, owned(item)], table=table)


def _is_identity(item: Column) -> str:
    """Return a condition: the column is an identity already."""
    return (
        f"EXISTS (SELECT FROM pg_attribute WHERE attrelid = {ddl.to_regclass(ddl.table_name(item))}"
        f" AND attname = {string_literal(str(item.name))} AND attidentity <> '')"
    )


def _add_identity(item: Column) -> list[Operation]:
    assert item.identity is not None
    add = columns.identity(item, f"ADD {ddl.identity(item.identity)}", _is_identity(item))
    return [add, after_rows(item, of_identity=True)]


def change(each: Change, context: Context) -> Iterator[Outcome]:
    """Yield the steps from one way of numbering to another."""
    del context
    wanted, present = each.wanted, each.present
    table = ddl.table_name(wanted)
    title = f"change how {_label(wanted)} is numbered"
    operations: list[Operation] = []
    if wanted.identity and present.identity:
        operations = list(_options(wanted, present))
    else:
        operations += _without(wanted, present)
        if wanted.identity:
            operations += _add_identity(wanted)
        elif wanted.serial:
            operations += [
                _with_owner(wanted),
                _default(wanted),
                after_rows(wanted),
            ]
        elif wanted.default is not None:
            operations.append(columns.set_default(wanted, wanted.default))
    # PostgreSQL only makes a column that is NOT NULL an identity
    phase = Phase.KEYS if wanted.identity and present.nullable else Phase.DEFAULTS
    yield step(title, phase, operations, table=table)


def _without(wanted: Column, present: Column) -> Iterator[Operation]:
    """Yield the statements that end the present numbering."""
    if present.identity:
        yield columns.identity(present, "DROP IDENTITY IF EXISTS")
    elif present.default is not None or present.serial:
        operation = columns.set_default(present, None)
        done = _is_identity(present) if wanted.identity else ""
        yield msgspec.structs.replace(operation, done=done)
    is_own = present.serial and not (present.sequence and present.sequence.owner)
    if is_own and not wanted.serial:
        drop = f"DROP SEQUENCE IF EXISTS {ddl.path(*_sequence(present))}"
        yield Operation(sql=drop, done=f"NOT {_owns_alone(present)}")


def _owns_alone(item: Column) -> str:
    """Return a condition: the column owns its sequence, and no other default uses it."""
    sequence = ddl.to_regclass(_sequence(item))
    depends = "EXISTS (SELECT FROM pg_depend d"
    return (
        f"({depends} JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid"
        f" WHERE d.classid = 'pg_class'::regclass AND d.objid = {sequence} AND d.deptype = 'a'"
        f" AND d.refobjid = {ddl.to_regclass(ddl.table_name(item))}"
        f" AND a.attname = {string_literal(str(item.name))})"
        f" AND NOT {depends} WHERE d.refclassid = 'pg_class'::regclass"
        f" AND d.refobjid = {sequence} AND d.deptype = 'n'))"
    )


def _options(wanted: Column, present: Column) -> Iterator[Operation]:
    """Yield one ALTER COLUMN with all options that differ."""
    new, old = (_all_options(side) for side in (wanted, present))
    clauses = [_clause(name, value) for name, value in new.items() if value != old[name]]
    yield columns.identity(wanted, " ".join(clauses))


def _all_options(item: Column) -> dict[str, Any]:
    assert item.identity is not None
    filled = complete(item.identity, item.type)
    return {"always": item.identity.always, **msgspec.structs.asdict(filled)}


_WORDS = {
    "start": "SET START WITH",
    "increment": "SET INCREMENT BY",
    "minimum": "SET MINVALUE",
    "maximum": "SET MAXVALUE",
    "cache": "SET CACHE",
}


def _clause(name: str, value: Any) -> str:
    if name == "always":
        return f"SET GENERATED {'ALWAYS' if value else 'BY DEFAULT'}"
    if name == "cycle":
        return "SET CYCLE" if value else "SET NO CYCLE"
    return f"{_WORDS[name]} {value}"
