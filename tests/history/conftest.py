"""Three databases that a test may change."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.check.fleet import TABLES, Fleet
from tests.servers import Database


@pytest.fixture
def three(admin: psycopg.Connection[Any], dsn: str, tmp_path: Path) -> Iterator[Fleet]:
    """Yield a project with three databases that are as the models declare them."""
    databases = [Database(admin, dsn) for _ in range(3)]
    for database in databases:
        database.execute(TABLES)
    yield Fleet(databases, tmp_path)
    for database in databases:
        database.drop()
