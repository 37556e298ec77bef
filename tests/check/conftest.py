"""Databases that are made once and only read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.check.fleet import TABLES, Fleet
from tests.servers import Database


@pytest.fixture(scope="session")
def eight_databases(admin: psycopg.Connection[Any], dsn: str) -> Iterator[Sequence[Database]]:
    """Yield eight databases, the third and the sixth of which have drifted."""
    databases = [Database(admin, dsn) for _ in range(8)]
    for number, database in enumerate(databases):
        database.execute(TABLES)
        if number in {2, 5}:
            database.execute(f"ALTER TABLE users ADD COLUMN more_{number} text")
    yield databases
    for database in databases:
        database.drop()


@pytest.fixture
def fleet(eight_databases: Sequence[Database], tmp_path: Path) -> Fleet:
    """Return a project with a target for each of the eight databases."""
    return Fleet(eight_databases, tmp_path)


@pytest.fixture
def project(tmp_path: Path) -> Fleet:
    """Return a project with a target that cannot be reached."""
    project = Fleet((), tmp_path)
    project.configure(only="postgresql://127.0.0.1:1/x")
    return project
