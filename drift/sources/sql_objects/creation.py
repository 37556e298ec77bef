"""Creates objects in a scratch database, though the order of dependencies is not known."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from drift.kinds.sql import types
from drift.redaction import known

if TYPE_CHECKING:
    import psycopg

T = TypeVar("T", bound=Hashable)
Statements = Sequence[str]
_EXISTS = frozenset({"42P06", "42P07", "42710", "42723"})
"""The states of errors for schemas, relations, functions and other objects that exist already: two
declarations of one object are no problem."""


def settle(connection: psycopg.Connection[Any], path: Iterable[str], seconds: float) -> None:
    """Set the search path and the timeout, and switch off the check of function bodies."""
    names = ", ".join([*dict.fromkeys(map(types.quote, path)), "pg_temp"])
    connection.execute(f"SET search_path = {names}".encode())
    connection.execute(b"SET check_function_bodies = off")
    connection.execute(f"SET statement_timeout = {round(seconds * 1000)}".encode())


def create(connection: psycopg.Connection[Any], items: Mapping[T, Statements]) -> dict[T, str]:
    """Run the statements of each item; return why those that failed did.

    Those that fail are tried again after the others, as long as that helps: a view may be named
    before the function that it calls.
    """
    waiting, problems = dict(items), dict[T, str]()
    while waiting:
        problems = {
            item: problem
            for item, statements in waiting.items()
            if (problem := _problem(connection, statements))
        }
        if len(problems) == len(waiting):
            break
        waiting = {item: waiting[item] for item in problems}
    return problems


def create_with_stand_ins(
    connection: psycopg.Connection[Any], items: Mapping[T, Statements], stand_ins: Mapping[T, str]
) -> dict[T, str]:
    """Run the statements of each item; let stand-ins take the place of those that fail.

    So a view that cannot be created keeps no other one from it. Those that need no other failed
    one come first: their errors name none.
    """
    failed = create(connection, items)
    waiting = dict(failed)
    while waiting:
        item = min(waiting, key=lambda each: _names_another(waiting[each], each, waiting))
        del waiting[item]
        if stand_ins.get(item) and not _problem(connection, (stand_ins[item],)):
            waiting = create(connection, {each: items[each] for each in waiting})
            failed = {each: why for each, why in failed.items() if each == item or each in waiting}
    return failed


def _names_another(problem: str, item: T, items: Iterable[T]) -> bool:
    others = (str(each[-1]) for each in items if each != item and isinstance(each, tuple))
    return any(name in problem for name in others)


def _problem(connection: psycopg.Connection[Any], statements: Statements) -> str:
    """Run statements in one transaction; return why that failed, or "".

    Each is sent by the extended protocol, which takes a single statement: a definition that a
    server has printed cannot hide a second one.
    """
    import psycopg

    try:
        with connection.transaction():
            for statement in statements:
                connection.execute(statement.encode(), binary=True)
    except psycopg.Error as problem:
        if connection.closed:
            raise
        if problem.sqlstate in _EXISTS:
            return ""
        line = problem.diag.message_primary or str(problem).partition("\n")[0]
        return known().message(line)
    return ""
