"""Keeps signals waiting while a server is half started or half stopped.

A signal that ends this process in between would leave a server or its directory behind.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any


class HeldSignals:
    """Holds SIGINT, SIGTERM and SIGHUP inside its block, and delivers them after it."""

    def __enter__(self) -> HeldSignals:
        self.waiting: list[int] = []
        self._handlers: dict[int, Any] = {}
        if threading.current_thread() is threading.main_thread():
            for name in ("SIGINT", "SIGTERM", "SIGHUP"):
                number = getattr(signal, name, None)  # Windows has no SIGHUP
                if number is not None and (handler := signal.getsignal(number)) is not None:
                    self._handlers[number] = handler
        self._hold()
        return self

    def __exit__(self, *_: object) -> None:
        self._deliver(self._handlers)

    @contextmanager
    def lifted(self) -> Iterator[None]:
        """Let signals through; one that would kill this process raises SystemExit instead."""
        try:
            self._deliver({
                number: _leave if handler is signal.SIG_DFL else handler
                for number, handler in self._handlers.items()
            })  # fmt: skip
            yield
        finally:
            self._hold()

    def _hold(self) -> None:
        for number in self._handlers:
            signal.signal(number, lambda number, _frame: self.waiting.append(number))

    def _deliver(self, handlers: Mapping[int, Any]) -> None:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        waiting, self.waiting = self.waiting, []
        for number in waiting[:1]:
            signal.raise_signal(number)


def _leave(number: int, _frame: object) -> None:
    raise SystemExit(128 + number)
