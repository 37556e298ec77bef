"""Tells whether a declared constraint, index or table is made on PostgreSQL at all."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from drift.kinds.metadata.unreadable import StandIn, errors, kind_of, refusal, table_of

if TYPE_CHECKING:
    from drift.kinds.metadata.declaration import Declaration


def is_created(item: Any, declaration: Declaration) -> bool:
    """Tell whether a constraint or an index is made: by its type, `ddl_if` or listeners.

    A condition that only a server could answer makes the item optional.
    """
    rule = getattr(item, "_create_rule", None)
    if rule is not None and _is_apart(rule):
        return all(
            _holds(partial(listener._should_execute, item.table), item, declaration, bind=True)
            for listener in _adding(item)
        )
    if rule is not None and not rule(declaration.compiler):
        return False
    condition = getattr(item, "_ddl_if", None)
    if condition is None:
        return True
    ask = partial(condition._should_execute, None, item, compiler=declaration.compiler)
    return _holds(ask, item, declaration, bind=item.__visit_name__ == "index")


def _is_apart(rule: Any) -> bool:
    """Tell the rule with which SQLAlchemy keeps a constraint out of CREATE TABLE.

    It stays on the constraint once ALTER TABLE … ADD was made of it: by `create_all`, for keys with
    `use_alter` and in cycles, or by the project.
    """
    name = getattr(rule, "name", None) or getattr(rule, "__name__", "")
    return bool(name == "_create_rule_disable")


def _adding(item: Any) -> list[Any]:
    """Return the listeners of a constraint's table that add it, as AddConstraint does."""
    listeners = table_of(item).dispatch.after_create
    return [one for one in listeners if getattr(one, "element", None) is item]


def _holds(ask: Callable[..., Any], item: Any, declaration: Declaration, *, bind: bool) -> bool:
    """Ask a condition of the models; SQLAlchemy gives those of indexes the connection."""
    try:
        return bool(ask(StandIn(declaration.dialect) if bind else None))
    except Exception:  # noqa: BLE001 — it is the models' own, and asks what only a server knows
        reason = "its ddl_if could not be evaluated without a connection; not reported if missing"
        ref = declaration.ref(kind_of(item), item)
        declaration.unreadable.add(ref, item, reason, optional=True)
        return True


def is_table_created(table: Any, declaration: Declaration) -> bool:
    """Tell whether a table is made on PostgreSQL, where a project compiles CREATE TABLE."""
    from sqlalchemy.schema import CreateTable

    if not is_created(table, declaration):
        return False
    if not hasattr(CreateTable, "_compiler_dispatcher"):
        return True
    try:
        text = str(CreateTable(table).compile(dialect=declaration.dialect))
    except errors() as error:
        refusal(error)
        return True
    return text.lstrip().upper().startswith("CREATE")
