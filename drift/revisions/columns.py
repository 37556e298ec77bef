"""Alembic's operations on columns and tables."""

from __future__ import annotations

from typing import Any

import msgspec

from drift.kinds.column.column import Column
from drift.kinds.sql import types
from drift.plan.operation import Operation
from drift.revisions.language import Language, true
from drift.sqlalchemy_code.code import Code, literal
from drift.sqlalchemy_code.columns import column_code
from drift.sqlalchemy_code.types import type_code


def add_column(operation: Operation, language: Language) -> Code | None:
    """Return `op.add_column`."""
    item = operation.item
    if (nullable := operation.options["nullable"]) is not None:
        item = msgspec.structs.replace(item, nullable=nullable)
    if not operation.options["default"]:
        item = msgspec.structs.replace(item, default=None)
    code = column(item, language)
    if code is None:
        return None
    arguments = (language.style.string(item.table), code)
    options = language.schema(item.schema) | {"if_not_exists": true()}
    return language.operation("add_column", arguments, options)


def column(item: Column, language: Language, *, key: bool = False) -> Code | None:
    """Return `sa.Column(…)` with the clauses of the statement, and no more.

    The default of a SERIAL column names its sequence, which a step of its own creates. A comment
    is a statement of its own. A generated column that leaves it open is STORED.
    """
    if _of_other_schema(item.type, language):
        return None
    stored = True if item.generated and item.stored is None else item.stored
    default = None if item.serial and item.identity else item.default
    plain = msgspec.structs.replace(
        item, serial=False, sequence=None, comment=None, stored=stored, default=default
    )
    return column_code(plain, language.types, language.style, key=key)


def _of_other_schema(type_: str, language: Language) -> bool:
    """Return whether a type is in a schema, and is no enum or domain: SQLAlchemy cannot say it."""
    parts = types.split(type_.removesuffix("[]"))
    known = language.types.objects if language.types else {}
    named = (item for kind in ("enum", "domain") for item in known.get(kind, ()))
    return len(parts) > 1 and parts[-2:] not in {(item.schema, item.name) for item in named}


def drop_column(operation: Operation, language: Language) -> Code:
    """Return `op.drop_column`."""
    item = operation.item
    arguments = (language.style.string(item.table), language.style.string(item.name))
    options = language.schema(item.schema) | {"if_exists": true()}
    return language.operation("drop_column", arguments, options)


def _alter(operation: Operation, language: Language, options: dict[str, Code]) -> Code:
    item: Any = operation.item
    arguments = (language.style.string(item.table), language.style.string(item.name))
    return language.operation("alter_column", arguments, options | language.schema(item.schema))


def alter_type(operation: Operation, language: Language) -> Code | None:
    """Return `op.alter_column(type_=…)`; None for a conversion that a driver would misread.

    Alembic gives the conversion to the driver as it is; most drivers read `%` as a parameter.
    """
    item, using = operation.item, operation.options["using"]
    code = type_code(
        item.type,
        language.types,
        language.style,
        collation=item.collation,
        collation_schema=item.collation_schema,
    )
    if code is None or _of_other_schema(item.type, language) or "%" in using:
        return None
    options = {"type_": code}
    if using:
        options["postgresql_using"] = language.style.string(using)
    return _alter(operation, language, options)


def set_nullable(operation: Operation, language: Language) -> Code:
    """Return `op.alter_column(nullable=…)`."""
    return _alter(operation, language, {"nullable": literal(operation.options["nullable"])})


def set_default(operation: Operation, language: Language) -> Code:
    """Return `op.alter_column(server_default=…)`."""
    default = operation.options["default"]
    code = literal(None) if default is None else language.style.sql(default)
    return _alter(operation, language, {"server_default": code})


def set_comment(operation: Operation, language: Language) -> Code:
    """Return `op.alter_column(comment=…)`."""
    text = operation.item.comment
    code = language.style.string(text) if text else literal(None)
    return _alter(operation, language, {"comment": code})
