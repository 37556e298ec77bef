"""Alembic's operations on constraints and indexes."""

from __future__ import annotations

from typing import Any

import msgspec

from drift.kinds.sql.text import plain
from drift.plan.operation import Operation
from drift.revisions.language import Language, true
from drift.sqlalchemy_code.code import Code, joined
from drift.sqlalchemy_code.constraints import (
    check_options,
    exclusion_arguments,
    foreign_key_options,
    primary_key_options,
    unique_options,
)
from drift.sqlalchemy_code.indexes import index_arguments

_TYPES = {
    "PrimaryKey": "primary",
    "Unique": "unique",
    "Check": "check",
    "ForeignKey": "foreignkey",
}


def create_index(operation: Operation, language: Language) -> Code | None:
    """Return `op.create_index`."""
    item, style = operation.item, language.style
    arguments = index_arguments(item, style)
    if arguments is None or _has_percent(item.storage):
        return None
    keys = joined("[", arguments.keys, "]")
    options = arguments.options | language.schema(item.schema)
    values = (style.constraint_name(operation.options["name"]), style.string(item.table), keys)
    return language.operation("create_index", values, options | _concurrently(operation, "not_"))


def _has_percent(storage: Any) -> bool:
    return any("%" in word for pair in storage for word in pair)


def _concurrently(operation: Operation, negation: str = "") -> dict[str, Code]:
    options = {f"if_{negation}exists": true()}
    if operation.options["concurrently"]:
        options["postgresql_concurrently"] = true()
    return options


def drop_index(operation: Operation, language: Language) -> Code:
    """Return `op.drop_index`."""
    item, style = operation.item, language.style
    options = {"table_name": style.string(item.table)} | language.schema(item.schema)
    name = style.constraint_name(operation.options["name"])
    return language.operation("drop_index", (name,), options | _concurrently(operation))


def add_primary_key(operation: Operation, language: Language) -> Code | None:
    """Return `op.create_primary_key`, which has no options."""
    if primary_key_options(operation.item, language.style) != {}:
        return None
    return _create("create_primary_key", operation, language, {})


def add_unique(operation: Operation, language: Language) -> Code | None:
    """Return `op.create_unique_constraint`, which does not know the columns of INCLUDE."""
    options = unique_options(operation.item, language.style)
    if options is None or operation.item.include:
        return None
    return _create("create_unique_constraint", operation, language, options)


def _create(
    function: str, operation: Operation, language: Language, options: dict[str, Code]
) -> Code:
    item = operation.item
    arguments = (*_named(operation, language), language.names(item.columns))
    return language.operation(function, arguments, options | language.schema(item.schema))


def _named(operation: Operation, language: Language) -> tuple[Code, Code]:
    name = language.style.constraint_name(operation.options["name"])
    return name, language.style.string(operation.item.table)


def add_check(operation: Operation, language: Language) -> Code | None:
    """Return `op.create_check_constraint`."""
    item, style = _with_validity(operation), language.style
    options = check_options(item, style)
    if options is None:
        return None
    condition = style.sql(plain(item.expression or ""))
    arguments = (*_named(operation, language), condition)
    options |= language.schema(item.schema)
    return language.operation("create_check_constraint", arguments, options)


def _with_validity(operation: Operation) -> Any:
    return msgspec.structs.replace(operation.item, validated=operation.options["valid"])


def add_foreign_key(operation: Operation, language: Language) -> Code | None:
    """Return `op.create_foreign_key`; None if a dot in a name would be read as a separator."""
    item, style = _with_validity(operation), language.style
    options = foreign_key_options(item, style)
    if options is None or any("." in name for name in (item.target_table, *item.target_columns)):
        return None
    arguments = (
        *_named(operation, language),
        style.string(item.target_table),
        language.names(item.columns),
        language.names(item.target_columns),
    )
    options |= language.schema(item.schema, "source_schema")
    options |= language.schema(item.target_schema, "referent_schema")
    return language.operation("create_foreign_key", arguments, options)


def add_exclusion(operation: Operation, language: Language) -> Code | None:
    """Return `op.create_exclude_constraint`, which only knows columns as they are."""
    item = operation.item
    parts = exclusion_arguments(item, language.style)
    if parts is None or any(code.imports for code in parts[0]):
        return None
    arguments = (*_named(operation, language), *parts[0])
    options = parts[1] | language.schema(item.schema)
    return language.operation("create_exclude_constraint", arguments, options)


def drop_constraint(operation: Operation, language: Language) -> Code:
    """Return `op.drop_constraint`."""
    item = operation.item
    options = language.schema(item.schema) | {"if_exists": true()}
    if word := _TYPES.get(type(item).__name__):
        options = {"type_": language.style.string(word)} | options
    return language.operation("drop_constraint", _named(operation, language), options)
