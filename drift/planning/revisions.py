"""Writes plans, or what is live, as revisions of the project's Alembic environment."""

from __future__ import annotations

from pathlib import Path

import msgspec

from drift.check.migrations import project_migrations
from drift.check.planned import Made
from drift.check.session import timeouts_of
from drift.config import Target
from drift.errors import UsageError
from drift.revisions.language import Language
from drift.revisions.write import Written, write_baseline, write_plan
from drift.sources.migrations.discovery import Environment


class RevisionOptions(msgspec.Struct, frozen=True, kw_only=True):
    """The options of the revisions: their message, and the head that they follow."""

    message: str | None = None
    head: str | None = None


def write(target: Target, made: Made, options: RevisionOptions) -> Written:
    """Write the steps that run as revisions. Raises UsageError."""
    return write_plan(
        made.plan,
        _environment(target),
        _language(made),
        message=options.message or "",
        head=options.head or "",
        path=target.path,
    )


def baseline(target: Target, made: Made, options: RevisionOptions) -> Written:
    """Write the first revision of a project: all that is live. Raises UsageError."""
    from drift.revisions.surroundings import read
    from drift.sources.database.connection import connect
    from drift.sources.database.reflection import reflect
    from drift.sources.database.scope import Scope

    timeouts = timeouts_of(target)
    with connect(made.examined.address, timeouts) as connection:
        live = reflect(connection, Scope(everywhere=True), timeouts).schema
        connection.execute("ROLLBACK")
        around = read(connection)
    return write_baseline(
        live,
        around,
        _environment(target),
        _language(made),
        message=options.message or "baseline",
        path=target.path,
    )


def _environment(target: Target) -> Environment:
    project = project_migrations(target)
    if project is None:
        raise UsageError(
            f"{target.name}: the project has no Alembic environment; run `alembic init` first, or "
            "set migrations: config: in drift.yaml"
        )
    return project.environment


def _language(made: Made) -> Language:
    return Language(default_schema=made.live.default_schema, types=made.declared)


def shown(path: str) -> str:
    """Return a path relative to this folder, if it is below it."""
    try:
        return str(Path(path).relative_to(Path.cwd()))
    except ValueError:
        return path
