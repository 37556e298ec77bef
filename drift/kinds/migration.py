"""The rules about migrations: the state of the version table, and objects that none creates."""

from __future__ import annotations

from drift.model import Rule, Severity

PENDING, UNKNOWN, HEADS, NO_TABLE, UNMIGRATED = RULES = (
    Rule(
        id="pending-migration",
        severity=Severity.WARNING,
        summary="The project has a migration that has not run on the database.",
        impact="Code that needs the migration fails on this database.",
        remedy="Run alembic upgrade head before the code is deployed.",
    ),
    Rule(
        id="unknown-revision",
        severity=Severity.WARNING,
        summary="The database is at a revision that the project does not have.",
        impact="alembic upgrade and alembic current fail: Can't locate revision.",
        remedy="Deploy the code that has the revision, or restore its file from the history.",
    ),
    Rule(
        id="multiple-heads",
        severity=Severity.WARNING,
        summary="The project's migrations have several heads.",
        impact="alembic upgrade head fails: Multiple head revisions are present.",
        remedy="Run alembic merge heads, and commit the merge revision.",
    ),
    Rule(
        id="missing-version-table",
        severity=Severity.WARNING,
        summary="The project has migrations, and the database has no Alembic version table.",
        impact="alembic upgrade head fails at the first table that already exists.",
        remedy="Compare with drift check --causes, then run alembic stamp REVISION.",
    ),
    Rule(
        id="not-in-migrations",
        severity=Severity.WARNING,
        summary="The models and the database agree on an object that no migration makes.",
        impact="A database that is built by the migrations differs: tests, restores and new "
        "environments fail.",
        remedy="Write the migration that makes the object, and stamp it where the object exists.",
    ),
)
