"""Alembic's operations on whole tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from drift.kinds.table.table import Table
from drift.plan.operation import Operation
from drift.revisions.columns import column
from drift.revisions.language import Language, true
from drift.sqlalchemy_code.code import Code
from drift.sqlalchemy_code.constraints import (
    check_code,
    exclusion_code,
    foreign_key_code,
    primary_key_code,
    unique_code,
)
from drift.sqlalchemy_code.tables import table_options


def create_table(operation: Operation, language: Language) -> Code | None:
    """Return `op.create_table`; None if SQLAlchemy cannot say a part of the table.

    The names of parents have no schema in SQLAlchemy, and its words for partitions are not quoted.
    """
    item: Table = operation.item
    options = _options(item, language)
    codes = tuple(_items(operation.options, language))
    if options is None or item.inherits or "%" in (item.partition_key or ""):
        return None
    if not all(codes):
        return None
    arguments = (language.style.string(item.name or ""), *filter(None, codes))
    return language.operation("create_table", arguments, options | {"if_not_exists": true()})


def _options(item: Table, language: Language) -> dict[str, Code] | None:
    plain = msgspec.structs.replace(item, comment=None)
    return table_options(plain, language.default_schema, language.style)


def _items(options: Any, language: Language) -> Iterator[Code | None]:
    constraints = tuple(options["constraints"])
    keys = set(_key_columns(item for _, item in constraints))
    for each in options["columns"]:
        yield column(each, language, key=each.name in keys)
    for name, item in constraints:
        yield _constraint(name, item, language)


def _key_columns(constraints: Iterable[Any]) -> Iterator[str]:
    for item in constraints:
        if type(item).__name__ == "PrimaryKey":
            yield from item.columns


def _constraint(name: str | None, item: Any, language: Language) -> Code | None:
    """Return a constraint of a new table, which is valid: the table has no rows."""
    style = language.style
    item = msgspec.structs.replace(item, name=name)
    match type(item).__name__:
        case "PrimaryKey":
            return primary_key_code(item, style)
        case "Unique":
            return unique_code(item, style)
        case "Exclusion":
            return exclusion_code(item, style)
        case "Check":
            return check_code(msgspec.structs.replace(item, validated=True), style)
    item = msgspec.structs.replace(item, validated=True)
    return foreign_key_code(item, language.default_schema, style)


def drop_table(operation: Operation, language: Language) -> Code:
    """Return `op.drop_table`."""
    item = operation.item
    options = language.schema(item.schema) | {"if_exists": true()}
    return language.operation("drop_table", (language.style.string(item.name),), options)


def set_table_comment(operation: Operation, language: Language) -> Code:
    """Return `op.create_table_comment` or `op.drop_table_comment`."""
    item = operation.item
    name = language.style.string(item.name)
    if not item.comment:
        return language.operation("drop_table_comment", (name,), language.schema(item.schema))
    arguments = (name, language.style.string(item.comment))
    return language.operation("create_table_comment", arguments, language.schema(item.schema))
