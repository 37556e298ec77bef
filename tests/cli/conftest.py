"""The command, run as a user would."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from drift.demo import models
from tests import command
from tests.cli.accepting import TABLES, Project
from tests.servers import Database, create_all


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that runs `drift` in a folder of its own, as a user would."""
    packages = str(Path(__file__).parents[2])
    clean = {k: v for k, v in os.environ.items() if not k.startswith("PG") and k != "DATABASE_URL"}

    def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        path = os.pathsep.join(filter(None, [packages, os.environ.get("PYTHONPATH")]))
        return command.drift(
            *arguments, cwd=tmp_path, env=clean | {"PYTHONPATH": path} | environment
        )

    return run


@pytest.fixture
def audit(database: Database) -> Database:
    """Return a database that fits the models of the demo."""
    create_all(models.Base.metadata, database.url)
    return database


@pytest.fixture
def project(run: Any, tmp_path: Path, database: Database) -> Project:
    """Return a project with one target, named by nothing."""
    database.execute(TABLES)
    made = Project(run, tmp_path, {"default": database.url})
    made.write(f'# Our checks.\nmodels: shop:metadata   # all\ndatabase: "{database.url}"\n')
    return made


@pytest.fixture
def two(run: Any, tmp_path: Path, database: Database, admin: Any, dsn: str) -> Any:
    """Yield a project with two targets, one of which has an extra table."""
    other = Database(admin, dsn)
    database.execute(TABLES)
    other.execute(f"{TABLES}; CREATE TABLE celery_tasks (id int)")
    yield Project(run, tmp_path, {"staging": database.url, "production": other.url})
    other.drop()
