"""A project with models, and databases that agree with them or not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.actions.steps import MODELS
from tests.servers import Database


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = tmp_path / "my shop"
    folder.mkdir()
    (folder / "shop.py").write_text(MODELS)
    return folder


@pytest.fixture
def in_sync(database: Database) -> Database:
    database.execute("CREATE TABLE users (id serial PRIMARY KEY, name varchar)")
    return database


@pytest.fixture
def adrift(database: Database) -> Database:
    database.execute("CREATE TABLE users (id serial PRIMARY KEY, age int, size int)")
    return database
