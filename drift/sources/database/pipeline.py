"""Sends many statements to the server at once, and takes their answers within bounds."""

from __future__ import annotations

import contextlib
import selectors
import time
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import psycopg
from psycopg import errors
from psycopg.pq import ConnStatus, DiagnosticField, ExecStatus

if TYPE_CHECKING:
    from psycopg.pq.abc import PGconn, PGresult

LARGEST = 256 << 10
"""Bytes of one answer: an expression that people write is far smaller."""


class Reply(NamedTuple):
    """The first value of a statement's result, or the reason why it has none, with its SQLSTATE."""

    value: bytes | None = None
    error: str = ""
    state: str = ""


class Asking(ABC):
    """Asks a server many things.

    `broken` is the reason why nothing is answered any more; "" while the connection is used.
    """

    broken: str

    def run_each(self, statements: Iterable[str]) -> dict[str, Reply]:
        """Send all statements, which are all different or need no distinction."""
        texts = list(statements)
        return dict(zip(texts, self.run(texts), strict=True))

    @abstractmethod
    def run(self, statements: Sequence[str]) -> list[Reply]:
        """Send all statements and return their replies in order."""


class Pipeline(Asking):
    """Statements under way on one connection, in libpq's pipeline mode."""

    def __init__(self, pgconn: PGconn | None, seconds: float) -> None:
        """Take the time after which the connection is closed, even with questions unanswered.

        Without a connection, which was closed for that reason, nothing is answered.
        """
        self._connection = pgconn
        self._until = time.monotonic() + seconds
        self.broken = "" if pgconn else "the connection was closed after a timeout"

    def run(self, statements: Sequence[str]) -> list[Reply]:
        """Send all statements and return their replies in order.

        Raises psycopg.Error if the connection is lost.
        """
        if self._connection is None or self.broken:
            return [Reply(error=self.broken)] * len(statements)
        pgconn = self._connection
        self._send(pgconn, statements)
        replies = [self._reply(pgconn) for _ in statements]
        if not self.broken:
            pgconn.exit_pipeline_mode()
        return replies

    def _send(self, pgconn: PGconn, statements: Sequence[str]) -> None:
        try:
            pgconn.enter_pipeline_mode()
            for text in statements:
                pgconn.send_query_params(text.encode(), None)
                pgconn.pipeline_sync()  # without it, one refusal would abort the statements after
        except psycopg.Error:
            _require_connection(pgconn)  # libpq itself would only report a missing pipeline
            raise

    def _reply(self, pgconn: PGconn) -> Reply:
        reply = Reply()
        while not self.broken and self._is_ready(pgconn):
            result = pgconn.get_result()
            if result is None:
                _require_connection(pgconn)
            elif result.status == ExecStatus.PIPELINE_SYNC:
                return reply
            elif result.status == ExecStatus.FATAL_ERROR:
                if pgconn.status != ConnStatus.OK:
                    raise errors.error_from_result(result)
                reply = _refusal(result)
            elif result.status == ExecStatus.TUPLES_OK:
                reply = _value(result.get_value(0, 0) or b"")
        return Reply(error=self.broken)

    def _is_ready(self, pgconn: PGconn) -> bool:
        """Wait for a result, and send unsent bytes; False after the time is over.

        A server whose answers are not read stops reading: both sides would wait forever.
        """
        while pgconn.is_busy():
            unsent = bool(pgconn.flush())
            events = selectors.EVENT_READ | (selectors.EVENT_WRITE if unsent else 0)
            left = self._until - time.monotonic()
            with selectors.DefaultSelector() as selector:
                selector.register(pgconn.socket, events)
                came = sum(event for _, event in selector.select(max(left, 0)))
            if left <= 0:
                self._close(pgconn, "the server took too long for all questions")
                return False
            if came & selectors.EVENT_READ:
                pgconn.consume_input()
        return True

    def _close(self, pgconn: PGconn, reason: str) -> None:
        """Close the connection: there is no other way to refuse answers under way."""
        self.broken = reason
        with contextlib.suppress(Exception):
            pgconn.get_cancel().cancel()
        pgconn.finish()


def _require_connection(pgconn: PGconn) -> None:
    """Raise psycopg.OperationalError if the server has closed the connection."""
    if pgconn.status != ConnStatus.OK:
        raise psycopg.OperationalError("the server closed the connection during the questions")


def _refusal(result: PGresult) -> Reply:
    """Return the server's reason in its own words, without the hint and the mark below it."""
    state = result.error_field(DiagnosticField.SQLSTATE) or b""
    reason = result.error_field(DiagnosticField.MESSAGE_PRIMARY) or result.error_message
    text = reason.decode("utf-8", "replace").strip()
    return Reply(error=text or "the server gave no reason", state=state.decode())


def _value(value: bytes) -> Reply:
    if len(value) > LARGEST:
        return Reply(error=f"its result is larger than {LARGEST >> 10} KiB")
    return Reply(value=value)
