"""Channels to a connection of the caller's: of psycopg 3, or a cursor of any other driver."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError, Future
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from typing import Any, TypeAlias

import msgspec
import psycopg
from psycopg.pq import PipelineStatus, TransactionStatus

from drift.errors import DatabaseError
from drift.sources.database.interrupts import CANCELLED
from drift.sources.database.lent import StatementError
from drift.sources.database.row_stream import Row, RowStream

Errors: TypeAlias = "type[BaseException] | tuple[type[BaseException], ...]"


LOCK_SECONDS = 5.0
"""Seconds that another thread or task may take to leave the connection."""
AGAIN_SECONDS = 0.1
"""Seconds until the server is asked again to cancel a statement that goes on."""
IN_USE = "the connection that was passed is in use: check when its other statements have ended"


class PsycopgChannel:
    """The connection of libpq within a connection of psycopg.

    psycopg's own object is not used: its row factory, its adapters and its transactions are the
    caller's.
    """

    is_raw = True

    def __init__(self, connection: psycopg.Connection[Any] | psycopg.AsyncConnection[Any]) -> None:
        self._connection = connection
        self._stops = threading.Lock()
        self._is_stopped = False
        self._may_cancel = False
        self.host = "" if connection.closed else connection.info.host or ""

    @property
    def is_idle(self) -> bool:
        """Whether libpq knows of no transaction."""
        return self._connection.pgconn.transaction_status == TransactionStatus.IDLE

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the lock of a connection; the caller holds that of an asynchronous one."""
        self.require_usable()
        if isinstance(self._connection, psycopg.Connection):
            lock = self._connection.lock
            if not lock.acquire(timeout=LOCK_SECONDS):
                raise DatabaseError(IN_USE)
            try:
                yield
            finally:
                lock.release()
        else:
            yield

    def require_usable(self) -> None:
        """Raise DatabaseError if no statement can be run now."""
        pgconn = self._connection.pgconn
        if self._connection.closed:
            reason = "is closed"
        elif pgconn.pipeline_status != PipelineStatus.OFF:
            reason = "is in pipeline mode: check after the pipeline() block"
        elif pgconn.transaction_status == TransactionStatus.ACTIVE:
            reason = "is running another statement: check when that has ended"
        else:
            return
        raise DatabaseError(f"the connection that was passed {reason}")

    def run(self, statements: Sequence[str]) -> list[Row]:
        """Send the statements at once."""
        try:
            return list(self._sent(statements))
        except psycopg.Error as error:
            raise StatementError(_reason(error), error.sqlstate) from None
        except BaseException:  # such as Ctrl-C, or a timeout of a test
            self._cancel(statements)
            raise
        finally:
            with self._stops:
                self._may_cancel = False

    def _sent(self, statements: Sequence[str]) -> RowStream:
        """Send the statements within the lock: `stop` finds them either refused or running."""
        with self._stops:
            _refuse(statements, is_stopped=self._is_stopped)
            self._may_cancel = not _leaves(statements)
            return RowStream(self._connection.pgconn, ";\n".join(statements))

    def stop(self) -> None:
        """End the statement that runs, and refuse more; those that leave the connection go on."""
        with self._stops:
            self._is_stopped = True
        while self._requests_cancel():  # a server ignores a request that overtakes its statement
            time.sleep(AGAIN_SECONDS)

    def _requests_cancel(self) -> bool:
        """Ask the server to cancel; return False if nothing runs that may be cancelled."""
        with self._stops:
            if self._may_cancel:
                with suppress(psycopg.Error):
                    self._connection.pgconn.get_cancel().cancel()
            return self._may_cancel

    def _cancel(self, statements: Sequence[str]) -> None:
        """Stop the statements that run, and forget their rows: others are refused until then."""
        pgconn = self._connection.pgconn
        with suppress(psycopg.Error):
            if not _leaves(statements):
                pgconn.get_cancel().cancel()
            while pgconn.get_result() is not None:
                pass

    def release(self) -> None:
        """Do nothing: statements of libpq begin no transaction."""


