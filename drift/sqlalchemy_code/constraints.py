"""Constraints: keys, unique constraints, checks and exclusions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from drift.kinds.check import Check
from drift.kinds.exclusion import Exclusion
from drift.kinds.foreign_key.foreign_key import ForeignKey
from drift.kinds.primary_key import PrimaryKey
from drift.kinds.sql import types
from drift.kinds.sql.text import plain
from drift.kinds.unique import Unique
from drift.sqlalchemy_code.code import Code, call, joined, literal, mapping, sequence
from drift.sqlalchemy_code.keys import key_codes
from drift.sqlalchemy_code.style import Style

NULLS = (2, 0, 16)
INCLUDE = (2, 0, 41)
DELETE_COLUMNS = (2, 0, 40)
NOT_VALID = (1, 4, 32)
"""The versions of SQLAlchemy that brought an option."""


def primary_key_code(item: PrimaryKey, style: Style | None = None) -> Code | None:
    """Return `PrimaryKeyConstraint(…)`."""
    style = style or Style()
    options = primary_key_options(item, style)
    return _constraint("PrimaryKeyConstraint", item, item.columns, options, style)


def unique_code(item: Unique, style: Style | None = None) -> Code | None:
    """Return `UniqueConstraint(…)`."""
    style = style or Style()
    return _constraint("UniqueConstraint", item, item.columns, unique_options(item, style), style)


def check_code(item: Check, style: Style | None = None) -> Code | None:
    """Return `CheckConstraint(…)`."""
    style = style or Style()
    options = check_options(item, style)
    if options is None:
        return None
    condition = style.sql_string(plain(item.expression or ""))
    named = name_option(item, style) | options
    return call(style.of_core("CheckConstraint"), (condition,), named)


def foreign_key_code(
    item: ForeignKey, default_schema: str | None = None, style: Style | None = None
) -> Code | None:
    """Return `ForeignKeyConstraint(…)`; a target in the default schema is named without it."""
    style = style or Style()
    options, targets = foreign_key_options(item, style), target_names(item, default_schema)
    if options is None or targets is None:
        return None
    arguments = (_strings(item.columns, style), _strings(targets, style))
    named = name_option(item, style) | options
    return call(style.of_core("ForeignKeyConstraint"), arguments, named)


def exclusion_code(item: Exclusion, style: Style | None = None) -> Code | None:
    """Return `postgresql.ExcludeConstraint(…)`."""
    style = style or Style()
    arguments = exclusion_arguments(item, style)
    if arguments is None:
        return None
    elements, options = arguments
    named = name_option(item, style) | options
    return call(style.of_dialect("ExcludeConstraint"), elements, named)


def _constraint(
    function: str, item: Any, columns: Sequence[str], options: dict[str, Code] | None, style: Style
) -> Code | None:
    if options is None:
        return None
    names = map(style.string, columns)
    return call(style.of_core(function), names, name_option(item, style) | options)


def name_option(item: Any, style: Style) -> dict[str, Code]:
    """Return the name of a constraint, if it has one of its own."""
    return {"name": style.constraint_name(item.name)} if item.name else {}


def primary_key_options(item: PrimaryKey, style: Style) -> dict[str, Code] | None:
    """Return the options after the name; None if SQLAlchemy lacks one."""
    return _with_include(deferrability(item, style), item.include, style)


def unique_options(item: Unique, style: Style) -> dict[str, Code] | None:
    """Return the options after the name; None if SQLAlchemy lacks one."""
    options = deferrability(item, style)
    if item.nulls_not_distinct:
        if style.version < NULLS:
            return None
        options["postgresql_nulls_not_distinct"] = literal(True)
    return _with_include(options, item.include, style)


def _with_include(
    options: dict[str, Code], columns: Sequence[str], style: Style
) -> dict[str, Code] | None:
    if not columns:
        return options
    if style.version < INCLUDE:
        return None
    return options | {"postgresql_include": _strings(columns, style)}


def deferrability(item: Any, style: Style) -> dict[str, Code]:
    """Return `deferrable` and `initially`."""
    options = {"deferrable": literal(True)} if item.deferrable else {}
    if item.initially_deferred:
        options["initially"] = style.string("DEFERRED")
    return options


def check_options(item: Check, style: Style) -> dict[str, Code] | None:
    """Return the options after the name; None for NO INHERIT and NOT ENFORCED."""
    if item.expression is None or item.no_inherit or not item.enforced:
        return None
    return _validity(item.validated, style)


def _validity(validated: bool, style: Style) -> dict[str, Code] | None:
    if validated:
        return {}
    return {"postgresql_not_valid": literal(True)} if style.version >= NOT_VALID else None


def foreign_key_options(item: ForeignKey, style: Style) -> dict[str, Code] | None:
    """Return the options after the name; None if SQLAlchemy lacks one."""
    validity = _validity(item.validated or not item.enforced, style)
    delete = _on_delete(item, style)
    if validity is None or delete is None or not item.enforced:
        return None
    texts = {
        "onupdate": "" if item.on_update == "NO ACTION" else item.on_update,
        "ondelete": delete,
        "match": "" if item.match == "SIMPLE" else item.match,
    }
    options = {name: style.string(text) for name, text in texts.items() if text}
    return options | deferrability(item, style) | validity


def _on_delete(item: ForeignKey, style: Style) -> str | None:
    if not item.delete_columns:
        return "" if item.on_delete == "NO ACTION" else item.on_delete
    if style.version < DELETE_COLUMNS:
        return None
    return f"{item.on_delete} ({', '.join(map(types.quote, item.delete_columns))})"


def target_names(item: ForeignKey, default_schema: str | None) -> list[str] | None:
    """Return `schema.table.column` for each target; None if a name has a dot of its own."""
    in_default = item.target_schema == default_schema
    table = item.target_table if in_default else f"{item.target_schema}.{item.target_table}"
    owner = (item.target_table,) if in_default else (item.target_schema, item.target_table)
    if any("." in name for name in (*owner[-1:], *item.target_columns)):
        return None
    return [f"{table}.{column}" for column in item.target_columns]


def exclusion_arguments(item: Exclusion, style: Style) -> tuple[list[Code], dict[str, Code]] | None:
    """Return the elements, and the options after the name."""
    keys = key_codes(item.keys, style)
    if keys is None or len(item.operators) != len(item.keys):
        return None
    pairs = zip(keys[0], map(style.string, item.operators), strict=True)
    options = {"using": style.string(item.method)}
    if item.predicate:
        options["where"] = style.sql(plain(item.predicate))
    if keys[1]:
        options["ops"] = mapping(keys[1], style.quote)
    return [joined("(", pair, ")") for pair in pairs], options | deferrability(item, style)


def _strings(values: Sequence[str], style: Style) -> Code:
    return sequence(map(style.string, values))
