"""The migrations as a source: a scratch database after `alembic upgrade`."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from drift.errors import UsageError
from drift.scratch import ScratchDatabase
from drift.sources.interface import Context
from drift.sources.migrations.discovery import find
from drift.sources.migrations.runner import run
from drift.sources.reflected import Reflected
from drift.sources.scratch_database import reflected


class MigrationsSide:
    """A scratch database at a revision."""

    def __init__(self, database: ScratchDatabase, name: str, context: Context) -> None:
        self._database, self._name, self._context = database, name, context

    @cached_property
    def _reflected(self) -> Reflected:
        schema = reflected(self._database.url, self._context.target)
        return Reflected(schema, "migrations", self._name)

    def expected(self) -> Reflected:
        """Read the schema of the scratch database."""
        return self._reflected

    def database(self) -> str:
        """Return the URL of the scratch database, which stays until the server is closed."""
        return self._database.url


def open_migrations(value: str, context: Context) -> MigrationsSide:
    """Run the migrations up to the revisions that `value` names; without any, up to all heads."""
    target, note = context.target, context.note
    context.scratch.begin()
    folders = (Path.cwd(), *map(Path, target.path))
    environment = find(folders, target.migrations)
    if environment is None:
        raise UsageError(
            f"{target.name}: the project has no Alembic environment in this folder; write "
            "migrations: config: with the path of alembic.ini into drift.yaml"
        )
    revisions = [part.strip() for part in value.split(",") if part.strip()] or ["heads"]
    live = target.database or context.environment.get("DATABASE_URL")
    database = context.scratch.keep(context.scratch.database())
    note(f"{target.name}: running the migrations up to {', '.join(revisions)}")
    with run(
        environment, database, note, settings=target.migrations, live=live, path=target.path,
        variables=context.environment,
    ) as migrations:  # fmt: skip
        migrations.upgrade(revisions)
        name = _name(migrations.current(), migrations.heads())
        for revision in migrations.creates_metadata:
            note(
                f"{target.name}: revision {revision} calls MetaData.create_all: it creates tables "
                "as the models declare them now; write them with op.create_table"
            )
    return MigrationsSide(database, name, context)


def _name(current: tuple[str, ...], heads: tuple[str, ...]) -> str:
    """Return the name for reports, such as `3f2a8c (head)`."""
    at = ", ".join(current) or "base"
    if current and set(current) == set(heads):
        return f"{at} ({'head' if len(heads) == 1 else 'heads'})"
    return at
