"""Objects as the clauses of DDL, for both sides: structs in, SQL out."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from drift.kinds.check import Check
from drift.kinds.column.column import Column, Identity
from drift.kinds.constraint import names
from drift.kinds.domain import Domain
from drift.kinds.enum import Enum
from drift.kinds.exclusion import Exclusion
from drift.kinds.foreign_key.foreign_key import ForeignKey
from drift.kinds.index.index import Index
from drift.kinds.primary_key import PrimaryKey
from drift.kinds.sequence.kind import Sequence
from drift.kinds.sequence.options import Options
from drift.kinds.sql import types
from drift.kinds.sql.text import plain, string_literal, with_value
from drift.kinds.table.table import Table
from drift.kinds.unique import Unique
from drift.lazy_regex import lazy_regex
from drift.plan.operation import TableName


def path(schema: str, name: str) -> str:
    """Return a qualified name, quoted if necessary."""
    return f"{types.quote(schema)}.{types.quote(name)}"


def table_path(item: Any) -> str:
    """Return the qualified name of the table that an object belongs to."""
    return path(item.schema, item.table)


def table_name(item: Any) -> TableName:
    """Return the table that an object belongs to."""
    return (item.schema, item.table)


def regclass(name: TableName) -> str:
    """Return SQL for the identifier of a relation; an error if it does not exist."""
    return f"{string_literal(path(*name))}::regclass"


def to_regclass(name: TableName) -> str:
    """Return SQL for the identifier of a relation; NULL if it does not exist."""
    return f"to_regclass({string_literal(path(*name))})"


def column(item: Column, *, nullable: bool | None = None, default: bool = True) -> str:
    """Return a column as CREATE TABLE and ADD COLUMN have it.

    `nullable` replaces its own; without `default`, the default is skipped.
    """
    may_be_null = item.nullable if nullable is None else nullable
    parts = [types.quote(str(item.name)), column_type(item)]
    if item.generated:
        parts.append(generated(item))
    if item.identity:
        parts.append(identity(item.identity))
    if default and item.default is not None and not (item.serial and item.identity):
        parts.append(f"DEFAULT {item.default}")
    if not may_be_null:
        parts.append("NOT NULL")
    return " ".join(parts)


def column_type(item: Column) -> str:
    """Return a column's type with its collation."""
    return item.type + collation(item.collation, item.collation_schema)


def collation(name: str | None, schema: str | None = None) -> str:
    """Return a COLLATE clause with a space before it; "" without a collation."""
    if name is None:
        return ""
    return f" COLLATE {path(schema, name) if schema else types.quote(name)}"


def generated(item: Column) -> str:
    """Return the clause of a generated column; STORED if the model leaves that open."""
    kind = "VIRTUAL" if item.stored is False else "STORED"
    return f"GENERATED ALWAYS AS ({plain(str(item.generated))}) {kind}"


def identity(item: Identity) -> str:
    """Return the clause of an identity."""
    options = sequence_options(item)
    always = "ALWAYS" if item.always else "BY DEFAULT"
    return f"GENERATED {always} AS IDENTITY{f' ({options})' if options else ''}"


def sequence_options(item: Options) -> str:
    """Return the options that are set, in SQL's order."""
    words = {
        "START WITH": item.start,
        "INCREMENT BY": item.increment,
        "MINVALUE": item.minimum,
        "MAXVALUE": item.maximum,
        "CACHE": item.cache,
    }
    parts = [f"{word} {value}" for word, value in words.items() if value is not None]
    if item.cycle is not None:
        parts.append("CYCLE" if item.cycle else "NO CYCLE")
    return " ".join(parts)


def primary_key(item: PrimaryKey) -> str:
    """Return a primary key as a constraint has it."""
    return f"PRIMARY KEY ({names(item.columns)}){include(item.include)}{deferrable(item)}"


def unique(item: Unique) -> str:
    """Return a unique constraint."""
    nulls = " NULLS NOT DISTINCT" if item.nulls_not_distinct else ""
    return f"UNIQUE{nulls} ({names(item.columns)}){include(item.include)}{deferrable(item)}"


def check(item: Check) -> str:
    """Return a check constraint, without NOT VALID."""
    inherit = " NO INHERIT" if item.no_inherit else ""
    enforced = "" if item.enforced else " NOT ENFORCED"
    return f"CHECK ({plain(item.expression or '')}){inherit}{enforced}"


def exclusion(item: Exclusion) -> str:
    """Return an exclusion constraint."""
    elements = ", ".join(
        f"{key.text} WITH {operator}"
        for key, operator in zip(item.keys, item.operators, strict=True)
    )
    where = f" WHERE ({plain(item.predicate)})" if item.predicate else ""
    return f"EXCLUDE USING {types.quote(item.method)} ({elements}){where}{deferrable(item)}"


