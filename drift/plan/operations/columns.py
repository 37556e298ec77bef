"""Statements about columns."""

from __future__ import annotations

import re
from collections.abc import Mapping

from drift.kinds.column.column import Column
from drift.kinds.sql import types
from drift.kinds.sql.text import string_literal
from drift.plan import ddl, excuses
from drift.plan.operation import Lock, Operation, TableName, Work

_VOLATILE = re.compile(
    r"\b(?:gen_random_uuid|uuid_generate_v\w+|uuidv[47]|random|clock_timestamp|timeofday|nextval"
    r"|gen_random_bytes|setseed)\b",
    re.IGNORECASE,
)
_CALL = re.compile(r'(?:[\w$]|")\s*\(')
_STABLE = re.compile(
    r"\b(?:now|current_timestamp|current_date|localtimestamp|transaction_timestamp|timezone"
    r"|statement_timestamp|current_setting|lower|upper|concat|format|to_char|date_trunc"
    r"|jsonb_build_object|json_build_object|jsonb_build_array|coalesce|array|cast|numeric|varchar"
    r"|varying|character|time|timestamp|interval|bit|decimal|char)\s*\(",
    re.IGNORECASE,
)


def is_volatile(default: str) -> bool:
    """Return whether a default may give each row another value: then the table is copied.

    A function that is not known is taken for volatile: the plan is slower then, and still right.
    """
    outside = re.sub(r"'(?:[^']|'')*'", "''", default)
    if _VOLATILE.search(outside):
        return True
    return len(_CALL.findall(outside)) > len(_STABLE.findall(outside))


def _on(item: Column) -> TableName:
    return ddl.table_name(item)


def _alter(item: Column, clause: str) -> str:
    return f"ALTER TABLE {ddl.table_path(item)} ALTER COLUMN {name(item)} {clause}"


def name(item: Column) -> str:
    """Return the quoted name of a column."""
    return types.quote(str(item.name))


def exists(item: Column) -> str:
    """Return a condition: the table has the column."""
    return (
        f"EXISTS (SELECT FROM pg_attribute WHERE attrelid = {ddl.to_regclass(_on(item))}"
        f" AND attname = {string_literal(str(item.name))} AND NOT attisdropped)"
    )


def has_type(item: Column) -> str:
    """Return a condition: a column has its type and its collation."""
    """Return a condition: the column has its type and its collation."""
    type_ = string_literal(item.type)
    same = f"format_type(a.atttypid, a.atttypmod) = {type_}"
    if "(" not in item.type and not item.type.startswith("interval "):
        # The name of a type has its schema here, and not always in format_type.
        same = f"({same} OR (a.atttypmod = -1 AND a.atttypid = to_regtype({type_})))"
    return (
        "EXISTS (SELECT FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid"
        f" WHERE a.attrelid = {ddl.to_regclass(_on(item))}"
        f" AND a.attname = {string_literal(str(item.name))} AND NOT a.attisdropped"
        f" AND {same} AND a.attcollation = {_collation(item)})"
    )


def _collation(item: Column) -> str:
    clause = ddl.collation(item.collation, item.collation_schema).removeprefix(" COLLATE ")
    return f"to_regcollation({string_literal(clause)})" if clause else "t.typcollation"


def exclusive(item: Column) -> Mapping[TableName, Lock]:
    """Return the lock of nearly every ALTER TABLE."""
    return {_on(item): Lock.ACCESS_EXCLUSIVE}


def add(
    item: Column, *, nullable: bool | None = None, default: bool = True, constrained: bool = False
) -> Operation:
    """Add a column; a volatile value or a `constrained` domain makes PostgreSQL copy the table."""
    clause = ddl.column(item, nullable=nullable, default=default)
    fills = (default and item.default is not None and is_volatile(item.default)) or item.identity
    rewrites = constrained or fills or (item.generated and item.stored is not False)
    return Operation(
        sql=f"ALTER TABLE {ddl.table_path(item)} ADD COLUMN IF NOT EXISTS {clause}",
        locks=exclusive(item),
        work=Work.REWRITE if rewrites else Work.CATALOG,
        action="add_column",
        item=item,
        options={"nullable": nullable, "default": default},
        excuses=excuses.of_type(item.type) | (excuses.FILLED if rewrites else {}),
    )


