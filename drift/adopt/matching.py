"""Finds the declaration of a constraint or an index: an argument, a column, or a statement."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from drift.adopt.declarations import Declaration
from drift.adopt.items import called, keyword_of, literal_text, literal_texts
from drift.kinds.check import Check
from drift.kinds.exclusion import Exclusion
from drift.kinds.foreign_key.foreign_key import ForeignKey
from drift.kinds.index.index import Index
from drift.kinds.primary_key import PrimaryKey
from drift.kinds.unique import Unique

FUNCTIONS: dict[type[Any], str] = {
    Index: "Index",
    Unique: "UniqueConstraint",
    Check: "CheckConstraint",
    ForeignKey: "ForeignKeyConstraint",
    Exclusion: "ExcludeConstraint",
    PrimaryKey: "PrimaryKeyConstraint",
}


class OfTable(NamedTuple):
    """An argument of the table, or an element of `__table_args__`."""

    call: ast.Call


class OfColumn(NamedTuple):
    """An argument of a column's call."""

    column: str
    call: ast.Call


class ByOption(NamedTuple):
    """An option of a column, such as `unique=True`."""

    column: str
    options: tuple[str, ...]


class Alone(NamedTuple):
    """A statement of its own, such as `Index("ix", t.c.a)`."""

    statement: ast.stmt
    call: ast.Call


Site = OfTable | OfColumn | ByOption | Alone


def site_of(declaration: Declaration, item: Any) -> Site | None:
    """Return the site of an object in the declaration; None if it is not in the file."""
    for site in _by_calls(declaration, item):
        return site
    return _by_option(declaration, item)


def _by_calls(declaration: Declaration, item: Any) -> Iterator[Site]:
    """Yield the calls that match by name, then those without a name that match by content."""
    sites: list[OfTable | OfColumn | Alone] = [*_calls(declaration, FUNCTIONS[type(item)])]
    if isinstance(item, ForeignKey):
        sites += [
            site for site in _on_columns(declaration, "ForeignKey")
            if isinstance(site, OfColumn) and (site.column,) == item.columns
        ]  # fmt: skip
    if isinstance(item, Check):
        sites += _on_columns(declaration, "CheckConstraint")
    names = [(site, name_in(site.call)) for site in sites]
    yield from (site for site, name in names if name and name == item.name)
    yield from (
        site for site, name in names if name and item.name and item.name.endswith(f"_{name}")
    )
    yield from (site for site, name in names if name is None and _has_content(site, item))


def _calls(declaration: Declaration, function: str) -> Iterator[OfTable | Alone]:
    for node in declaration.arguments:
        if isinstance(node, ast.Call) and called(node) == function:
            yield OfTable(node)
    for statement in declaration.source.tree.body:
        value = getattr(statement, "value", None)
        if function == "Index" and isinstance(value, ast.Call) and called(value) == function:
            yield Alone(statement, value)


def _on_columns(declaration: Declaration, function: str) -> Iterator[OfColumn]:
    for name, column in declaration.columns.items():
        for node in column.call.args if column.call else ():
            if isinstance(node, ast.Call) and called(node) == function:
                yield OfColumn(name, node)


def name_in(call: ast.Call) -> str | None:
    """Return the name in quotes that a call gives its object; None without one."""
    named = keyword_of(call, "name")
    node: ast.expr | None = named.value if named else None
    if called(call) == "Index" and node is None:
        node = call.args[0] if call.args else None
    if called(node) in {"conv", "quoted_name"} and isinstance(node, ast.Call) and node.args:
        node = node.args[0]
    return literal_text(node)


def _has_content(site: OfTable | OfColumn | Alone, item: Any) -> bool:
    """Return whether a call without a name is about the same columns or condition."""
    call = site.call
    if isinstance(item, Check):
        return _words(_condition(call)) == _words(item.expression)
    if isinstance(item, Exclusion | PrimaryKey) or isinstance(site, OfColumn):
        return True
    if isinstance(item, ForeignKey):
        first = call.args[0] if call.args else None
        columns = literal_texts(first.elts) if isinstance(first, ast.List | ast.Tuple) else None
        return columns == list(item.columns)
    if isinstance(item, Unique):
        return literal_texts(call.args) == list(item.columns)
    return literal_texts(call.args[1:]) == [key.column for key in item.keys]


def _condition(call: ast.Call) -> str | None:
    node = call.args[0] if call.args else None
    if called(node) == "text" and isinstance(node, ast.Call) and node.args:
        node = node.args[0]
    return literal_text(node)


def _words(text: str | None) -> list[str]:
    return re.findall(r"\w+|[^\w\s()]", text or "")


def _by_option(declaration: Declaration, item: Any) -> ByOption | None:
    """Return the option of the only column of an object that says it."""
    columns = list(getattr(item, "columns", ()))
    wanted: tuple[str, ...] = ("unique",)
    if isinstance(item, Index):
        columns = [key.column for key in item.keys]
        wanted = ("index", "unique") if item.unique else ("index",)
    elif not isinstance(item, Unique):
        return None
    if len(columns) != 1 or columns[0] not in declaration.columns:
        return None
    call = declaration.columns[columns[0]].call
    if call is None or not all(_is_true(call, option) for option in wanted):
        return None
    return ByOption(columns[0], wanted)


def _is_true(call: ast.Call, option: str) -> bool:
    argument = keyword_of(call, option)
    return argument is not None and getattr(argument.value, "value", None) is True
