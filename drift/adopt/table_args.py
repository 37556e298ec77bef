"""Adds a constraint, an index or an option to a table declared in any form."""

from __future__ import annotations

import ast

from drift.adopt.declarations import Declaration, targets
from drift.adopt.draft import Context
from drift.adopt.items import (
    Items,
    items_of_call,
    items_of_display,
    literal_text,
    set_keyword,
)
from drift.adopt.names import is_docstring
from drift.adopt.source import Edit, Source
from drift.adopt.subject import NotAdoptedError
from drift.sqlalchemy_code.code import Code, joined, mapping


def add_argument(context: Context, code: Code) -> None:
    """Add a constraint or an index to the table."""
    declared = context.declaration
    if isinstance(declared.node, ast.Call):
        items = items_of_call(context.source, declared.node)
        context.apply(items.insert(2 + len(declared.arguments), code), code)
        return
    value = declared.table_args
    if isinstance(value, ast.Tuple):
        items = items_of_display(context.source, value)
        has_options = declared.options is not None
        context.apply(items.insert(len(items.spans) - has_options, code), code)
    elif isinstance(value, ast.Dict):
        start, end = context.source.span(value)
        text = Code(context.source.text[start:end])
        _replace(context, value, joined("(", (code, text), ")"))
    else:
        _create(context, joined("(", (code,), ")", tail=","))


def set_table_option(context: Context, name: str, code: Code | None) -> None:
    """Give an option of the table another value, add it or, with None, remove it."""
    declared = context.declaration
    if isinstance(declared.node, ast.Call):
        edits = set_keyword(context.source, declared.node, name, code)
        context.apply(edits, *([code] if code else []))
        return
    options, value = declared.options, declared.table_args
    if options is not None:
        _set_item(context, options, name, code)
    elif code is not None:
        new = mapping({name: code}, context.source.quote)
        if isinstance(value, ast.Tuple):
            items = items_of_display(context.source, value)
            context.apply(items.insert(len(items.spans), new), code)
        else:
            _create(context, new)


def _set_item(context: Context, options: ast.Dict, name: str, code: Code | None) -> None:
    source = context.source
    items = items_of_display(source, options)
    at = _index(options, name)
    if at is None:
        if code is not None:
            (item,) = mapping({name: code}, source.quote).parts
            context.apply(items.insert(len(items.spans), item), code)
        return
    if code is None:
        if len(items.spans) == 1:
            _remove_options(context, options)
        else:
            context.apply(items.remove(at))
        return
    (item,) = mapping({name: code}, source.quote).parts
    context.apply(items.replace(at, item), code)


def _index(options: ast.Dict, name: str) -> int | None:
    for index, key in enumerate(options.keys):
        if literal_text(key) == name:
            return index
    return None


def _remove_options(context: Context, options: ast.Dict) -> None:
    """Remove a dict whose last item goes: from the tuple, or with the whole statement."""
    value = context.declaration.table_args
    if isinstance(value, ast.Tuple) and len(value.elts) > 1:
        items = items_of_display(context.source, value)
        context.apply(items.remove(items.index_of(options), is_tuple=True))
    else:
        remove_table_args(context)


def remove_argument(context: Context, call: ast.Call) -> None:
    """Remove a constraint or an index from the table."""
    declared = context.declaration
    if isinstance(declared.node, ast.Call):
        items = items_of_call(context.source, declared.node)
        context.apply(items.remove(items.index_of(call)))
        return
    value = declared.table_args
    if isinstance(value, ast.Tuple) and len(value.elts) > 1:
        items = items_of_display(context.source, value)
        context.apply(items.remove(items.index_of(call), is_tuple=True))
    else:
        remove_table_args(context)


def items_of_arguments(context: Context) -> Items:
    """Return the arguments of the table, or the elements of `__table_args__`."""
    declared = context.declaration
    if isinstance(declared.node, ast.Call):
        return items_of_call(context.source, declared.node)
    value = declared.table_args
    if not isinstance(value, ast.Tuple):
        raise NotAdoptedError("`__table_args__` is no tuple")
    return items_of_display(context.source, value)


def remove_table_args(context: Context) -> None:
    """Remove the whole `__table_args__`."""
    source = context.source
    statement = next(s for s in context.declaration.body if "__table_args__" in targets(s))
    start, end = source.span(statement)
    context.apply([Edit(source.line_start(start), source.next_line(end), "")])


def _create(context: Context, code: Code) -> None:
    """Write `__table_args__` after `__tablename__`, or at the start of the class."""
    declared, source = context.declaration, context.source
    _require_own(context, declared)
    named = [each for each in declared.body if "__tablename__" in targets(each)]
    named = named or [each for each in declared.body[:1] if is_docstring(each)]
    if named:
        offset = source.line_end(source.span(named[0])[1])
        indent = source.indent(source.span(named[0])[0])
        text = f"\n{' ' * indent}{_assignment(code, indent, source)}"
    else:
        start, _ = source.span(declared.body[0])
        offset, indent = source.line_start(start), source.indent(start)
        text = f"{' ' * indent}{_assignment(code, indent, source)}\n"
    context.apply([Edit(offset, offset, text)], code)


def _assignment(code: Code, indent: int, source: Source) -> str:
    left = "__table_args__ = "
    return left + code.laid_out(indent, before=indent + len(left), width=source.width)


def _require_own(context: Context, declared: Declaration) -> None:
    """Raise NotAdoptedError if a new `__table_args__` would hide that of a base class."""
    for base in getattr(declared.node, "bases", []):
        name = base.attr if isinstance(base, ast.Attribute) else getattr(base, "id", "")
        if name and context.project.shares_table_args(name):
            raise NotAdoptedError(f"the class inherits the `__table_args__` of {name}")


def _replace(context: Context, node: ast.expr, code: Code) -> None:
    source = context.source
    start, end = source.span(node)
    before = start - source.line_start(start)
    text = code.laid_out(source.indent(start), before=before, width=source.width)
    context.apply([Edit(start, end, text)], code)