class CursorChannel:
    """A cursor of a driver's connection, as PEP 249 has it.

    Statements go past SQLAlchemy: its events, its log and the state of its transaction do not see
    them.
    """

    is_raw = False
    is_idle = False

    def __init__(
        self, connection: Any, errors: Errors, host: str = "", *, in_transaction: bool = True
    ) -> None:
        """Take the driver's connection, its errors, and whether the caller began a transaction."""
        self.host = host
        self._connection, self._errors = connection, errors
        self._in_transaction = in_transaction

    def held(self) -> AbstractContextManager[object]:
        """Do nothing: a connection of SQLAlchemy is for one thread."""
        return nullcontext()

    def run(self, statements: Sequence[str]) -> list[Row]:
        """Run each statement by itself: not every driver takes several."""
        try:
            cursor = self._connection.cursor()
            try:
                return [row for statement in statements for row in _rows(cursor, statement)]
            finally:
                cursor.close()
        except self._errors as error:
            raise StatementError(_reason(error), _state(error)) from None

    def release(self) -> None:
        """Roll back if only these statements made the driver begin a transaction."""
        if not self._in_transaction:
            self._connection.rollback()


class LoopChannel:
    """A channel whose statements run in an event loop, while a thread waits for them."""

    is_idle = False

    def __init__(self, channel: CursorChannel, run_sync: Callable[..., Any]) -> None:
        """Take the `run_sync` of an AsyncConnection, which the running loop belongs to."""
        self.host, self.is_raw = channel.host, channel.is_raw
        self._channel, self._run_sync = channel, run_sync
        self._loop = asyncio.get_running_loop()
        self._stops = threading.Lock()
        self._is_stopped = False
        self._running: Future[Any] | None = None

    def stop(self) -> None:
        """End the statement that runs, and refuse more; those that leave the connection go on."""
        with self._stops:
            self._is_stopped = True
            if self._running:
                self._running.cancel()

    def held(self) -> AbstractContextManager[object]:
        """Do nothing: the caller waits meanwhile."""
        return nullcontext()

    def run(self, statements: Sequence[str]) -> list[Row]:
        """Run the statements in the loop."""
        with self._stops:
            _refuse(statements, is_stopped=self._is_stopped)
            running = self._begin(lambda _: self._channel.run(statements))
            self._running = None if _leaves(statements) else running
        try:
            rows: list[Row] = running.result()
        except CancelledError:
            raise StatementError(CANCELLED, None) from None
        finally:
            with self._stops:
                self._running = None
        return rows

    def release(self) -> None:
        """Release the channel, in the loop."""
        self._begin(lambda _: self._channel.release()).result()

    def _begin(self, work: Callable[[Any], Any]) -> Future[Any]:
        return asyncio.run_coroutine_threadsafe(self._run_sync(work), self._loop)


def _refuse(statements: Sequence[str], *, is_stopped: bool) -> None:
    """Raise StatementError if a check that is cancelled goes on."""
    if is_stopped and not _leaves(statements):
        raise StatementError(CANCELLED, None)


def _leaves(statements: Sequence[str]) -> bool:
    """Tell whether statements give the connection back: if they are cancelled, it stays broken."""
    return statements[0].startswith(("ROLLBACK", "RELEASE"))


def _rows(cursor: Any, statement: str) -> Iterator[Row]:
    """Run a statement and yield its rows, of two columns or one."""
    cursor.execute(statement)
    if cursor.description:
        for row in cursor.fetchall():
            yield _bytes(row[0]), _bytes(row[1]) if len(row) > 1 else None


def _bytes(value: Any) -> bytes | None:
    """Return a value as text; drivers turn JSON into objects."""
    if value is None or isinstance(value, bytes):
        return value
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return text.encode("utf-8", "surrogateescape")


def _state(error: BaseException) -> str | None:
    """Return the SQLSTATE of a driver's error."""
    for each in (error, error.__cause__):
        state = getattr(each, "sqlstate", None) or getattr(each, "pgcode", None)
        if state:
            return str(state)
    return _fields(error).get("C")


def _reason(error: BaseException) -> str:
    """Return the server's reason, without the statement that drivers add to it."""
    primary = getattr(getattr(error, "diag", None), "message_primary", None)
    text = primary or _fields(error).get("M") or str(error.__cause__ or error)
    return " ".join(str(text).split()) or type(error).__name__


def _fields(error: BaseException) -> dict[str, str]:
    """Return the fields of the server's message, as pg8000 passes them on."""
    fields = error.args[0] if error.args else None
    return fields if isinstance(fields, dict) else {}
