"""Columns that only one side has: one to add to the model, one to remove from it."""

from __future__ import annotations

import ast
import keyword
import re
from collections.abc import Collection

from drift.adopt import mapped as annotation
from drift.adopt.columns import arguments_of
from drift.adopt.declarations import ColumnNode
from drift.adopt.draft import Context
from drift.adopt.items import called, items_of_call, keyword_of, literal_text
from drift.adopt.source import Edit
from drift.adopt.subject import NotAdoptedError
from drift.kinds.column.column import Column
from drift.sqlalchemy_code.code import Code, call
from drift.sqlalchemy_code.columns import Arguments

_RESERVED = frozenset({"metadata", "registry", "query", "type_annotation_map"})


def remove(context: Context, name: str) -> None:
    """Remove a column that only the model has. Raises NotAdoptedError if other code uses it."""
    column = context.declaration.column(name)
    _require_unused(context, column)
    source = context.source
    if (
        column.statement is None
        and column.call is not None
        and isinstance(context.declaration.node, ast.Call)
    ):
        items = items_of_call(source, context.declaration.node)
        context.apply(items.remove(items.index_of(column.call)))
    elif column.statement is not None:
        start, end = source.span(column.statement)
        if not source.is_first(start) or ";" in source.text[end : source.line_end(end)]:
            raise NotAdoptedError("another statement stands in the same line")
        context.apply([Edit(source.line_start(start), source.next_line(end), "")])


def _require_unused(context: Context, column: ColumnNode) -> None:
    own = column.statement or column.call
    names = {column.name, column.attribute}
    within = {id(node) for node in ast.walk(own)} if own is not None else set()
    declared = {id(node) for node in ast.walk(context.declaration.node)}
    for node in ast.walk(context.source.tree):
        if id(node) in within:
            continue
        text = literal_text(node) if isinstance(node, ast.expr) else None
        inside = id(node) in declared
        used = isinstance(node, ast.Attribute) and node.attr in names
        used = used or (inside and isinstance(node, ast.Name) and node.id in names)
        if used or (inside and text in names):
            line = getattr(node, "lineno", 0)
            raise NotAdoptedError(f"line {line} uses the column; change that line first")
    if column.call is not None and keyword_of(column.call, "primary_key"):
        raise NotAdoptedError("the column belongs to the primary key of the model")


def add(context: Context, live: Column) -> None:
    """Add a column that only the database has, after the last one."""
    declared = context.declaration
    arguments = arguments_of(context, live)
    if not declared.columns:
        raise NotAdoptedError("the table declares no column by which drift could write another")
    if isinstance(declared.node, ast.Call):
        _add_to_table(context, live, arguments)
    else:
        _add_to_class(context, live, arguments)


def _add_to_table(context: Context, live: Column, arguments: Arguments) -> None:
    style, node = context.style, context.declaration.node
    if not isinstance(node, ast.Call):
        return
    function = _function(context)
    name = style.string(live.name or "")
    code = call(function, (name, *arguments.values), _shown(arguments.options))
    items = items_of_call(context.source, node)
    last = [each for each in node.args if called(each) == "Column"][-1]
    context.apply(items.insert(items.index_of(last) + 1, code), code)


def _shown(options: dict[str, Code]) -> dict[str, Code]:
    """Return the options, without a nullability that is SQLAlchemy's own."""
    return {k: code for k, code in options.items() if (k, code.text) != ("nullable", "True")}


def _function(context: Context) -> Code:
    """Return the function by which the table declares its columns, as the file names it."""
    calls = [column.call for column in context.declaration.columns.values() if column.call]
    if calls:
        return Code(context.source.segment(calls[-1].func))
    return context.style.imported("sqlalchemy.orm", "mapped_column")


def _add_to_class(context: Context, live: Column, arguments: Arguments) -> None:
    declared = context.declaration
    last = [column for column in declared.columns.values() if column.statement][-1]
    attribute = attribute_name(live.name or "", declared.own_names)
    mapped = any(annotation.is_mapped(column) for column in declared.columns.values())
    line = column_line(context, live, arguments, attribute, mapped=mapped)
    source = context.source
    if last.statement is None:
        return
    start, end = source.span(last.statement)
    indent = source.indent(start)
    offset = source.line_end(end)
    text = f"\n{' ' * indent}{laid_out_line(line, indent, source.width)}"
    context.apply([Edit(offset, offset, text)], *line)


def column_line(
    context: Context, live: Column, arguments: Arguments, attribute: str, *, mapped: bool
) -> tuple[Code, Code]:
    """Return the code before `=` in a class, and the call after it."""
    style, options = context.style, dict(arguments.options)
    left = Code(attribute)
    if mapped:
        optional = annotation.uses_optional(context.source)
        inner = annotation.python_type(live.type, style)
        is_any = inner.text.endswith("Any")
        written = annotation.annotation_code(
            live.type, live.nullable and not is_any, style, optional=optional
        )
        left = Code(f"{attribute}: {written.text}", written.imports)
        if not is_any:
            options.pop("nullable", None)
    else:
        options = _shown(options)
    name = () if attribute == live.name else (style.string(live.name or ""),)
    return left, call(_function(context), (*name, *arguments.values), options)


def laid_out_line(line: tuple[Code, Code], indent: int, width: int) -> str:
    """Return an assignment, broken if it is too long."""
    left, right = line
    before = indent + len(left.text) + 3
    return f"{left.text} = {right.laid_out(indent, before=before, width=width)}"


def attribute_name(name: str, taken: Collection[str]) -> str:
    """Return the attribute for a column: its name, as far as Python and SQLAlchemy let it."""
    attribute = re.sub(r"\W", "_", name, flags=re.ASCII) or "column"
    if attribute[0].isdigit() or attribute.startswith("__"):
        attribute = f"column_{attribute.strip('_')}"
    while attribute in taken or keyword.iskeyword(attribute) or attribute in _RESERVED:
        attribute += "_"
    return attribute
