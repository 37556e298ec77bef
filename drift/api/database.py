"""The database of the Python interface: a URL, an engine or a connection in; how to read it out.

An engine is read by its URL, on a connection of our own. If the URL is not all that it needs, it is
asked for a connection. A connection is read inside of its transaction.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from drift.api.url import DatabaseURL
from drift.errors import DatabaseError, UsageError
from drift.kinds.metadata.sqlalchemy_adapter import (
    is_in_transaction,
    opens_by_url,
    translates_schemas,
)
from drift.redaction import Redactor
from drift.sources.database.channels import CursorChannel, PsycopgChannel
from drift.sources.database.connection import parse
from drift.sources.database.lent import Lent

if TYPE_CHECKING:
    from drift.sources.database.session import Access

_SQLALCHEMY = frozenset(
    "AsyncConnection AsyncEngine AsyncSession Connection Engine Session URL async_scoped_session "
    "scoped_session".split()
)


@contextmanager
def access(database: Any) -> Iterator[Access]:
    """Yield the way to read a database. Raises DatabaseError, and UsageError for other values."""
    kind = kind_of(database)
    if kind == "text":
        yield parse(database)
    elif kind == "URL":
        yield parse(database.render_as_string(hide_password=False))
    elif kind == "psycopg.Connection":
        yield Lent(PsycopgChannel(database))
    elif kind == "Connection":
        yield lent(database)
    elif kind in {"Session", "scoped_session"}:
        yield lent(_connection_of(database))
    elif kind in {"Engine", "AsyncEngine"} and opens_by_url(sync_engine(database)):
        require_own_schemas(sync_engine(database))
        yield parse(database.url.render_as_string(hide_password=False))
    elif kind == "Engine":
        with _connected(database) as connection:
            yield lent(connection)
    else:
        raise UsageError(_unusable(database, kind))


def kind_of(database: Any) -> str:
    """Return the name of the class that makes a database of an object; "" if none does."""
    if isinstance(database, str):
        return "text"
    if isinstance(database, DatabaseURL):
        return "URL"
    for cls in type(database).__mro__:
        package = cls.__module__.partition(".")[0]
        if package == "sqlalchemy" and cls.__name__ in _SQLALCHEMY:
            return cls.__name__
        if package == "psycopg" and cls.__name__ in {"Connection", "AsyncConnection"}:
            return f"psycopg.{cls.__name__}"
    return ""


def lent(connection: Any) -> Lent:
    """Return the access through a Connection of SQLAlchemy, in its transaction."""
    if connection.closed:
        raise DatabaseError("the connection that was passed is closed")
    require_own_schemas(connection)
    url, driver = connection.engine.url, driver_connection(connection)
    secrets = filter(None, [url.password and str(url.password)])
    if kind_of(driver) == "psycopg.Connection":
        return Lent(PsycopgChannel(driver), secrets)
    return Lent(cursor_channel(connection), secrets)


def cursor_channel(connection: Any) -> CursorChannel:
    """Return the channel to the driver's connection within one of SQLAlchemy."""
    require_postgresql(connection.dialect.name)
    require_own_schemas(connection)
    driver = driver_connection(connection)
    return CursorChannel(
        connection.connection,
        connection.dialect.dbapi.Error,
        connection.engine.url.host or "",
        # SQLAlchemy 1.4 does not count a transaction that a statement alone has begun
        in_transaction=connection.in_transaction() or is_in_transaction(driver),
    )


def sync_engine(engine: Any) -> Any:
    """Return the engine within an AsyncEngine."""
    return getattr(engine, "sync_engine", engine)


def driver_connection(connection: Any) -> Any:
    """Return the driver's own connection within one of SQLAlchemy; 1.4.0 has an older name."""
    pooled = connection.connection
    return getattr(pooled, "driver_connection", None) or pooled.connection


def require_postgresql(dialect: str) -> None:
    """Raise DatabaseError for another database."""
    if dialect != "postgresql":
        raise DatabaseError(f"the connection is to {dialect}; drift only supports PostgreSQL")


def require_own_schemas(bind: Any) -> None:
    """Raise UsageError if tables are in other schemas than the models name."""
    if translates_schemas(bind):
        raise UsageError(
            "the database has a schema_translate_map, which is not supported; pass a connection "
            "without that option, after SET search_path"
        )


def _connection_of(session: Any) -> Any:
    """Return the connection of a Session. Raises DatabaseError if it has none."""
    try:
        return session.connection()
    except Exception as problem:  # noqa: BLE001 — a driver or a listener may raise anything
        raise not_connected(problem, "the session") from None


@contextmanager
def _connected(engine: Any) -> Iterator[Any]:
    """Yield a connection of an engine that cannot be opened by its URL."""
    require_postgresql(engine.dialect.name)
    try:
        connection = engine.connect()
        connection.begin()  # listeners may set the search path then
    except Exception as problem:  # noqa: BLE001 — a driver or a listener may raise anything
        raise not_connected(problem) from None
    with connection:
        yield connection


def not_connected(problem: Exception, subject: str = "the engine") -> DatabaseError:
    """Return the error for an exception of an engine's own way to connect."""
    cause = getattr(problem, "orig", None) or problem
    text = Redactor().foreign(" ".join(str(cause).split()))
    return DatabaseError(f"{subject} cannot connect: {type(cause).__name__}: {text}")


def _unusable(database: Any, kind: str) -> str:
    name = f"{type(database).__module__}.{type(database).__qualname__}"
    if kind:
        return (
            f"{name} is asynchronous: await drift.assert_no_drift_async or drift.guard_async, or "
            "pass the engine or its URL"
        )
    return (
        f"{name} is no database; pass a URL, an Engine or Connection of SQLAlchemy, or a "
        "Connection of psycopg 3"
    )
