"""Databases for code that is not trusted: everything in them runs as a role without SUPERUSER.

The defaults, expressions and functions of the live schema run on the scratch server. The role
connects by itself, because a session that only did SET ROLE is back with RESET ROLE.
"""

from __future__ import annotations

import contextlib
import secrets
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

import psycopg
from psycopg import sql

from drift import redaction
from drift.errors import DatabaseError
from drift.scratch import Scratch, ScratchDatabase

STATEMENT_SECONDS = 20
LOCK_SECONDS = 3
_OPTIONS = (
    f"-c statement_timeout={STATEMENT_SECONDS}s -c lock_timeout={LOCK_SECONDS}s"
    " -c idle_in_transaction_session_timeout=60s -c jit=off -c TimeZone=UTC -c DateStyle=ISO"
    " -c IntervalStyle=postgres -c extra_float_digits=1 -c client_min_messages=debug1"
    " -c synchronous_commit=off"
)
"""Settings of every session. The messages of level debug1 tell how DDL treats the rows."""


_TRUSTED = "-c search_path=pg_catalog,pg_temp"
"""For sessions of a superuser in a database of the owner: ALTER DATABASE SET search_path, which the
owner may run, would put operators of the owner in the places of PostgreSQL's own."""


def as_superuser(url: str) -> psycopg.Connection[Any]:
    """Connect to a database of the owner by the role that created it."""
    return psycopg.connect(url, autocommit=True, options=_TRUSTED)


class Sandbox:
    """One database. `admin` is the URL of the role that made it, `url` that of its owner.

    `is_superuser` says whether `admin` may change the catalog, as only the bundled server allows.
    """

    def __init__(
        self, database: ScratchDatabase, owner: Mapping[str, str], *, is_superuser: bool
    ) -> None:
        """Take the database and libpq's parameters of the owner."""
        self.database = database
        self.owner = owner
        self.is_superuser = is_superuser
        self._sessions: list[psycopg.Connection[Any]] = []

    @property
    def url(self) -> str:
        """The owner's URL, for libpq and SQLAlchemy."""
        return _url({**self.owner, "dbname": self.name})

    @property
    def name(self) -> str:
        """The name of the database."""
        return self.database.parameters["dbname"]

    def connect(self) -> psycopg.Connection[Any]:
        """Open a session of the owner, in which each statement is a transaction of its own."""
        parameters: dict[str, Any] = {**self.owner, "dbname": self.name, "options": _OPTIONS}
        connection = psycopg.connect(**parameters, autocommit=True, prepare_threshold=None)
        self._sessions.append(connection)
        return connection

    def change_catalog(self, statement: str) -> None:
        """Run a statement on the catalog as superuser, by the names of `pg_catalog` alone."""
        with as_superuser(self.database.url) as connection:
            connection.execute(statement.encode())

    def close(self) -> None:
        """End all sessions, so that the database can be copied or dropped."""
        for session in self._sessions:
            session.close()
        self._sessions.clear()


class Sandboxes:
    """The databases of one proof, and the role that owns them."""

    def __init__(self, scratch: Scratch, seconds: float) -> None:
        """Take the server, and the seconds after which all sessions are ended."""
        self._scratch = scratch
        self._seconds = seconds
        self._stack = ExitStack()
        self._stack.callback(self._drop_role)  # comes last: the role owns the databases
        self._admin: Mapping[str, str] = {}
        self._is_bundled = False
        self._role = ""
        self._owner: Mapping[str, str] = {}
        self._is_superuser = False
        self._names: list[str] = []
        self.is_over = False

    def __enter__(self) -> Sandboxes:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def create(self) -> Sandbox:
        """Create an empty database. Raises DatabaseError."""
        return self._made(self._stack.enter_context(self._scratch.database()))

    def copy(self, of: Sandbox) -> Sandbox:
        """Create a copy of a database, whose sessions are closed before."""
        of.close()
        made = self._scratch.database(template=of.name)
        return self._made(self._stack.enter_context(made))

    def _made(self, database: ScratchDatabase) -> Sandbox:
        if not self._owner:
            self._prepare(database)
        sandbox = Sandbox(database, self._owner, is_superuser=self._is_superuser)
        self._names.append(sandbox.name)
        if self._role:
            with as_superuser(database.url) as connection:
                connection.execute(
                    sql.SQL("ALTER DATABASE {} OWNER TO {}").format(
                        sql.Identifier(sandbox.name), sql.Identifier(self._role)
                    )
                )
        self._stack.callback(sandbox.close)
        return sandbox

    def _prepare(self, database: ScratchDatabase) -> None:
        """Create the role if the server's own is a superuser, and start the clock."""
        self._admin, self._is_bundled = database.parameters, database.is_bundled
        parameters = {k: v for k, v in database.parameters.items() if k != "dbname"}
        with as_superuser(database.url) as connection:
            row = connection.execute(
                "SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user"
            ).fetchone()
            self._is_superuser = bool(row and row[0])
            if self._is_superuser:
                self._role, password = f"drift_proof_{secrets.token_hex(8)}", secrets.token_hex(16)
                redaction.remember([password])
                end = (datetime.now(UTC) + timedelta(seconds=self._seconds + 3600)).isoformat()
                connection.execute(
                    sql.SQL("CREATE ROLE {} LOGIN PASSWORD {} VALID UNTIL {}").format(
                        sql.Identifier(self._role), sql.Literal(password), sql.Literal(end)
                    )
                )
                parameters |= {"user": self._role, "password": password}
        self._owner = parameters
        self._stack.enter_context(self._clock())

    def _drop_role(self) -> None:
        """Drop the role, which stays on a server that is not thrown away until it is dropped."""
        if not self._role or self._is_bundled:
            return
        for name in ("postgres", "template1"):
            with contextlib.suppress(psycopg.Error), self._as_admin(name) as connection:
                connection.execute(
                    sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(self._role))
                )
                return

    def _as_admin(self, name: str) -> psycopg.Connection[Any]:
        parameters: dict[str, Any] = {**self._admin, "dbname": name, "connect_timeout": 10}
        return psycopg.connect(**parameters, autocommit=True, options=_TRUSTED)

    @contextmanager
    def _clock(self) -> Iterator[None]:
        """End the sessions of the owner after the time: its own timeouts are the owner's to set."""
        timer = threading.Timer(self._seconds, self._end)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _end(self) -> None:
        self.is_over = True
        name = self._admin["dbname"]
        with contextlib.suppress(psycopg.Error), self._as_admin(name) as connection:
            connection.execute(
                "SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity"
                " WHERE datname = ANY(%s) AND pid <> pg_catalog.pg_backend_pid()",
                [self._names],
            )


def _url(parameters: Mapping[str, str]) -> str:
    """Return a URL for both libpq and SQLAlchemy."""
    rest = {key: value for key, value in parameters.items() if key != "dbname"}
    name = quote(parameters.get("dbname", ""), safe="")
    return f"postgresql:///{name}?{urlencode(rest, quote_via=quote)}"


def failure(problem: psycopg.Error) -> str:
    """Return the server's message in one line, with its detail."""
    diagnosis = problem.diag
    parts = [diagnosis.message_primary or str(problem), diagnosis.message_detail or ""]
    return redaction.known().message("; ".join(" ".join(part.split()) for part in parts if part))


def refused(problem: psycopg.Error) -> DatabaseError:
    """Return the error for a scratch server on which a proof is not possible."""
    return DatabaseError(f"scratch: cannot prove the plan: {failure(problem)}")
