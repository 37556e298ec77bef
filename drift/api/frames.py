"""Clears the variables of a traceback if an exception leaves the Python interface.

pytest and error trackers print the variables of a traceback: ours and the drivers' hold passwords.
The lines of the traceback stay, and so do the variables of the application.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import suppress
from functools import wraps
from traceback import walk_tb
from typing import Any, ParamSpec, TypeVar

_CLEARED = sys.stdlib_module_names | set("drift psycopg psycopg2 asyncpg pg8000 sqlalchemy".split())
"""Packages whose variables may hold a URL: asyncio passes our arguments on, for instance."""
__tracebackhide__ = True  # pytest prints none of our frames here
P = ParamSpec("P")
T = TypeVar("T")


def cleared(function: Callable[P, T]) -> Callable[P, T]:
    """Return a function of the interface that lets no variables escape with an exception."""

    @wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            with _Clearing():
                return function(*args, **kwargs)
        finally:
            del args, kwargs

    return call


def cleared_async(
    function: Callable[P, Coroutine[Any, Any, T]],
) -> Callable[P, Coroutine[Any, Any, T]]:
    """Do the same for an asynchronous function."""

    @wraps(function)
    async def call(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            with _Clearing():
                return await function(*args, **kwargs)
        finally:
            del args, kwargs

    return call


class _Clearing:
    """A block that clears the frames of an exception which leaves it."""

    def __enter__(self) -> None:
        self._before = sys.exception()

    def __exit__(self, _type: object, problem: BaseException | None, _traceback: object) -> None:
        if problem is not None:
            clear(problem, self._before)


def clear(problem: BaseException, before: BaseException | None = None) -> None:
    """Clear the frames of an exception and its causes, except one that was handled `before`."""
    for link in _chain(problem, before):
        for frame, _ in walk_tb(link.__traceback__):
            package = str(frame.f_globals.get("__name__")).partition(".")[0]
            with suppress(RuntimeError):  # it is still running
                if package in _CLEARED:
                    frame.clear()


def _chain(problem: BaseException, before: BaseException | None) -> Iterator[BaseException]:
    known: set[int] = {id(before)}
    links: list[BaseException | None] = [problem]
    while links:
        link = links.pop()
        if link is not None and id(link) not in known:
            known.add(id(link))
            yield link
            links += [link.__cause__, link.__context__]
