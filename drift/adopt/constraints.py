"""Constraints and indexes: another one, a new one, or none."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from drift.adopt import columns, table_args
from drift.adopt.columns import (
    column_call,
    has_type,
    set_autoincrement,
    set_option,
    set_type,
)
from drift.adopt.draft import Context
from drift.adopt.items import called, items_of_call, keyword_of, set_keyword
from drift.adopt.matching import Alone, ByOption, OfColumn, OfTable, Site, site_of
from drift.adopt.source import Edit
from drift.adopt.subject import NotAdoptedError
from drift.kinds.check import Check
from drift.kinds.exclusion import Exclusion
from drift.kinds.foreign_key.foreign_key import ForeignKey
from drift.kinds.index.index import Index
from drift.kinds.primary_key import PrimaryKey
from drift.kinds.unique import Unique
from drift.sqlalchemy_code.code import Code, call, literal
from drift.sqlalchemy_code.constraints import (
    check_code,
    exclusion_code,
    foreign_key_code,
    foreign_key_options,
    primary_key_code,
    target_names,
    unique_code,
)
from drift.sqlalchemy_code.indexes import index_code
from drift.sqlalchemy_code.style import Style
from drift.sqlalchemy_code.types import type_code

_KEY_OPTIONS = (
    "name", "onupdate", "ondelete", "match", "deferrable", "initially", "postgresql_not_valid",
)  # fmt: skip


def code_of(context: Context, item: Any) -> Code:
    """Return the code of a live object. Raises NotAdoptedError if SQLAlchemy cannot say it."""
    default = None
    if isinstance(item, ForeignKey):
        default = context.default_schema(item.target_schema, item.target_table)
    return written(item, context.style, default)


def written(item: Any, style: Style, default_schema: str | None) -> Code:
    """Return the code of an object. Raises NotAdoptedError if SQLAlchemy cannot say it."""
    if isinstance(item, ForeignKey):
        code = foreign_key_code(item, default_schema, style)
    else:
        code = _WRITERS[type(item)](item, style)
    if code is None:
        raise NotAdoptedError(_NO_WORDS)
    return code


_NO_WORDS = "SQLAlchemy has no words for an option that it has in the database"
_WRITERS: dict[type[Any], Callable[[Any, Style], Code | None]] = {
    Index: index_code,
    Unique: unique_code,
    Check: check_code,
    Exclusion: exclusion_code,
    PrimaryKey: primary_key_code,
}


def change(context: Context, declared: Any, live: Any) -> None:
    """Let the model have the live object instead of the declared one."""
    site = _site(context, declared)
    if (
        isinstance(site, OfColumn)
        and isinstance(live, ForeignKey)
        and isinstance(declared, ForeignKey)
    ):
        _change_reference(context, site, declared, live)
        return
    code = code_of(context, live)
    if isinstance(site, OfTable):
        items = table_args.items_of_arguments(context)
        context.apply(items.replace(items.index_of(site.call), code), code)
        return
    if isinstance(site, OfColumn):
        items = items_of_call(context.source, column_call(context, site.column)[1])
        context.apply(items.replace(items.index_of(site.call), code), code)
        return
    _remove_site(context, site)
    table_args.add_argument(context, code_of(context, live))


def add(context: Context, live: Any) -> None:
    """Let the model have an object that only the database has."""
    if isinstance(live, ForeignKey) and len(live.columns) == 1:
        column = context.declaration.columns.get(live.columns[0])
        if column is not None and not _has_reference(column.call):
            _add_reference(context, live)
            return
    table_args.add_argument(context, code_of(context, live))


def remove(context: Context, declared: Any) -> None:
    """Remove an object that only the model has."""
    site = _site(context, declared)
    if isinstance(site, OfColumn) and isinstance(declared, ForeignKey):
        _keep_type(context, site.column)
        site = _site(context, declared)
    _remove_site(context, site)


def _site(context: Context, declared: Any) -> Site:
    site = site_of(context.declaration, declared)
    if site is None:
        raise NotAdoptedError("drift does not find the line that declares it")
    return site


def _remove_site(context: Context, site: Site) -> None:
    match site:
        case OfTable():
            table_args.remove_argument(context, site.call)
        case OfColumn():
            items = items_of_call(context.source, column_call(context, site.column)[1])
            context.apply(items.remove(items.index_of(site.call)))
        case ByOption():
            for option in site.options:
                set_option(context, site.column, option, None)
        case Alone():
            _remove_statement(context, site.statement)


def _remove_statement(context: Context, statement: ast.stmt) -> None:
    """Remove a statement of its own, unless it binds a name that other code may use."""
    source = context.source
    if not isinstance(statement, ast.Expr):
        raise NotAdoptedError(f"line {statement.lineno} gives it a name that other code can use")
    start, end = source.span(statement)
    if (
        not source.is_first(start)
        or source.text[end : source.line_end(end)].strip(" \t")[:1] == ";"
    ):
        raise NotAdoptedError("another statement stands in the same line")
    context.apply([Edit(source.line_start(start), source.next_line(end), "")])


def _has_reference(node: ast.Call | None) -> bool:
    return any(called(each) == "ForeignKey" for each in (node.args if node else ()))


def _keep_type(context: Context, name: str) -> None:
    """Name the type of a column that takes it from the foreign key which is to go."""
    if has_type(context, name):
        return
    both = (*context.live.objects["column"], *context.declared.objects["column"])
    same = [c for c in both if (c.schema, c.table, c.name) == (*context.key_path, name)]
    code = type_code(same[0].type, context.live, context.style) if same else None
    if code is None:
        raise NotAdoptedError("the column takes its type from the foreign key")
    set_type(context, name, same[0], code)


def _add_reference(context: Context, live: ForeignKey) -> None:
    """Add `ForeignKey(…)` to the column."""
    column, options = live.columns[0], _reference_options(context, live)
    target = _target(context, live)
    code = call(context.style.of_core("ForeignKey"), (target,), options)
    _, node = column_call(context, column)
    items = items_of_call(context.source, node)
    context.apply(items.insert(len(node.args), code), code)


def _reference_options(context: Context, live: ForeignKey) -> dict[str, Code]:
    style = context.style
    options = foreign_key_options(live, style)
    if options is None:
        raise NotAdoptedError(_NO_WORDS)
    name = {"name": style.constraint_name(live.name)} if live.name else {}
    return name | options


def _target(context: Context, live: ForeignKey) -> Code:
    default = context.default_schema(live.target_schema, live.target_table)
    names = target_names(live, default)
    if names is None:
        raise NotAdoptedError("a name that it refers to has a dot")
    return context.style.string(names[0])


def _change_reference(
    context: Context, site: OfColumn, declared: ForeignKey, live: ForeignKey
) -> None:
    """Change the options, and the target, of a ForeignKey on a column."""
    if declared.columns != live.columns:
        remove(context, declared)
        add(context, live)
        return
    options = _reference_options(context, live)
    if declared.name is None or declared.name == live.name:
        options.pop("name", None)
    else:
        set_ = options["name"]
        _set_reference_option(context, site.column, "name", set_)
    for name in _KEY_OPTIONS[1:]:
        _set_reference_option(context, site.column, name, options.get(name))
    if (declared.target, declared.target_columns) != (live.target, live.target_columns):
        items = items_of_call(context.source, _reference(context, site.column))
        context.apply(items.replace(0, _target(context, live)))


def _set_reference_option(context: Context, column: str, name: str, code: Code | None) -> None:
    node = _reference(context, column)
    context.apply(set_keyword(context.source, node, name, code), *([code] if code else []))


def _reference(context: Context, column: str) -> ast.Call:
    _, node = column_call(context, column)
    return next(
        each for each in node.args if isinstance(each, ast.Call) and called(each) == "ForeignKey"
    )


def change_key(context: Context, live: PrimaryKey | None) -> None:
    """Let the table have the live primary key."""
    declared = context.declaration
    if live is None and declared.is_class:
        raise NotAdoptedError("a mapped class needs a primary key")
    for node in declared.arguments:
        if isinstance(node, ast.Call) and called(node) == "PrimaryKeyConstraint":
            table_args.remove_argument(context, node)
    unmarked = _set_marks(context, live)
    if live is not None and not _marks_suffice(context, live):
        table_args.add_argument(context, code_of(context, live))
    _set_values(context, live, unmarked)


def _marks_suffice(context: Context, live: PrimaryKey) -> bool:
    """Return whether `primary_key=True` on its columns says the key."""
    order = [name for name in context.declaration.columns if name in live.columns]
    return tuple(order) == live.columns and not (live.include or live.deferrable)


def _set_marks(context: Context, live: PrimaryKey | None) -> list[str]:
    """Mark the columns of the key, and no others; return those that lost their mark."""
    key = live.columns if live else ()
    marks = live is not None and _marks_suffice(context, live)
    unmarked = []
    for name, column in [*context.declaration.columns.items()]:
        wanted = marks and name in key
        if column.call is not None and keyword_of(column.call, "primary_key") and not wanted:
            unmarked.append(name)
        set_option(context, name, "primary_key", literal(value=True) if wanted else None)
    return unmarked


def _set_values(context: Context, live: PrimaryKey | None, unmarked: list[str]) -> None:
    """Spell out SERIAL and NOT NULL, as the key changes SQLAlchemy's assumptions about them."""
    for column in context.live.objects["column"]:
        if (column.schema, column.table) != context.key_path:
            continue
        if live is not None and column.name in live.columns:
            set_autoincrement(context, column)
        elif column.name in unmarked:
            columns.change(context, column, frozenset({"default", "nullable"}))
