"""Runs migrations that must fail."""

from __future__ import annotations

import os

import pytest

from drift.config import Migrations
from drift.errors import MigrationsError
from drift.scratch import ScratchDatabase
from drift.sources.migrations.runner import run
from tests.sources.migrations.run_projects import LIVE, Project


def failure(
    project: Project, url: str | ScratchDatabase, revision: str = "heads", timeout: float = 60
) -> MigrationsError:
    """Run migrations that must fail; return their error, which has one line and no secret."""
    variables = os.environ | {"DATABASE_URL": LIVE}
    settings = Migrations(timeout=timeout)
    with (
        pytest.raises(MigrationsError) as raised,
        run(project.environment, url, settings=settings, variables=variables) as migrations,
    ):
        migrations.upgrade(revision)
    everything = "\n".join([str(raised.value), raised.value.private, *raised.value.trace])
    assert "\n" not in str(raised.value)
    assert "Sup3rS3cretWord" not in everything
    return raised.value
