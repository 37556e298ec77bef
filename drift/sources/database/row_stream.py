"""A statement and its answer, row by row, with something else to do until all of it has come.

A cursor of psycopg waits for the whole answer, and holds it more than once.
"""

from __future__ import annotations

import selectors
from collections.abc import Iterator
from typing import TYPE_CHECKING

from psycopg import Error, errors, pq

if TYPE_CHECKING:
    from psycopg.pq.abc import PGconn, PGresult

Row = tuple["bytes | None", "bytes | None"]
_ROW, _FAILED = int(pq.ExecStatus.SINGLE_TUPLE), int(pq.ExecStatus.FATAL_ERROR)


class Answer:
    """What comes in answer to statements that were sent: rows of two columns, or one."""

    def __init__(self, pgconn: PGconn, text: bytes) -> None:
        """Send the statements, and wait for nothing. Raises psycopg.Error."""
        self._pgconn = pgconn
        self._failure: Exception | None = None
        self._broken: Exception | None = None
        pgconn.send_query(text)
        pgconn.set_single_row_mode()
        while pgconn.flush():
            if self._wait(selectors.EVENT_READ | selectors.EVENT_WRITE) & selectors.EVENT_READ:
                pgconn.consume_input()

    def come(self) -> Iterator[Row]:
        """Yield the rows that are there, and wait for no other: the server is never held up.

        A connection that breaks is for `rest` to report: what is done meanwhile is not to blame.
        """
        while not self._broken and self._wait(selectors.EVENT_READ, timeout=0):
            try:
                self._pgconn.consume_input()
            except Error as problem:
                self._broken = problem
                return
            while not self._pgconn.is_busy() and (result := self._pgconn.get_result()):
                yield from self._rows(result)

    def rest(self) -> Iterator[Row]:
        """Yield the rows that are to come, until there are no more. Raises psycopg.Error."""
        if self._broken:
            raise self._broken
        while True:
            while self._pgconn.is_busy():
                self._wait(selectors.EVENT_READ)
                self._pgconn.consume_input()
            result = self._pgconn.get_result()
            if result is None:
                break
            yield from self._rows(result)
        if self._failure:
            raise self._failure

    def _rows(self, result: PGresult) -> Iterator[Row]:
        if result.status == _ROW:
            second = result.get_value(0, 1) if result.nfields > 1 else None
            yield result.get_value(0, 0), second
        elif result.status == _FAILED:
            self._failure = self._failure or errors.error_from_result(result)

    def _wait(self, events: int, timeout: float | None = None) -> int:
        """Wait for the socket; return the events that came."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._pgconn.socket, events)
            return sum(found for _, found in selector.select(timeout))