def foreign_key(item: ForeignKey) -> str:
    """Return a foreign key, without NOT VALID."""
    target = path(item.target_schema, item.target_table)
    parts = [
        f"FOREIGN KEY ({names(item.columns)}) REFERENCES {target} ({names(item.target_columns)})"
    ]
    if item.match != "SIMPLE":
        parts.append(f"MATCH {item.match}")
    if item.on_update != "NO ACTION":
        parts.append(f"ON UPDATE {item.on_update}")
    if item.on_delete != "NO ACTION":
        columns = f" ({names(item.delete_columns)})" if item.delete_columns else ""
        parts.append(f"ON DELETE {item.on_delete}{columns}")
    enforced = "" if item.enforced else " NOT ENFORCED"
    return " ".join(parts) + deferrable(item) + enforced


def deferrable(item: Any) -> str:
    """Return the clauses of a constraint that can be checked at COMMIT."""
    if not item.deferrable:
        return ""
    return f" DEFERRABLE{' INITIALLY DEFERRED' if item.initially_deferred else ''}"


def include(columns: Iterable[str]) -> str:
    """Return the columns that an index only stores."""
    columns = tuple(columns)
    return f" INCLUDE ({names(columns)})" if columns else ""


def index(item: Index, *, only: bool = False) -> str:
    """Return the definition after the name in CREATE INDEX; `only`: without the partitions."""
    keys = ", ".join(key.text for key in item.keys)
    nulls = " NULLS NOT DISTINCT" if item.nulls_not_distinct else ""
    where = f" WHERE ({plain(item.predicate)})" if item.predicate else ""
    table = f"{'ONLY ' if only else ''}{table_path(item)}"
    using = f" USING {types.quote(item.method)}" if item.method != "btree" else ""
    return f"{table}{using} ({keys}){include(item.include)}{nulls}{storage(item.storage)}{where}"


def dollar_quoted(body: str) -> str:
    """Return text in dollar quotes, by a word that the text does not have."""
    tag = "$drift$"
    while tag in body:
        tag = f"${tag.strip('$')}_$"
    return f"{tag}\n{body}\n{tag}"


def storage(parameters: Iterable[tuple[str, str]]) -> str:
    """Return a WITH clause; "" without parameters."""
    pairs = ", ".join(storage_pair(*pair) for pair in parameters)
    return f" WITH ({pairs})" if pairs else ""


def storage_pair(name: str, value: str) -> str:
    """Return a storage parameter with its value."""
    text = value if _NUMBER.fullmatch(value) else string_literal(value)
    return f"{storage_name(name)} = {text}"


def storage_name(name: str) -> str:
    """Return the name of a storage parameter. Raises ValueError for one that must be quoted."""
    if not _PARAMETER.fullmatch(name):
        raise ValueError(f"is no storage parameter: {name!r}")
    return name


_PARAMETER = lazy_regex(r"[A-Za-z_][\w]*(?:\.[A-Za-z_]\w*)?")
_NUMBER = lazy_regex(r"-?\d+(?:\.\d+)?|true|false|on|off|auto", re.IGNORECASE)


def table(item: Table, columns: Iterable[str], constraints: Iterable[str] = ()) -> str:
    """Return CREATE TABLE, with the clauses of columns and constraints."""
    unlogged = "UNLOGGED " if item.unlogged else ""
    clauses = ",".join(f"\n    {clause}" for clause in (*columns, *constraints))
    inherits = ", ".join(path(*parts) for parts in _parents(item))
    inherited = f" INHERITS ({inherits})" if inherits else ""
    partitioned = f" PARTITION BY {item.partition_key}" if item.partition_key else ""
    name = path(item.schema, str(item.name))
    return (
        f"CREATE {unlogged}TABLE IF NOT EXISTS {name} ({clauses}\n)"
        f"{inherited}{partitioned}{storage(item.storage)}"
    )


def _parents(item: Table) -> Iterable[TableName]:
    """Yield the parents; one without a schema is in that of the table."""
    for parent in item.inherits:
        parts = types.split(types.qualified(parent))
        yield (parts[0], parts[1]) if len(parts) == 2 else (item.schema, parts[0])


def enum(item: Enum) -> str:
    """Return CREATE TYPE."""
    labels = ", ".join(map(string_literal, item.labels))
    return f"CREATE TYPE {path(item.schema, str(item.name))} AS ENUM ({labels})"


def domain(item: Domain) -> str:
    """Return CREATE DOMAIN."""
    parts = [f"CREATE DOMAIN {path(item.schema, str(item.name))} AS {item.type}"]
    parts.append(collation(item.collation).strip())
    if item.default is not None:
        parts.append(f"DEFAULT {item.default}")
    if not item.nullable:
        parts.append("NOT NULL")
    parts += [f"CHECK ({domain_check(check)})" for check in item.checks]
    return " ".join(filter(None, parts))


def domain_check(expression: str) -> str:
    """Return the condition of a domain with VALUE as SQL has it."""
    return with_value(plain(expression), "VALUE")


def sequence(item: Sequence) -> str:
    """Return CREATE SEQUENCE."""
    options = sequence_options(item.options)
    name = path(item.schema, str(item.name))
    return f"CREATE SEQUENCE IF NOT EXISTS {name} AS {item.type} {options}".rstrip()
