"""Databases of our own, for sources that must be run, such as migrations."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote, urlencode

import msgspec

from drift import database_url, redaction
from drift.errors import DatabaseError, UsageError
from drift.scratch.held_signals import HeldSignals
from drift.scratch.reaper import Reaper

if TYPE_CHECKING:
    import psycopg

_CONNECT_SECONDS = 10
_NO_WHEEL = ", or write scratch: with the URL of a server into drift.yaml"


Kept = TypeVar("Kept")


class ScratchDatabase(msgspec.Struct, frozen=True, kw_only=True):
    """An empty database of our own; `absent_extensions` are those that its server does not have.

    `is_bundled` if the server is thrown away, too, so that roles may be created on it.
    """

    url: str
    absent_extensions: tuple[str, ...] = ()
    is_bundled: bool = False

    @property
    def parameters(self) -> Mapping[str, str]:
        """Libpq's parameters of the URL."""
        from psycopg import conninfo

        return {key: str(value) for key, value in conninfo.conninfo_to_dict(self.url).items()}

    def with_extensions(self, names: Iterable[str]) -> ScratchDatabase:
        """Create extensions, and return the database with those that are absent."""
        return msgspec.structs.replace(self, absent_extensions=tuple(_absent(self.url, names)))

    def create_role(self, name: str) -> None:
        """Create a role that cannot log in, unless it exists. Raises psycopg.Error."""
        import psycopg
        from psycopg import sql

        with (
            psycopg.connect(self.url, autocommit=True) as connection,
            contextlib.suppress(psycopg.errors.DuplicateObject, psycopg.errors.UniqueViolation),
        ):
            connection.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(name)))


class Scratch:
    """A server for databases of our own, which are gone at the end: the bundled one, or a URL's.

    Nothing is started before it is needed. Threads may use it at the same time.
    """

    def __init__(self, url: str | None = None) -> None:
        """Take the URL of a server on which databases may be created and dropped."""
        self._url = url
        self._stack, self._stack_lock = ExitStack(), threading.Lock()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        # Not Thread.join(): Python 3.11 takes a thread for ended when a signal interrupts that.
        self._started = threading.Event()
        self._parameters: Mapping[str, str] = {}
        self._problem: BaseException | None = None
        self._reaper = Reaper()
        self._is_closed = False
        redaction.remember(database_url.passwords(url or ""))

    def __enter__(self) -> Scratch:
        return self

    def __exit__(self, *_: object) -> None:
        """Drop the databases and stop the server; a signal waits until that is done."""
        self._is_closed = True
        with HeldSignals():
            if self._thread is not None:
                self._started.wait()
            self._stack.close()
            self._reaper.close()

    def begin(self) -> None:
        """Start the server, which takes a second, while other work goes on."""
        # Here, and not in the thread: the models may replace the path of imports meanwhile.
        import drift.scratch.server  # noqa: F401

        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._start, daemon=True)
                self._thread.start()

    @property
    def is_missing(self) -> bool:
        """Whether no server could be started or reached."""
        return self._problem is not None

    def keep(self, made: contextlib.AbstractContextManager[Kept]) -> Kept:
        """Create a database, or a user of one, that stays until this object is closed."""
        result = made.__enter__()
        with self._stack_lock:
            self._stack.push(made)
        return result

    @contextmanager
    def database(
        self,
        extensions: Iterable[str] = (),
        roles: Iterable[str] = (),
        *,
        template: str = "template0",
    ) -> Iterator[ScratchDatabase]:
        """Create a database with these extensions, and drop it at the end.

        `template` is the name of the database to copy, to which no session may be connected.
        The bundled server gets the roles, too, which cannot log in: GRANT names them. Raises
        DatabaseError, and UsageError if there is no server.
        """
        server = self._server()
        name = f"drift_scratch_{os.urandom(8).hex()}"
        self._reap(name)
        try:
            self._create(server, name, template)
            url = _url({**server, "dbname": name})
            bundled = self._url is None
            database = ScratchDatabase(url=url, is_bundled=bundled)
            for role in roles if bundled else ():
                database.create_role(role)
            yield database.with_extensions(extensions)
        finally:
            with HeldSignals():
                self._drop(server, name)

    def _create(self, server: Mapping[str, str], name: str, template: str) -> None:
        import psycopg

        try:
            with _connection(server) as connection:
                connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        except psycopg.errors.InsufficientPrivilege:
            role = server.get("user", "")
            raise DatabaseError(
                f'scratch: the role "{role}" must not create databases; ALTER ROLE "{role}" '
                "CREATEDB, or name another role"
            ) from None
        except psycopg.errors.DiskFull as problem:
            raise DatabaseError(
                f"scratch: the disk is full: {_line(problem)}; free space, or set TMPDIR to a "
                "larger file system"
            ) from None
        except psycopg.Error as problem:
            raise DatabaseError(f"scratch: cannot create a database: {_line(problem)}") from None

    def _drop(self, server: Mapping[str, str], name: str) -> None:
        """Drop a database, unless the server is gone; the reaper then tries again."""
        import psycopg

        if self._is_closed and self._url is None:
            return  # with the whole server, a moment from now
        with contextlib.suppress(psycopg.Error), _connection(server) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            if self._url is not None:
                self._reaper.remove(name)

    def _reap(self, name: str) -> None:
        """Let another process drop a database on a server that stays, if this one is killed."""
        if self._url is not None:
            self._reaper.add(name)

    def _server(self) -> Mapping[str, str]:
        """Return libpq's parameters of the server, which is started now if it was not begun."""
        if self._is_closed:
            raise UsageError("the scratch server is closed")
        self.begin()
        self._started.wait()
        if self._problem is not None:
            raise self._problem
        return self._parameters

    def _start(self) -> None:
        """Start or reach the server; the errors are raised in the thread that needs it."""
        try:
            self._parameters = self._named() if self._url is not None else self._bundled()
            self._reaper = Reaper(_url(self._parameters))
        except BaseException as problem:  # noqa: BLE001 — raised again by `_server`
            self._problem = problem
        finally:
            self._started.set()

    def _bundled(self) -> Mapping[str, str]:
        from psycopg import conninfo

        from drift.scratch.server import start_server

        try:
            server = self._stack.enter_context(start_server(unwanted=lambda: self._is_closed))
        except UsageError as problem:
            raise UsageError(f"{problem}{_NO_WHEEL}") from None
        parameters = conninfo.conninfo_to_dict(server.url())
        return {key: str(value) for key, value in parameters.items()}

    def _named(self) -> Mapping[str, str]:
        """Return the address of the URL and the environment, such as PGPASSWORD."""
        import psycopg

        try:
            parameters = psycopg.conninfo.conninfo_to_dict(_for_libpq(self._url or ""))
            with _connection({key: str(value) for key, value in parameters.items()}) as connection:
                info = connection.info
                password = info.password
                reached = info.get_parameters() | {"password": password}
        except psycopg.Error as problem:
            raise DatabaseError(f"scratch: {_line(problem)}") from None
        redaction.remember([password])
        return {key: value for key, value in reached.items() if value}


