"""Every private attribute of SQLAlchemy that drift uses, each behind a function of its own.

SQLAlchemy may move them in any version: then only this file changes. A test keeps them out of all
other files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Any

COPY_METHOD = "_copy"
"""The method of a Column that copies a mixin's column into a table."""


def sorted_constraints(table: Any) -> list[Any]:
    """Return a table's constraints in the order in which CREATE TABLE has them."""
    constraints: list[Any] = table._sorted_constraints
    return constraints


def creation_order(constraint: Any) -> int:
    """Return a number that grows with each constraint that the models make."""
    return int(constraint._creation_order)


def exclusion_elements(constraint: Any) -> list[tuple[Any, str, str]] | None:
    """Return expression, name and operator of an exclusion's keys; None for other constraints."""
    return getattr(constraint, "_render_exprs", None)


def prefixes(table: Any) -> list[str]:
    """Return the words between CREATE and TABLE, such as `UNLOGGED`, in upper case."""
    return [str(prefix).upper() for prefix in table._prefixes]


def creating_select(table: Any) -> Any:
    """Return the CreateView or CreateTableAs that makes a table; None if none does."""
    creator = getattr(table, "_creator_ddl", None)
    return creator if hasattr(creator, "selectable") else None


def autoincrement_column(table: Any) -> Any:
    """Return the column that DDL makes SERIAL or an identity; None if there is none."""
    return table._autoincrement_column


def is_key_of_marked_columns(key: Any) -> bool:
    """Return whether `primary_key=True` of columns made a key, and no PrimaryKeyConstraint."""
    return bool(getattr(key, "_implicit_generated", False))


def sequences(metadata: Any) -> Iterable[Any]:
    """Return the sequences that metadata knows by name."""
    declared: Iterable[Any] = metadata._sequences.values()
    return declared


def has_variants(type_: Any) -> bool:
    """Return whether a type is another one for some dialects."""
    return bool(getattr(type_, "_variant_mapping", None))


def write_backslashes_as_they_are(dialect: Any) -> None:
    """Let a dialect write literals for standard_conforming_strings, as if it were connected."""
    dialect._backslash_escapes = False


def create_rule(item: Any) -> Callable[[Any], bool] | None:
    """Return the function that decides, for a DDL compiler, if CREATE TABLE has a constraint."""
    return getattr(item, "_create_rule", None)


def is_kept_out_of_create_table(rule: Any) -> bool:
    """Return whether a rule is SQLAlchemy's own that keeps a constraint out of CREATE TABLE.

    It stays on the constraint once ALTER TABLE … ADD was made of it: by `create_all`, for keys with
    `use_alter` and in cycles, or by the project.
    """
    name = getattr(rule, "name", None) or getattr(rule, "__name__", "")
    return bool(name == "_create_rule_disable")


def ddl_condition(item: Any) -> Any:
    """Return the `ddl_if` of a constraint or an index; None without one."""
    return getattr(item, "_ddl_if", None)


def holds(condition: Any, *arguments: Any, **options: Any) -> bool:
    """Ask a `ddl_if`, or a DDL element that listens for `after_create`, whether to execute."""
    return bool(condition._should_execute(*arguments, **options))


def is_compiled_by_project(element: type) -> bool:
    """Return whether a project has registered a compiler for a DDL element with `@compiles`."""
    return hasattr(element, "_compiler_dispatcher")


def is_text_without_parameters(element: Any) -> bool:
    """Return whether an element is a `text()` without bound parameters."""
    visit = getattr(element, "__visit_name__", "")
    return visit == "textclause" and not element._bindparams


def registries() -> Iterable[Any]:
    """Return all mapper registries that are alive."""
    from sqlalchemy.orm import mapperlib

    known: Iterable[Any] = mapperlib._all_registries()
    return known


def opens_by_url(engine: Any) -> bool:
    """Return whether an engine connects by its URL alone.

    Not if it has a `creator`, `connect_args`, or a listener for `do_connect`, nor if listeners, or
    the `options` of its URL, may set the search path of each connection. SQLAlchemy keeps the
    arguments only in the function that connects.
    """
    connect = engine.pool._creator
    if connect.__module__ != "sqlalchemy.engine.create" or any(_prepared_by(engine)):
        return False
    if "options" in engine.url.query:  # drift's own connections have none: poolers refuse them
        return False
    cells = dict(zip(connect.__code__.co_freevars, connect.__closure__ or (), strict=True))
    by_url = engine.dialect.create_connect_args(engine.url)[1]
    listeners = engine.dialect.dispatch.do_connect if engine.dialect._has_events else ()
    return not list(listeners) and "cparams" in cells and cells["cparams"].cell_contents == by_url


def _prepared_by(engine: Any) -> Iterator[Any]:
    """Yield the listeners that prepare connections, without SQLAlchemy's own."""
    pool, own = engine.pool.dispatch, engine.dispatch
    events = (pool.connect, pool.first_connect, pool.checkout, own.engine_connect, own.begin)
    for listener in chain.from_iterable(events):
        module = f"{getattr(listener, '__module__', '')}."
        # `sqlalchemy.event` wraps a listener with an older signature
        if not module.startswith("sqlalchemy.") or module.startswith("sqlalchemy.event."):
            yield listener


def translates_schemas(bind: Any) -> bool:
    """Return whether an engine or a connection replaces the schemas of tables in statements."""
    return bool(bind.get_execution_options().get("schema_translate_map"))


def is_in_transaction(driver: Any) -> bool:
    """Return whether the connection of a driver of SQLAlchemy's is in a transaction."""
    if hasattr(driver, "get_transaction_status"):  # psycopg 2
        return bool(driver.get_transaction_status() != 0)
    if hasattr(driver, "is_in_transaction"):  # asyncpg
        return bool(driver.is_in_transaction())
    return bool(getattr(driver, "_in_transaction", False))  # pg8000
