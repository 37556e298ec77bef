"""The PostgreSQL that tests run on, and databases of their own in it."""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from psycopg import sql
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.engine.mock import MockConnection

from drift import scratch
from tests.versions import DIALECT, DRIVER

HUGE_PAGES = {
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1:glibc.malloc.top_pad=4194304"
    ":glibc.malloc.mmap_threshold=67108864:glibc.malloc.trim_threshold=67108864",
}
"""Variable of a server whose processes take memory in pages of 2 MB, where the system allows it.

Each test connects anew, and a process takes 14 MB to plan the catalog statement. In pages of 4 KB
that is a third of the CPU time to read the catalog (31 ms instead of 21)."""


@contextlib.contextmanager
def running(variables: Mapping[str, str] = HUGE_PAGES) -> Iterator[str]:
    """Yield a superuser's URL of the server that DRIFT_TEST_DSN names, or of one of our own.

    `variables` are set for our own server.
    """
    if named := os.environ.get("DRIFT_TEST_DSN"):
        yield named
    else:
        with contextlib.ExitStack() as stack:
            with pytest.MonkeyPatch.context() as environment:
                for name, value in variables.items():
                    environment.setenv(name, value)
                server = stack.enter_context(scratch.start_server())
            _without_autovacuum(server.url())
            yield server.url()


def _without_autovacuum(url: str) -> None:
    """Let only tests change statistics, by which the server plans; it also saves their time."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET autovacuum = off")
        connection.execute("SELECT pg_reload_conf()")


def hear_interrupts() -> None:
    """Let a child hear SIGINT, which a shell that runs tests in the background has silenced."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Database:
    """A fresh, empty database."""

    def __init__(self, admin: psycopg.Connection[Any], dsn: str) -> None:
        """Create it; `dsn` is the superuser's, to any database of the server."""
        self._admin, self._dsn = admin, dsn
        self._roles: list[str] = []
        self.name = f"drift_test_{secrets.token_hex(6)}"
        self.admin(f"CREATE DATABASE {{}} TEMPLATE template0 {_strategy(admin)}", self.name)

    @property
    def url(self) -> str:
        """The superuser's URL."""
        return self.url_for()

    def url_for(self, user: str | None = None, password: str | None = None) -> str:
        """Return a libpq string for the database, for another role where one is named."""
        changes: dict[str, Any] = {"dbname": self.name}
        if user:
            changes |= {"user": user, "password": password or user}
        return psycopg.conninfo.make_conninfo(self._dsn, **changes)

    @property
    def server_version(self) -> int:
        """The server's version, such as 180006."""
        return self._admin.info.server_version

    def admin(self, text: str, *names: str) -> None:
        """Run a statement on the server, with names quoted into it."""
        self._admin.execute(sql.SQL(text).format(*map(sql.Identifier, names)))

    def execute(self, text: str) -> None:
        """Run statements in the database, in one transaction."""
        if text:
            with psycopg.connect(self.url) as connection:
                connection.execute(text.encode())

    def fetch(self, text: str) -> list[tuple[Any, ...]]:
        """Return the rows of the last statement of `text`."""
        with psycopg.connect(self.url) as connection:
            cursor = connection.execute(text.encode())
            while cursor.nextset():
                pass
            return cursor.fetchall()

    def role(self, name: str, options: str = "LOGIN") -> str:
        """Create a role that is dropped with the database; return its unique name.

        The name is its password too, for servers that ask for one.
        """
        unique = f"{self.name}_{name}"
        self.admin(f"CREATE ROLE {{}} PASSWORD '{unique}' {options}", unique)
        self._roles.append(unique)
        return unique

    def drop(self) -> None:
        """Drop the database and its roles."""
        self.admin("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name)
        for role in self._roles:
            self.admin("DROP ROLE {}", role)


def _strategy(admin: psycopg.Connection[Any]) -> str:
    """Return how to copy the template: as files, which takes half of the time of WAL.

    A server that syncs its files, as a service of CI does, would wait for two checkpoints.
    """
    syncs = admin.execute("SHOW fsync").fetchone() != ("off",)
    return "" if syncs or admin.info.server_version < 150000 else "STRATEGY file_copy"


def engine_of(database: Database) -> sa.engine.Engine:
    """Return an engine of SQLAlchemy's own for the database."""
    driver: Any = import_module(DRIVER)
    return sa.create_engine(f"{DIALECT}://", creator=lambda: driver.connect(database.url))


def create_all(metadata: Any, url: str) -> None:
    """Create metadata as its own `create_all` would, with any version of SQLAlchemy.

    SQLAlchemy writes the DDL and psycopg runs it: 1.4 knows no psycopg 3.
    """
    with psycopg.connect(url, autocommit=True) as connection:
        dialect: Any = PGDialect(paramstyle="named")  # type: ignore[no-untyped-call]
        dialect._backslash_escapes = False
        dialect.supports_virtual_generated_columns = connection.info.server_version >= 180000
        statements: list[str] = []

        def collect(element: Any, *_: Any, **__: Any) -> None:
            statements.append(str(element.compile(dialect=dialect)))

        metadata.create_all(MockConnection(dialect, collect), checkfirst=False)
        for statement in statements:
            connection.execute(statement.encode())
