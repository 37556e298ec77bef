"""The database that the options name: a URL, or a scratch database after the migrations."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from drift.api.frames import clear
from drift.api.url import DatabaseURL
from drift.check.address import database_of
from drift.errors import UsageError
from drift.pytest_plugin import options
from drift.pytest_plugin.selection import settings
from drift.scratch import Scratch
from drift.sources.interface import Context
from drift.sources.migrations.source import open_migrations

_NO_DATABASE = (
    "no database given; write drift_database = ${TEST_DATABASE_URL} or drift_migrate = true into "
    "pytest's configuration, override the fixture drift_database, or set DATABASE_URL"
)


@contextmanager
def opened(config: pytest.Config) -> Iterator[DatabaseURL]:
    """Yield the URL of the database; a scratch database is dropped at the end.

    Raises DriftError.
    """
    try:
        if options.flag(config, "drift_migrate"):
            with _migrated(config) as url:
                yield url
        else:
            yield _named(config)
    except BaseException as problem:
        clear(problem)
        raise


def _named(config: pytest.Config) -> DatabaseURL:
    (target,) = settings(config, database=True).targets
    has_variables = any(os.environ.get(name) for name in ("PGHOST", "PGSERVICE", "PGDATABASE"))
    if target.database is None and "DATABASE_URL" not in os.environ and not has_variables:
        raise UsageError(_NO_DATABASE)
    return DatabaseURL(database_of(target, os.environ))


@contextmanager
def _migrated(config: pytest.Config) -> Iterator[DatabaseURL]:
    """Run the project's migrations on the scratch server."""
    if options.text(config, "drift_database"):
        raise UsageError("drift_database and drift_migrate exclude each other; leave one out")
    chosen = settings(config)
    server = options.database(config, "drift_scratch") or chosen.scratch
    with Scratch(server) as scratch:
        context = Context(
            target=chosen.targets[0], environment=os.environ, note=_ignore, scratch=scratch
        )
        side = open_migrations("", context)
        yield DatabaseURL(side.database())


def _ignore(_note: str) -> None:
    """Take a sentence about the progress."""
