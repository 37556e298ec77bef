"""The project of the tests about the process."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.process.project import TABLE
from tests.servers import Database


@pytest.fixture
def folder(tmp_path: Path, database: Database) -> Path:
    """A project's folder with two targets; their database lacks a column of the models'."""
    database.execute("CREATE TABLE users (id integer)")
    (tmp_path / "drift.yaml").write_text(
        f"models: app:metadata\ndatabase: {json.dumps(database.url)}\n"
        "targets: {one: {}, two: {}}\n"
    )
    (tmp_path / "app.py").write_text(TABLE)
    return tmp_path
