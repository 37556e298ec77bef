"""Decides whether a declared constraint, index or table is created on PostgreSQL at all."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from drift.kinds.metadata.sqlalchemy_adapter import (
    create_rule,
    ddl_condition,
    holds,
    is_compiled_by_project,
    is_kept_out_of_create_table,
)
from drift.kinds.metadata.unwritable import StandIn, errors, refusal, table_of


def is_created(item: Any, dialect: Any, compiler: Any, *, on_unknown: Callable[[], None]) -> bool:
    """Return whether a table, a constraint or an index is created.

    Its type, its `ddl_if` and the listeners that add it decide.

    A condition that only a server could answer counts as true, and `on_unknown` is called.
    """
    stand_in = StandIn(dialect)
    rule = create_rule(item)
    if rule is not None and is_kept_out_of_create_table(rule):
        return all(
            _ask(partial(holds, listener, item.table, stand_in), on_unknown)
            for listener in _adding(item)
        )
    if rule is not None and not rule(compiler):
        return False
    condition = ddl_condition(item)
    if condition is None:
        return True
    # SQLAlchemy gives the connection to conditions of indexes only.
    connection = stand_in if item.__visit_name__ == "index" else None
    return _ask(partial(holds, condition, None, item, connection, compiler=compiler), on_unknown)


def _adding(item: Any) -> list[Any]:
    """Return the listeners of a constraint's table that add it, as AddConstraint does."""
    listeners = table_of(item).dispatch.after_create
    return [listener for listener in listeners if getattr(listener, "element", None) is item]


def _ask(condition: Callable[[], bool], on_unknown: Callable[[], None]) -> bool:
    try:
        return condition()
    except Exception:  # noqa: BLE001 — code of the models, which may ask a server
        on_unknown()
        return True


def is_written_as_create_table(table: Any, dialect: Any) -> bool:
    """Return whether DDL creates a table; a project can compile CREATE TABLE to anything."""
    from sqlalchemy.schema import CreateTable

    if not is_compiled_by_project(CreateTable):
        return True
    try:
        text = str(CreateTable(table).compile(dialect=dialect))
    except errors() as error:
        refusal(error)
        return True
    return text.lstrip().upper().startswith("CREATE")
