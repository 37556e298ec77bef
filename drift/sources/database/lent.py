"""A connection that the caller lends: read inside the caller's transaction, and left as it was.

Everything happens within savepoints. Rolling back to the first one restores every setting, the
read-only mode of the transaction among them, after an error too.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Protocol

from drift.errors import DatabaseError
from drift.sources.database.connection import Timeouts, settings
from drift.sources.database.pipeline import LARGEST, Asking, Reply
from drift.sources.database.row_stream import Row
from drift.sources.database.server_errors import failure
from drift.sources.database.session import Session

_OUTER, _INNER = "drift_connection", "drift_reading"
_ABORTED, _NO_TRANSACTION = "25P02", "25P01"


class StatementError(Exception):
    """The server refused a statement; the text is its reason."""

    def __init__(self, text: str, sqlstate: str | None) -> None:
        super().__init__(text)
        self.sqlstate = sqlstate


class Channel(Protocol):
    """Runs statements on a connection of any driver.

    The values are bytes: as the server sends them (`is_raw`), or as the driver decoded them.
    """

    host: str
    is_raw: bool

    @property
    def is_idle(self) -> bool:
        """Whether it is certain that no transaction is open."""

    def held(self) -> AbstractContextManager[object]:
        """Keep other threads from the connection. Raises DatabaseError if it is in use."""

    def run(self, statements: Sequence[str]) -> list[Row]:
        """Run statements one after the other; return their rows. Raises StatementError."""

    def release(self) -> None:
        """End a transaction that the driver itself has begun, and not the caller."""


class Fetched:
    """Rows that were fetched, or the error instead of them."""

    def __init__(self, channel: Channel, statements: Sequence[str]) -> None:
        """Run the statements in this thread: not every driver can be used by another one."""
        self._rows: list[Row] = []
        self._problem: StatementError | None = None
        try:
            self._rows = channel.run(statements)
        except StatementError as problem:
            self._problem = problem

    def __iter__(self) -> Iterator[Row]:
        """Yield the rows. Raises StatementError."""
        if self._problem:
            raise self._problem
        return iter(self._rows)

    def stop(self) -> None:
        """Do nothing: nothing is under way."""


class OneByOne(Asking):
    """Asks one question after the other, and never closes the connection."""

    def __init__(self, channel: Channel, seconds: float) -> None:
        self.broken = ""
        self._channel = channel
        self._until = time.monotonic() + seconds

    def run(self, statements: Sequence[str]) -> list[Reply]:
        """Run each statement and return the replies in order."""
        return [self._reply(statement) for statement in statements]

    def _reply(self, statement: str) -> Reply:
        if time.monotonic() > self._until:
            self.broken = "the server took too long for all questions"
            return Reply(error=self.broken)
        try:
            rows = self._channel.run([statement])
        except StatementError as problem:
            return Reply(error=str(problem), state=problem.sqlstate or "")
        value = rows[0][0] if rows else None
        if value and len(value) > LARGEST:
            return Reply(error=f"its result is larger than {LARGEST >> 10} KiB")
        return Reply(value=value)


class LentSession:
    """A session within savepoints of the caller's transaction."""

    closed = False

    def __init__(self, channel: Channel) -> None:
        """Read the version, encoding and search path; no function of the users' is called."""
        self._channel = channel
        self.host = channel.host
        names = ("server_version_num", "server_encoding", "search_path")
        values = [channel.run([f"SHOW {name}"])[0][0] or b"" for name in names]
        version, self._encoding, path = (value.decode() for value in values)
        self.server_version = int(version)
        self.search_path: str | None = path

    def begin(self) -> None:
        """Set the savepoint that readings return to, in the encoding that they need."""
        if self._channel.is_raw:
            encoding = "SQL_ASCII" if self._encoding == "SQL_ASCII" else "UTF8"
            self._channel.run([f"SET LOCAL client_encoding = '{encoding}'"])
        self._channel.run([f"SAVEPOINT {_INNER}"])

    def rows(self, statement: str, timeouts: Timeouts, *, begins: bool = True) -> Fetched:
        """Run a statement after the settings."""
        del begins  # the transaction is the caller's
        own = settings(timeouts, self.server_version, bounded=False)
        before = [text for line in own.split(";\n") if (text := line.strip())]
        read_only = "SET LOCAL transaction_read_only = on"
        return Fetched(self._channel, [*before, read_only, statement])

    def asking(self, seconds: float) -> OneByOne:
        """Return an object that asks one question after the other."""
        return OneByOne(self._channel, seconds)

    def rollback(self) -> None:
        """Return to the savepoint."""
        self._channel.run([f"ROLLBACK TO SAVEPOINT {_INNER}"])


class Lent:
    """A connection of the caller's, as the address of a database."""

    dropped: tuple[str, ...] = ()

    def __init__(self, channel: Channel, secrets: Iterable[str] = ()) -> None:
        """Take the channel for statements, and texts that no message may repeat."""
        self._channel = channel
        self.secrets = tuple(secrets)

    @contextmanager
    def session(self) -> Iterator[Session]:
        """Yield a session; at its end the connection is as it was. Raises DatabaseError."""
        try:
            with self._channel.held(), self._transaction():
                session = LentSession(self._channel)
                session.begin()
                yield session
        except StatementError as problem:
            reason = str(failure(problem, self.secrets))
            raise DatabaseError(f"the connection that was passed: {reason}") from None

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """Run the block within a savepoint, or within a transaction of our own."""
        end = ["ROLLBACK"]
        if self._begin_savepoint():
            end = [f"ROLLBACK TO SAVEPOINT {_OUTER}", f"RELEASE SAVEPOINT {_OUTER}"]
        else:
            self._channel.run(["BEGIN READ ONLY"])
        try:
            yield
        finally:
            with suppress(StatementError):  # a connection that was lost has its own error
                self._channel.run(end)
            self._channel.release()

    def _begin_savepoint(self) -> bool:
        """Set a savepoint; return False if no transaction is open. Raises DatabaseError."""
        if self._channel.is_idle:
            return False
        try:
            self._channel.run([f"SAVEPOINT {_OUTER}"])
        except StatementError as problem:
            if problem.sqlstate == _ABORTED:
                raise DatabaseError(_FAILED) from None
            if problem.sqlstate != _NO_TRANSACTION:
                raise
            return False
        return True


_FAILED = (
    "the transaction of the connection that was passed has failed: PostgreSQL runs nothing until "
    "it is rolled back; check before the statement that fails, or pass the engine"
)
