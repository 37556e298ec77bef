"""The findings about migrations."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from drift.kinds.migration import HEADS, NO_TABLE, PENDING, UNKNOWN
from drift.model import Location, ObjectRef, Rule
from drift.report.finding import Finding
from drift.texts import clip

if TYPE_CHECKING:
    from drift.check.project_migrations import ProjectMigrations
    from drift.sources.database.version_rows import VersionRows
    from drift.sources.migrations.scripts import Script


def of_rows(project: ProjectMigrations, row: VersionRows) -> Iterator[Finding]:
    """Yield a finding per revision that has not run, and per row that no script has."""
    for script in project.graph.pending(row.revisions):
        yield _finding(
            PENDING,
            row.schema,
            row.name,
            script.revision,
            f"migration {_named(script)} has not run",
            f"has not run{f': {script.message}' if script.message else ''}",
            expected={
                "revision": script.revision,
                "down_revision": script.down,
                "message": script.message,
            },
            location=shown(script.path, script.line),
        )
    if not project.graph.unread:
        for revision in project.graph.unknown(row.revisions):
            yield _unknown(row, revision)


def _unknown(row: VersionRows, revision: str) -> Finding:
    name = clip(revision)
    return _finding(
        UNKNOWN,
        row.schema,
        row.name,
        revision,
        f"the database is at revision {name}, and no script of the project has it",
        f"is in {row.name}, and no script of the project has it",
        actual={"revision": revision},
    )


def heads(project: ProjectMigrations, row: VersionRows) -> Iterator[Finding]:
    """Yield a finding if `alembic upgrade head` fails because of several heads.

    An unread script may be the one that merges them.
    """
    names = () if project.graph.gaps else project.graph.diverged_heads()
    if names:
        scripts = [project.graph.scripts[name] for name in names]
        listed = ", ".join(map(_named, scripts))
        yield _finding(
            HEADS,
            row.schema,
            row.name,
            "heads",
            f"the migrations have {len(names)} heads: {listed}",
            f"there are {len(names)}: {listed}",
            expected={"heads": names},
            location=shown(scripts[-1].path, scripts[-1].line),
        )


def missing_table(project: ProjectMigrations, schema: str) -> Finding:
    """Return the finding that the database has no version table."""
    name, count = project.environment.table.names[0], len(project.graph.scripts)
    migrations = "1 migration" if count == 1 else f"{count:,} migrations"
    return _finding(
        NO_TABLE,
        (*project.environment.table.schemas, schema)[0],
        None,
        name,
        f"the project has {migrations}, and the database has no version table {name}",
        f"is missing, and the project has {migrations}",
        expected={"version_table": name},
    )


def _finding(  # noqa: PLR0913, PLR0917 — a finding has as many parts
    rule: Rule, schema: str, table: str | None, name: str, message: str, detail: str, **more: Any
) -> Finding:
    """Return a finding inside the version table, so that reports show those of a table together."""
    return Finding(
        rule=rule.id,
        severity=rule.severity,
        object=ObjectRef("migration", schema, table, name),
        message=message,
        detail=detail,
        impact=rule.impact,
        **more,
    )


def _named(script: Script) -> str:
    return f"{script.revision} ({script.message})" if script.message else script.revision


def shown(path: Path, line: int) -> Location:
    """Return the location of a script; below the working directory it is relative to it."""
    for root in (Path.cwd(), Path.cwd().resolve()):
        if path.is_relative_to(root):
            return Location(path.relative_to(root).as_posix(), line)
    return Location(path.as_posix(), line)
