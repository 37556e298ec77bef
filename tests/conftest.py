"""A real PostgreSQL for every test that touches SQL, and a fresh database for each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from tests.servers import Database, running

_VERSION = pytest.StashKey[str]()


@pytest.fixture(scope="session")
def dsn(request: pytest.FixtureRequest) -> Iterator[str]:
    """A superuser's URL of the server that this session runs on."""
    with running() as url:
        with psycopg.connect(url) as connection:
            row = connection.execute("SHOW server_version").fetchone()
        request.config.stash[_VERSION] = str(row and row[0])
        yield url


@pytest.fixture(scope="session")
def admin(dsn: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(dsn, autocommit=True) as connection:
        yield connection


@pytest.fixture
def database(admin: psycopg.Connection[Any], dsn: str) -> Iterator[Database]:
    made = Database(admin, dsn)
    try:
        yield made
    finally:
        made.drop()


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Say which server and which SQLAlchemy the tests ran on."""
    import sqlalchemy

    server = config.stash.get(_VERSION, "none was needed")
    terminalreporter.write_line(f"PostgreSQL {server}, SQLAlchemy {sqlalchemy.__version__}")
