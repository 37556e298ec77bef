"""A small project with models and a test of its own, and a database that was made from them."""

from __future__ import annotations

from textwrap import dedent

# Imported by this process once: each run within it would otherwise import them again.
import hypothesis.strategies  # noqa: F401
import pytest
import sqlalchemy.orm  # noqa: F401

import drift.pytest_plugin.checking
import drift.pytest_plugin.collecting
import drift.pytest_plugin.database  # noqa: F401
from tests.servers import Database

MODELS = """
    import sqlalchemy as sa

    metadata = sa.MetaData()
    sa.Table(
        "users", metadata, sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("email", sa.String(100), nullable=False),
        sa.Column("role", sa.Enum("admin", "guest", name="role")),
    )
    sa.Table("orders", metadata, sa.Column("id", sa.Integer, primary_key=True))
"""
IN_SYNC = """
    CREATE TYPE role AS ENUM ('admin', 'guest');
    CREATE TABLE users (id serial PRIMARY KEY, email varchar(100) NOT NULL, role role);
    CREATE TABLE orders (id serial PRIMARY KEY);
"""


class Project:
    """A project of pytest's, in whose folder pytest runs."""

    def __init__(self, pytester: pytest.Pytester, database: Database) -> None:
        self.pytester = pytester
        self.database = database
        self.write("shop.py", MODELS)
        self.write("test_own.py", "def test_own() -> None: ...")
        self.ini("drift_models = shop:metadata")
        database.execute(IN_SYNC)

    def write(self, name: str, text: str) -> None:
        """Write a file, which may be in a folder."""
        path = self.pytester.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text))

    def ini(self, *lines: str, database: bool = True) -> None:
        """Write pytest.ini; with the variable of the database, unless a test gives another."""
        given = ["drift_database = ${SHOP_DATABASE}"] if database else []
        self.write("pytest.ini", "\n".join(["[pytest]", "filterwarnings = error", *given, *lines]))

    def run(self, *arguments: str) -> pytest.RunResult:
        """Run pytest in this process."""
        return self.pytester.runpytest_inprocess("-p", "no:cacheprovider", *arguments)

    def run_cached(self, *arguments: str) -> pytest.RunResult:
        """Run pytest in this process, with the memory of what failed."""
        return self.pytester.runpytest_inprocess(*arguments)


@pytest.fixture
def project(
    pytester: pytest.Pytester, database: Database, monkeypatch: pytest.MonkeyPatch
) -> Project:
    # In CI, pytest repeats whole messages in its summary.
    for name in ("DATABASE_URL", "PGHOST", "PGSERVICE", "PGDATABASE", "CI", "BUILD_NUMBER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SHOP_DATABASE", database.url)
    return Project(pytester, database)
