"""The tables that declared objects need, as DDL: only as far as printed definitions show them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from drift.kinds.constraint import names
from drift.kinds.sql import types
from drift.model import Schema
from drift.plan import ddl
from drift.plan.operation import TableName


def schemas(declared: Schema, more: Iterable[str]) -> Iterator[str]:
    """Yield the statements for the schemas that the objects of the expected side are in."""
    own = {item.schema for items in declared.objects.values() for item in items}
    for schema in sorted(own.union(more)):
        yield f"CREATE SCHEMA IF NOT EXISTS {types.quote(schema)}"


def extensions(schema_of: Mapping[str, str]) -> Iterator[str]:
    """Yield the statements for extensions, each in its schema."""
    for name, schema in schema_of.items():
        yield f"CREATE EXTENSION {types.quote(name)} SCHEMA {types.quote(schema)} CASCADE"


def statements(declared: Schema, without: Collection[TableName], live: Schema) -> Iterator[str]:
    """Yield the statements for the types, sequences and tables of the expected side.

    The relations of `without` are made by other statements. The columns of a table are in the order
    of the `live` ones: `SELECT *` means that order.
    """
    yield from map(ddl.enum, declared.objects["enum"])
    yield from map(ddl.domain, declared.objects["domain"])
    yield from map(ddl.sequence, declared.objects["sequence"])
    columns, keys = _by_table(_in_live_order(declared, live)), _primary_keys(declared)
    for table in declared.objects["table"]:
        name = (table.schema, table.name)
        if name not in without:
            clauses = [*map(_column, columns[name]), *keys[name]]
            yield f"CREATE TABLE {ddl.path(*name)} ({', '.join(clauses)})"


def live_only(declared: Schema, live: Schema) -> Iterator[str]:
    """Yield the statements that add live columns without a model: definitions may need them."""
    known = {(c.schema, c.table, c.name) for c in declared.objects["column"]}
    tables = {(t.schema, t.name) for t in declared.objects["table"]}
    for column in live.objects["column"]:
        name = (column.schema, column.table)
        if name in tables and (*name, column.name) not in known:
            yield f"ALTER TABLE {ddl.path(*name)} ADD COLUMN {_column(column)}"


def _column(column: Any) -> str:
    """Return a column without its default and its constraints, which no definition shows."""
    return f"{types.quote(column.name)} {ddl.column_type(column)}"


def _in_live_order(declared: Schema, live: Schema) -> Iterable[Any]:
    """Return the declared columns in the order of the live ones, and then those that are absent."""
    positions = {
        (column.schema, column.table, column.name): number
        for number, column in enumerate(live.objects["column"])
    }
    return sorted(
        declared.objects["column"],
        key=lambda c: positions.get((c.schema, c.table, c.name), len(positions)),
    )


def _by_table(columns: Iterable[Any]) -> dict[TableName, list[Any]]:
    by_table: dict[TableName, list[Any]] = defaultdict(list)
    for column in columns:
        by_table[column.schema, column.table].append(column)
    return by_table


def _primary_keys(declared: Schema) -> dict[TableName, list[str]]:
    """Return the primary keys: GROUP BY one makes the other columns of its table available."""
    keys: dict[TableName, list[str]] = defaultdict(list)
    for key in declared.objects["primary-key"]:
        keys[key.schema, key.table].append(f"PRIMARY KEY ({names(key.columns)})")
    return keys