def _for_libpq(url: str) -> str:
    """Return a URL in SQLAlchemy's spelling as libpq reads it."""
    if not database_url.is_url(url):
        return url
    scheme, _, rest = url.partition("://")
    if scheme.lower().partition("+")[0] not in {"postgres", "postgresql"}:
        raise DatabaseError("scratch: is not the URL of a PostgreSQL server")
    return f"postgresql://{rest}"


def _url(parameters: Mapping[str, str]) -> str:
    """Return a URL for both libpq and SQLAlchemy."""
    rest = {key: value for key, value in parameters.items() if key != "dbname"}
    name = quote(parameters.get("dbname", ""), safe="")
    return f"postgresql:///{name}?{urlencode(rest, quote_via=quote)}"


def _connection(parameters: Mapping[str, str]) -> psycopg.Connection[Any]:
    """Connect, and run each statement in a transaction of its own."""
    import psycopg

    settings: dict[str, Any] = {"connect_timeout": _CONNECT_SECONDS, **parameters}
    return psycopg.connect(autocommit=True, **settings)


def _line(problem: Exception) -> str:
    """Return a message of libpq or the server in one line, without a password."""
    primary = getattr(getattr(problem, "diag", None), "message_primary", None)
    lines = [line.strip() for line in str(primary or problem).splitlines() if line.strip()]
    return redaction.known().message("; ".join(lines))


def _absent(url: str, extensions: Iterable[str]) -> Iterator[str]:
    """Create extensions; yield those that the server does not have."""
    import psycopg
    from psycopg import sql

    names = tuple(extensions)
    if not names:
        return
    with psycopg.connect(url, autocommit=True) as connection:
        for name in names:
            statement = sql.SQL("CREATE EXTENSION IF NOT EXISTS {} CASCADE").format(
                sql.Identifier(name)
            )
            try:
                connection.execute(statement)
            except psycopg.Error:
                yield name
