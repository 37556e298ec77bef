"""Writes plans, or the live schema, as revisions of the project's Alembic environment."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from drift import redaction, texts
from drift.check.expected import reference_of
from drift.check.planned import Made
from drift.check.project_migrations import project_migrations
from drift.check.reading import timeouts_of
from drift.config import Target
from drift.errors import UsageError
from drift.plan.step import Plan
from drift.planning.run import Outcome
from drift.revisions.language import Language
from drift.revisions.write import Written, write_baseline, write_plan
from drift.sources.migrations.discovery import Environment


class RevisionOptions(msgspec.Struct, frozen=True, kw_only=True):
    """The options of the revisions: their message, and the head that they follow."""

    message: str | None = None
    head: str | None = None


def write(target: Target, outcome: Outcome, options: RevisionOptions) -> Iterator[Written]:
    """Write the steps that run as revisions, after those that complete the migrations.

    Raises UsageError.
    """
    environment = environment_of(target)
    for plan in (outcome.unmigrated, outcome.made.plan):
        _require_no_secret(plan)
    head, message = options.head or "", options.message or ""
    for plan in (outcome.unmigrated, outcome.made.plan):
        if plan is not None and plan.running:
            written = write_plan(
                plan,
                environment,
                _language(outcome.made, plan),
                message=message,
                head=head,
                path=target.path,
            )
            head = written.files[-1].revision
            yield written


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
    _require_no_secret(live.objects)
    return write_baseline(
        live,
        around,
        environment_of(target),
        _language(made),
        message=options.message or "baseline",
        path=target.path,
    )


def _require_no_secret(value: Any) -> None:
    """Raise UsageError for a password in a value for code: it would be kept in the repository."""
    if texts.changed(value, redaction.known().text) != value:
        raise UsageError(
            "no revision was written: a default, a comment or another text of the database has a "
            "password; remove it there, or write the revision by hand"
        )


def environment_of(target: Target) -> Environment:
    """Return the project's Alembic environment. Raises UsageError if there is none."""
    source = reference_of(target)
    if source.source != "models":
        raise UsageError(
            f"{target.name}: revisions lead to the models, and the expected side is {source.text}; "
            "remove --alembic or --expected"
        )
    project = project_migrations(target)
    if project is None:
        raise UsageError(
            f"{target.name}: the project has no Alembic environment; run `alembic init` first, or "
            "set migrations: config: in drift.yaml"
        )
    return project.environment


def _language(made: Made, plan: Plan | None = None) -> Language:
    """Return how a revision names things; one that completes the migrations has live types."""
    is_live = plan is not None and plan.guarded
    types = made.live if is_live else made.declared
    return Language(default_schema=made.live.default_schema, types=types)


def shown(path: str) -> str:
    """Return a path relative to this folder, if it is below it."""
    try:
        return str(Path(path).relative_to(Path.cwd()))
    except ValueError:
        return path