def drop(item: Column) -> Operation:
    """Drop a column; its values stay in the table's pages until it is copied."""
    return Operation(
        sql=f"ALTER TABLE {ddl.table_path(item)} DROP COLUMN IF EXISTS {name(item)}",
        locks=exclusive(item),
        action="drop_column",
        item=item,
        excuses=excuses.DROP_COLUMN,
    )


def set_type(item: Column, using: str, work: Work, locks: Mapping[TableName, Lock]) -> Operation:
    """Change the type and collation; `using` is the conversion, "" if PostgreSQL assigns."""
    clause = f"TYPE {ddl.column_type(item)}"
    return Operation(
        sql=_alter(item, clause + (f" USING {using}" if using else "")),
        locks=locks,
        work=work,
        done=has_type(item),
        action="alter_type",
        item=item,
        options={"using": using},
        excuses=excuses.of_conversion(work) | excuses.of_type(item.type),
    )


def set_not_null(item: Column, work: Work) -> Operation:
    """Set NOT NULL; without a valid check of it, PostgreSQL reads the whole table."""
    return Operation(
        sql=_alter(item, "SET NOT NULL"),
        locks=exclusive(item),
        work=work,
        action="set_nullable",
        item=item,
        options={"nullable": False},
        excuses=excuses.NOT_NULL,
    )


def drop_not_null(item: Column) -> Operation:
    """Let a column hold NULL."""
    return Operation(
        sql=_alter(item, "DROP NOT NULL"),
        locks=exclusive(item),
        action="set_nullable",
        item=item,
        options={"nullable": True},
        excuses=excuses.DROP_NOT_NULL,
    )


def set_default(item: Column, default: str | None) -> Operation:
    """Set or drop the default; the values of old rows stay."""
    return Operation(
        sql=_alter(item, "DROP DEFAULT" if default is None else f"SET DEFAULT {default}"),
        locks=exclusive(item),
        action="set_default",
        item=item,
        options={"default": default},
        excuses=excuses.DROP_DEFAULT if default is None else {},
    )


def identity(item: Column, clause: str, done: str = "") -> Operation:
    """Change the identity by a clause such as DROP IDENTITY."""
    return Operation(
        sql=_alter(item, clause), locks=exclusive(item), done=done, excuses=excuses.IDENTITY
    )


def drop_expression(item: Column) -> Operation:
    """Make a generated column a plain one, which keeps its values."""
    return Operation(sql=_alter(item, "DROP EXPRESSION IF EXISTS"), locks=exclusive(item))


def set_expression(item: Column) -> Operation:
    """Generate a column by another expression, from PostgreSQL 17 on."""
    clause = f"SET EXPRESSION AS ({item.generated})"
    work = Work.CATALOG if item.stored is False else Work.REWRITE
    return Operation(sql=_alter(item, clause), locks=exclusive(item), work=work)


def comment(item: Column) -> Operation:
    """Set or drop the comment."""
    text = string_literal(item.comment) if item.comment else "NULL"
    return Operation(
        sql=f"COMMENT ON COLUMN {ddl.table_path(item)}.{name(item)} IS {text}",
        locks={_on(item): Lock.SHARE_UPDATE_EXCLUSIVE},
        action="set_comment",
        item=item,
    )


def analyze(table: TableName, columns: tuple[str, ...] = ()) -> Operation:
    """Collect the statistics of columns, which a new type deletes."""
    listed = f" ({', '.join(map(types.quote, columns))})" if columns else ""
    return Operation(
        sql=f"ANALYZE {ddl.path(*table)}{listed}",
        locks={table: Lock.SHARE_UPDATE_EXCLUSIVE},
        work=Work.SCAN,
    )
