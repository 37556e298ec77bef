"""Constraints and indexes that use a column, by its name or in an expression."""

from __future__ import annotations

import re
from collections.abc import Iterator

from drift.kinds.column.column import Column
from drift.kinds.sql import types
from drift.plan import ddl
from drift.plan.context import Context
from drift.plan.recipe import Release


def mentions(expression: str, name: str) -> bool:
    """Return whether an expression names a column, quoted or not."""
    quoted = re.escape(types.quote(name))
    return bool(re.search(rf'(?<![\w"]){quoted}(?![\w"])', expression)) or bool(
        re.search(rf'"{re.escape(name)}"', expression)
    )


def users_of(item: Column, context: Context) -> Iterator[tuple[str, object]]:
    """Yield the live constraints and indexes of a column, which are dropped with it."""
    table, name = ddl.table_name(item), str(item.name)
    for kind in ("primary-key", "unique"):
        for each in context.present_of(kind, table):
            if name in (*each.columns, *each.include):
                yield kind, each
    for key in context.foreign_keys_on(table, name):
        yield "foreign-key", key
    for kind in ("index", "exclusion"):
        for each in context.present_of(kind, table):
            texts = [*(key.text for key in each.keys), each.predicate or ""]
            included = kind == "index" and name in each.include
            if included or any(mentions(text, name) for text in texts):
                yield kind, each
    for check in context.present_of("check", table):
        if mentions(check.expression or "", name):
            yield "check", check


def by_expression(item: Column, context: Context) -> Iterator[Release]:
    """Yield the objects whose expressions name the column; its new type may not fit them.

    PostgreSQL would read the expression again, and refuse to change the type.
    """
    table, name = ddl.table_name(item), str(item.name)
    for kind in ("index", "exclusion"):
        for each in context.present_of(kind, table):
            texts = [each.predicate or "", *(key.expression or "" for key in each.keys)]
            if any(mentions(text, name) for text in texts):
                yield Release(kind=kind, item=each, declared=True)
    for check in context.present_of("check", table):
        if mentions(check.expression or "", name):
            yield Release(kind="check", item=check, declared=True)
