"""A connection as a check uses it: our own, or one that the caller lends us."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

import psycopg

from drift.sources.database.connection import Address, Timeouts, begin, connect, settings
from drift.sources.database.pipeline import Asking, Pipeline
from drift.sources.database.row_stream import Row, RowStream

if TYPE_CHECKING:
    from psycopg.pq.abc import PGconn


class Rows(Protocol):
    """The rows of a statement that was sent."""

    def __iter__(self) -> Iterator[Row]:
        """Yield the rows; raise the server's error if it refused them."""

    def stop(self) -> None:
        """Let a thread that reads the rows end soon."""


class Session(Protocol):
    """A connection with one transaction, in which everything is read.

    `search_path` is that of a session that was given to us; None: the one that its role has.
    """

    server_version: int
    host: str
    search_path: str | None

    @property
    def closed(self) -> bool:
        """Whether the connection cannot be used any more."""

    def rows(self, statement: str, timeouts: Timeouts, *, begins: bool = True) -> Rows:
        """Send a statement after the settings; one that `begins` comes after `rollback`."""

    def asking(self, seconds: float) -> Asking:
        """Return an object that asks questions in the transaction, for so many seconds."""

    def rollback(self) -> None:
        """Undo the settings; another statement may begin."""


class OwnSession:
    """A connection that drift opened, which has no transaction at first."""

    search_path: str | None = None

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        self.server_version = connection.info.server_version
        self.host = connection.info.host or ""

    @property
    def closed(self) -> bool:
        """Whether the connection was closed: because its answers were too large, or lost."""
        return self._connection.closed

    def rows(self, statement: str, timeouts: Timeouts, *, begins: bool = True) -> RowStream:
        """Send a statement and those before it at once."""
        before = self.opening(timeouts) if begins else settings(timeouts, self.server_version)
        return RowStream(self._pgconn, before + statement)

    def opening(self, timeouts: Timeouts) -> str:
        """Return the statements that open the transaction."""
        encoding = self._connection.info.parameter_status("server_encoding")
        return begin(timeouts, self.server_version, unencoded=encoding == "SQL_ASCII")

    def asking(self, seconds: float) -> Pipeline:
        """Return a pipeline."""
        return Pipeline(self._pgconn, seconds)

    def rollback(self) -> None:
        """End the transaction."""
        self._connection.execute("ROLLBACK")

    @property
    def _pgconn(self) -> PGconn:
        return self._connection.pgconn


class Lent(Protocol):
    """A connection of the caller's, as an address: it is used, and neither opened nor closed."""

    dropped: tuple[str, ...]
    secrets: tuple[str, ...]

    def session(self) -> AbstractContextManager[Session]:
        """Return a session, at whose end the connection is as it was. Raises DatabaseError."""


Access: TypeAlias = "Address | Lent"


@contextmanager
def opened(access: Access, timeouts: Timeouts) -> Iterator[Session]:
    """Yield a session on a database. Raises DatabaseError."""
    if isinstance(access, Address):
        with connect(access, timeouts) as connection:
            yield OwnSession(connection)
    else:
        with access.session() as session:
            yield session
