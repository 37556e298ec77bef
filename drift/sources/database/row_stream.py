"""Statements on their way to the server, and the rows that answer them.

A cursor of psycopg waits for the whole answer and holds it more than once. Here each row can be
decoded and forgotten before the next one is read.
"""

from __future__ import annotations

import selectors
from collections.abc import Iterator
from typing import TYPE_CHECKING

from psycopg import InterfaceError, errors
from psycopg.pq import ExecStatus

if TYPE_CHECKING:
    from psycopg.pq.abc import PGconn

_POLL_SECONDS = 0.1
Row = tuple["bytes | None", "bytes | None"]


class RowStream:
    """The rows of several statements, of two columns or one."""

    def __init__(self, pgconn: PGconn, statements: str) -> None:
        """Send the statements without waiting for an answer. Raises psycopg.Error."""
        self._pgconn = pgconn
        self._is_stopped = False
        pgconn.send_query(statements.encode())
        pgconn.set_single_row_mode()
        # read while sending: a server whose output is not read stops reading, too
        while pgconn.flush():
            if self._wait(selectors.EVENT_READ | selectors.EVENT_WRITE) & selectors.EVENT_READ:
                pgconn.consume_input()

    def __iter__(self) -> Iterator[Row]:
        """Yield the rows as they come. Raises psycopg.Error after the last one."""
        failure: Exception | None = None
        while True:
            while self._pgconn.is_busy():
                self._wait(selectors.EVENT_READ)
                self._pgconn.consume_input()
            result = self._pgconn.get_result()
            if result is None:
                break
            if result.status == ExecStatus.SINGLE_TUPLE:
                second = result.get_value(0, 1) if result.nfields > 1 else None
                yield result.get_value(0, 0), second
            elif result.status == ExecStatus.FATAL_ERROR:
                failure = failure or errors.error_from_result(result)
        if failure:
            raise failure

    def stop(self) -> None:
        """Let a thread that reads the rows end soon, with psycopg.InterfaceError."""
        self._is_stopped = True

    def _wait(self, events: int) -> int:
        """Wait for the socket; return the events that came."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._pgconn.socket, events)
            while not self._is_stopped:
                if ready := selector.select(_POLL_SECONDS):
                    return sum(came for _, came in ready)
        raise InterfaceError("the rows are not wanted any more")
