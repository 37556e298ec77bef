"""Columns: a change of the type, the nullability, the value or the comment; a new or an old one."""

from __future__ import annotations

import ast

from drift.adopt import mapped as annotation
from drift.adopt.declarations import ColumnNode
from drift.adopt.draft import Context
from drift.adopt.items import called, items_of_call, keyword_of, literal_text, set_keyword
from drift.adopt.source import Edit
from drift.adopt.subject import NotAdoptedError
from drift.kinds.column.column import Column
from drift.kinds.primary_key import PrimaryKey
from drift.kinds.sequence.options import BITS
from drift.model import Schema
from drift.sqlalchemy_code.code import Code, call, literal
from drift.sqlalchemy_code.columns import Arguments, column_arguments, is_serial
from drift.sqlalchemy_code.types import type_code

_VALUES = frozenset({"Identity", "Computed", "Sequence"})
_NO_TYPES = _VALUES | {"ForeignKey", "CheckConstraint", "FetchedValue", "DefaultClause"}


def change(context: Context, live: Column, changes: frozenset[str]) -> None:
    """Let the model's column be the live one, as far as the attributes of `changes` differ."""
    name = live.name or ""
    arguments = arguments_of(context, live)
    if changes & {"type", "collation", "collation_schema"}:
        set_type(context, name, live, arguments.type)
    if changes & {"default", "identity", "generated", "stored"}:
        _set_value(context, live, arguments)
    if "nullable" in changes:
        _set_nullable(context, name, nullable=live.nullable)
    if "comment" in changes:
        comment = context.style.string(live.comment) if live.comment else None
        set_option(context, name, "comment", comment)


def arguments_of(context: Context, live: Column) -> Arguments:
    """Return the live column's code. Raises NotAdoptedError if SQLAlchemy has no words for it."""
    key = in_key(context.live, live)
    arguments = column_arguments(live, context.live, context.style, key=key)
    if arguments is None:
        raise NotAdoptedError(_unsayable(context, live))
    return arguments


def _unsayable(context: Context, live: Column) -> str:
    known = type_code(
        live.type, context.live, context.style,
        collation=live.collation, collation_schema=live.collation_schema,
    )  # fmt: skip
    if known is None:
        collation = " with its collation" if live.collation else ""
        return f"SQLAlchemy has no type for {live.type}{collation}"
    return "SQLAlchemy has no words for the value that the database gives to the column"


def in_key(schema: Schema, column: Column) -> bool:
    """Return whether a column belongs to the primary key of its table."""
    key = key_of(schema, column.schema, column.table or "")
    return key is not None and column.name in key.columns


def key_of(schema: Schema, owner: str, table: str) -> PrimaryKey | None:
    """Return the primary key of a table."""
    keys = schema.objects.get("primary-key", ())
    return next((item for item in keys if (item.schema, item.table) == (owner, table)), None)


def column_call(context: Context, name: str) -> tuple[ColumnNode, ast.Call]:
    """Return a column and its call; one that is only an annotation gets `mapped_column()`."""
    column = context.declaration.column(name)
    if column.call is None and column.statement is not None:
        code = call(context.style.imported("sqlalchemy.orm", "mapped_column"))
        _, end = context.source.span(column.statement)
        context.apply([Edit(end, end, f" = {code.text}")], code)
        column = context.declaration.column(name)
    if column.call is None:
        raise NotAdoptedError("the column is made in a way that drift does not know")
    return column, column.call


def set_option(context: Context, name: str, option: str, code: Code | None) -> None:
    """Give an argument of a column's call another value, add it or, with None, remove it."""
    column = context.declaration.column(name)
    if column.call is None and code is None:
        return
    _, node = column_call(context, name)
    context.apply(set_keyword(context.source, node, option, code), *([code] if code else []))


def set_type(context: Context, name: str, live: Column, code: Code) -> None:
    """Give a column another type, and the type of Python to its annotation."""
    column, node = column_call(context, name)
    items, index, argument = items_of_call(context.source, node), *_type_argument(node)
    if keyword_of(node, "type_"):
        edits = set_keyword(context.source, node, "type_", code)
    elif argument is not None:
        edits = items.replace(items.index_of(argument), code)
    else:
        edits = items.insert(index, code)
    context.apply(edits, code)
    column = context.declaration.column(name)
    if annotation.is_mapped(column):
        changed = annotation.type_edits(context.source, column, live.type, context.style)
        if changed is None:
            return
        context.apply(changed[0], *([changed[1]] if changed[0] else []))


def has_type(context: Context, name: str) -> bool:
    """Return whether a column names its type itself, by an argument or an annotation."""
    column = context.declaration.column(name)
    if column.call is None or annotation.is_mapped(column):
        return True
    return _type_argument(column.call)[1] is not None or bool(keyword_of(column.call, "type_"))


def _type_argument(node: ast.Call) -> tuple[int, ast.expr | None]:
    """Return the position of the type among the arguments, and the argument if there is one."""
    start = int(bool(node.args) and literal_text(node.args[0]) is not None)
    for argument in node.args[start : start + 1]:
        if called(argument) not in _NO_TYPES and not isinstance(argument, ast.Starred):
            return start, argument
    return start, None


def _set_nullable(context: Context, name: str, *, nullable: bool) -> None:
    """Let the annotation say whether the column may be NULL, or else the argument."""
    column = context.declaration.column(name)
    has_option = column.call is not None and keyword_of(column.call, "nullable")
    if annotation.is_mapped(column):
        changed = annotation.nullability_edits(context.source, column, nullable, context.style)
        if changed is not None:
            context.apply(changed[0], changed[1])
            if (
                not has_option
                and annotation.may_be_none(annotation.inner_node(context.declaration.column(name)))
                is nullable
            ):
                return
    set_option(context, name, "nullable", literal(nullable))


def _set_value(context: Context, live: Column, arguments: Arguments) -> None:
    """Let the database give the live value: identity, expression, sequence or default."""
    name = live.name or ""
    _, node = column_call(context, name)
    for argument in [each for each in node.args if called(each) in _VALUES]:
        _, node = column_call(context, name)
        same = next(each for each in node.args if called(each) == called(argument))
        items = items_of_call(context.source, node)
        context.apply(items.remove(items.index_of(same)))
    if arguments.value is not None:
        _insert_value(context, name, arguments.value)
    default = arguments.options.get("server_default")
    if default is not None:
        set_option(context, name, "autoincrement", None)
    set_option(context, name, "server_default", default)
    set_autoincrement(context, live)


def _insert_value(context: Context, name: str, code: Code) -> None:
    _, node = column_call(context, name)
    index, argument = _type_argument(node)
    items = items_of_call(context.source, node)
    context.apply(items.insert(index + (argument is not None), code), code)


def set_autoincrement(context: Context, live: Column) -> None:
    """Say whether a column of the primary key is SERIAL, if SQLAlchemy would decide otherwise.

    By itself, SQLAlchemy makes SERIAL of an integer that is the whole key and refers to nothing.
    """
    name = live.name or ""
    key = key_of(context.live, live.schema, live.table or "")
    if key is None or name not in key.columns or live.type not in BITS or live.identity:
        return
    references = any(
        (item.schema, item.table) == (live.schema, live.table) and name in item.columns
        for item in context.live.objects.get("foreign-key", ())
    )
    plain = live.default is None or is_serial(live)
    automatic = len(key.columns) == 1 and not references and plain
    _, node = column_call(context, name)
    if automatic != is_serial(live) and plain:
        set_option(context, name, "autoincrement", literal(is_serial(live)))
    elif keyword_of(node, "autoincrement"):
        set_option(context, name, "autoincrement", None)
