"""Whole tables, and sequences."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeAlias

import msgspec

from drift.kinds.primary_key import PrimaryKey
from drift.kinds.sequence.kind import Sequence
from drift.kinds.table.table import Table
from drift.model import DatabaseObject, Schema
from drift.sqlalchemy_code.code import Code, call, sequence
from drift.sqlalchemy_code.columns import column_code, named_sequence
from drift.sqlalchemy_code.constraints import (
    check_code,
    exclusion_code,
    foreign_key_code,
    primary_key_code,
    unique_code,
)
from drift.sqlalchemy_code.indexes import index_code, storage_code
from drift.sqlalchemy_code.style import Style

Unsayable: TypeAlias = DatabaseObject
"""An object for which SQLAlchemy has no words."""


STORAGE = (2, 1)
"""The version of SQLAlchemy that brought the storage parameters of tables."""


class TableParts(msgspec.Struct, frozen=True):
    """The arguments of a table: columns and constraints, then options by name.

    `unsayable` are the objects for which SQLAlchemy has no words, and the table itself if that is
    true of an option. Indexes are not among the items.
    """

    items: tuple[Code, ...]
    options: dict[str, Code]
    unsayable: tuple[Unsayable, ...] = ()


def table_code(
    table: Table, schema: Schema, style: Style | None = None, *, indexes: bool = True
) -> Code | None:
    """Return `Table('name', metadata, …)`; None if a part of it cannot be said."""
    style = style or Style()
    parts = table_parts(table, schema, style)
    own = [index_code(item, style) for item in of_table(schema, "index", table) if indexes]
    codes = [code for code in own if code is not None]
    if parts is None or parts.unsayable or len(codes) < len(own):
        return None
    head = (style.string(table.name or ""), Code("metadata"))
    return call(style.of_core("Table"), (*head, *parts.items, *codes), parts.options)


def table_parts(table: Table, schema: Schema, style: Style | None = None) -> TableParts | None:
    """Return the columns, constraints and options of a table; None if it is no table."""
    style = style or Style()
    options = table_options(table, schema.default_schema, style)
    if options is None:
        return None
    codes: list[Code] = []
    unsayable: list[DatabaseObject] = [table] * _lacks_storage(table, style)
    for item, code in _items(table, schema, style):
        if code is None:
            unsayable.append(item)
        else:
            codes.append(code)
    return TableParts(tuple(codes), options, tuple(unsayable))


def of_table(schema: Schema, kind: str, table: Table) -> Iterator[Any]:
    """Yield the objects of a kind that belong to a table, in the order of the schema."""
    owner = table.schema, table.name
    for item in schema.objects.get(kind, ()):
        if (item.schema, item.table) == owner:
            yield item


def _items(
    table: Table, schema: Schema, style: Style
) -> Iterator[tuple[DatabaseObject, Code | None]]:
    keys = [*of_table(schema, "primary-key", table)]
    for column in of_table(schema, "column", table):
        code = column_code(column, schema, style, key=_is_of_key(column.name, keys))
        yield column, code
    for kind, writer in _writers(schema.default_schema):
        for item in of_table(schema, kind, table):
            yield item, writer(item, style)


def _lacks_storage(table: Table, style: Style) -> bool:
    return bool(table.storage) and style.version < STORAGE


def _is_of_key(column: str, keys: Iterable[PrimaryKey]) -> bool:
    return any(column in key.columns for key in keys)


def _writers(default_schema: str) -> tuple[tuple[str, Callable[[Any, Style], Code | None]], ...]:
    return (
        ("primary-key", primary_key_code),
        ("unique", unique_code),
        ("check", check_code),
        ("exclusion", exclusion_code),
        ("foreign-key", lambda item, style: foreign_key_code(item, default_schema, style)),
    )


def table_options(table: Table, default_schema: str, style: Style) -> dict[str, Code] | None:
    """Return the options of a table; None for a view, or for a parameter that is no word."""
    storage = storage_code(table.storage, style)
    if not table.stores_rows or storage is None:
        return None
    options: dict[str, Code] = {}
    if table.schema != default_schema:
        options["schema"] = style.string(table.schema)
    if table.comment:
        options["comment"] = style.string(table.comment)
    if table.unlogged:
        options["prefixes"] = sequence((style.string("UNLOGGED"),))
    if table.partition_key:
        options["postgresql_partition_by"] = style.string(table.partition_key)
    if table.inherits:
        options["postgresql_inherits"] = sequence(map(style.string, table.inherits))
    return options | ({} if _lacks_storage(table, style) else storage)


def sequence_code(item: Sequence, default_schema: str, style: Style | None = None) -> Code | None:
    """Return `Sequence('name', …)`."""
    path = item.schema, item.name or ""
    return named_sequence(path, item.type, item.options, default_schema, style or Style())
