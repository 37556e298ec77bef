"""Sends many statements to the server at once, and takes their answers within bounds."""

from __future__ import annotations

import contextlib
import selectors
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

import psycopg
from psycopg import errors, pq

if TYPE_CHECKING:
    from psycopg.pq.abc import PGconn, PGresult

LARGEST = 256 << 10
"""Bytes of one answer that is looked at; an expression that somebody would read is far smaller."""


class Reply(NamedTuple):
    """The first value of a statement's result, or why there is none, with its SQLSTATE."""

    value: bytes | None = None
    error: str = ""
    state: str = ""


class Pipeline:
    """Statements under way on one connection, in libpq's pipeline mode."""

    def __init__(self, pgconn: PGconn, seconds: float) -> None:
        """Take the time after which what is not answered is given up."""
        self._pgconn = pgconn
        self._until = time.monotonic() + seconds
        self.broken = ""

    def run(self, statements: Sequence[str]) -> Iterator[Reply]:
        """Send all statements; yield their replies in order, each as it comes.

        Raises psycopg.Error where the connection is lost.
        """
        self._send(statements)
        for _ in statements:
            yield Reply(error=self.broken) if self.broken else self._reply()
        if not self.broken:
            self._pgconn.exit_pipeline_mode()

    def _send(self, statements: Sequence[str]) -> None:
        try:
            self._pgconn.enter_pipeline_mode()
            for text in statements:
                self._pgconn.send_query_params(text.encode(), None)
                self._pgconn.pipeline_sync()
        except psycopg.Error:
            self._require_connection()  # libpq's own word would be that there is no pipeline
            raise

    def _reply(self) -> Reply:
        reply = Reply()
        while True:
            if not self._ready():
                return Reply(error=self.broken)
            result = self._pgconn.get_result()
            if result is None:
                self._require_connection()
                continue
            if result.status == pq.ExecStatus.PIPELINE_SYNC:
                return reply
            if result.status == pq.ExecStatus.FATAL_ERROR:
                if self._pgconn.status != pq.ConnStatus.OK:
                    raise errors.error_from_result(result)
                reply = _refusal(result)
            elif result.status == pq.ExecStatus.TUPLES_OK:
                reply = _value(result.get_value(0, 0) or b"")

    def _require_connection(self) -> None:
        """Raise psycopg.OperationalError where the server has closed the connection."""
        if self._pgconn.status != pq.ConnStatus.OK:
            raise psycopg.OperationalError("the server closed the connection during the questions")

    def _ready(self) -> bool:
        """Wait for a result, and send what is still to be sent; False where that is given up.

        A server whose answers nobody takes stops reading, and would wait for us as we for it.
        """
        while self._pgconn.is_busy():
            unsent = bool(self._pgconn.flush())
            left = self._until - time.monotonic()
            events = selectors.EVENT_READ | (selectors.EVENT_WRITE if unsent else 0)
            came = self._wait(events, max(left, 0))
            if left <= 0:
                return self._break("the server took too long for all questions")
            if came & selectors.EVENT_READ:
                self._pgconn.consume_input()
        return True

    def _break(self, reason: str) -> bool:
        """Give the connection up: there is no other way to refuse what is under way."""
        self.broken = reason
        with contextlib.suppress(Exception):
            self._pgconn.get_cancel().cancel()
        self._pgconn.finish()
        return False

    def _wait(self, events: int, seconds: float) -> int:
        with selectors.DefaultSelector() as selector:
            selector.register(self._pgconn.socket, events)
            return sum(came for _, came in selector.select(seconds))


def _refusal(result: PGresult) -> Reply:
    """Return the server's reason in its own words, without the hint and the mark below it."""
    state = result.error_field(pq.DiagnosticField.SQLSTATE) or b""
    reason = result.error_field(pq.DiagnosticField.MESSAGE_PRIMARY) or result.error_message
    text = reason.decode("utf-8", "replace").strip()
    return Reply(error=text or "the server gave no reason", state=state.decode())


def _value(value: bytes) -> Reply:
    if len(value) > LARGEST:
        return Reply(error=f"what the server makes of it is larger than {LARGEST >> 10} KiB")
    return Reply(value=value)
