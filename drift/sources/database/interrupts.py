"""Ends the connections of a check from another thread, as a task that is cancelled has to.

A context variable passes the interrupt on: a function in between need not know of it, and
`asyncio.to_thread` takes it along.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar

from drift.errors import DatabaseError

CANCELLED = "the check was cancelled"


class Interrupt:
    """Cancels the statements that run on servers, and refuses more."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ends: list[Callable[[], None]] = []
        self._is_set = False

    def set(self) -> None:
        """End all connections; it may take a second."""
        self._is_set = True
        with self._lock:
            for end in self._ends:
                with suppress(Exception):
                    end()

    def require_running(self) -> None:
        """Raise DatabaseError after `set`."""
        if self._is_set:
            raise DatabaseError(CANCELLED)

    @contextmanager
    def ending(self, end: Callable[[], None]) -> Iterator[None]:
        """Let `set` call `end` during the block, whose end waits for that."""
        with self._lock:
            self.require_running()
            self._ends.append(end)
        try:
            yield
        finally:
            with self._lock:
                self._ends.remove(end)


_CURRENT: ContextVar[Interrupt | None] = ContextVar("drift_interrupt", default=None)


def current() -> Interrupt:
    """Return the interrupt of this context, or one that is never set."""
    return _CURRENT.get() or Interrupt()


@contextmanager
def interruptible(interrupt: Interrupt) -> Iterator[None]:
    """Make an interrupt that of this context."""
    token = _CURRENT.set(interrupt)
    try:
        yield
    finally:
        _CURRENT.reset(token)
