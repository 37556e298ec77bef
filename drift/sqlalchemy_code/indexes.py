"""Indexes."""

from __future__ import annotations

import msgspec

from drift.kinds.index.index import Index
from drift.kinds.sql.text import plain
from drift.sqlalchemy_code.code import Code, call, literal, mapping, sequence
from drift.sqlalchemy_code.constraints import NULLS
from drift.sqlalchemy_code.keys import is_word, key_codes
from drift.sqlalchemy_code.style import Style


class IndexArguments(msgspec.Struct, frozen=True):
    """The keys of an index, and the options after them."""

    keys: tuple[Code, ...]
    options: dict[str, Code]


def index_code(item: Index, style: Style | None = None) -> Code | None:
    """Return `Index('name', …)`; None if SQLAlchemy cannot say an option."""
    style = style or Style()
    arguments = index_arguments(item, style)
    if arguments is None:
        return None
    name = style.constraint_name(item.name) if item.name else literal(None)
    return call(style.of_core("Index"), (name, *arguments.keys), arguments.options)


def index_arguments(item: Index, style: Style) -> IndexArguments | None:
    """Return the arguments after the name, which `op.create_index` takes in the same form."""
    keys, storage = key_codes(item.keys, style), storage_code(item.storage, style)
    if keys is None or storage is None or (item.nulls_not_distinct and style.version < NULLS):
        return None
    options = {"unique": literal(True)} if item.unique else {}
    if item.method != "btree":
        options["postgresql_using"] = style.string(item.method)
    if keys[1]:
        options["postgresql_ops"] = mapping(keys[1], style.quote)
    if item.include:
        options["postgresql_include"] = sequence(map(style.string, item.include))
    if item.nulls_not_distinct:
        options["postgresql_nulls_not_distinct"] = literal(True)
    if item.predicate:
        options["postgresql_where"] = style.sql(plain(item.predicate))
    return IndexArguments(tuple(keys[0]), options | storage)


def storage_code(storage: tuple[tuple[str, str], ...], style: Style) -> dict[str, Code] | None:
    """Return `postgresql_with`; None for a value that SQLAlchemy would not quote."""
    if not all(is_word(word) for pair in storage for word in pair):
        return None
    values = {name: _parameter(value, style) for name, value in storage}
    return {"postgresql_with": mapping(values, style.quote)} if values else {}


def _parameter(value: str, style: Style) -> Code:
    return literal(int(value)) if value.isdecimal() else style.string(value)
