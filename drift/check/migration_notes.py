"""The notes about migrations: why their state is not known, or not all of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from drift.check.migration_findings import shown
from drift.check.role_sql import reading_versions
from drift.kinds.sql.types import quote
from drift.sources.database.version_rows import MOST_ROWS
from drift.texts import clip

if TYPE_CHECKING:
    from drift.check.project_migrations import ProjectMigrations
    from drift.sources.database.version_rows import VersionRows

_NAMED = 3
"""Files that a note names; it counts the others."""

_UNKNOWN = "the state of the migrations is not known"

OPEN = (
    f"{_UNKNOWN}: env.py works out the name of the version table when it runs, and the database "
    "has no table whose only column is version_num"
)


def about(project: ProjectMigrations) -> Iterator[str]:
    """Yield the problems of the scripts, and those that could not be read."""
    graph = project.graph
    if graph.unread:
        files = _listed(_file(path) for path in graph.unread)
        yield (
            f"cannot read the revision of {files}: only literals can be read without running the "
            "file; the state of the migrations is incomplete"
        )
    for revision in graph.duplicates:
        yield f"several migrations have the revision {clip(revision)}"
    for name, script in graph.dangling if not graph.unread else ():
        yield f"{_file(script.path)} needs the revision {clip(name)}, which no script has"
    if graph.cycle:
        yield f"the revisions {_listed(map(clip, dict.fromkeys(graph.cycle)))} form a cycle"


def without_scripts(project: ProjectMigrations) -> Iterator[str]:
    """Yield why there is no revision to compare."""
    if project.graph.unread:
        yield from about(project)
    else:
        folders = _listed(map(_file, project.environment.versions))
        yield (
            f"{_UNKNOWN}: {folders} has no migrations; if env.py sets another folder, write it as "
            "version_locations into alembic.ini"
        )


def unreadable(row: VersionRows, role: str) -> str:
    """Return why the rows of a version table are not known; "" if they are."""
    table = f"{quote(row.schema)}.{quote(row.name)}"
    reasons = {
        "privilege": f"the role {role} cannot read it; run "
        + "; ".join(reading_versions(row, role)),
        "kind": "it is not an ordinary table",
        "column": "its column version_num is not a varchar",
        "row-security": "it has row security, whose policies would run",
        "locked": "another session has locked it",
    }
    if row.obstacle:
        return f"{_UNKNOWN}: {table}: {reasons[row.obstacle]}"
    if len(row.revisions) > MOST_ROWS:
        return f"{_UNKNOWN}: {table} has more than {MOST_ROWS} rows"
    return ""


def foreign(project: ProjectMigrations, row: VersionRows) -> str:
    """Return the note that the project's migrations seem to be those of another database."""
    return (
        f"the migrations in {_file(project.environment.folder)} are not compared: "
        f"{quote(row.schema)}.{quote(row.name)} has none of their revisions; if they are those of "
        "another database, set migrations.config"
    )


def several_tables(rows: Sequence[VersionRows]) -> str:
    """Return the note that several version tables may be the project's."""
    tables = _listed(f"{quote(row.schema)}.{quote(row.name)}" for row in rows)
    return f"{_UNKNOWN}: {tables} may be the version table; name its schema in env.py"


def merged(reasons: Iterable[str]) -> Iterator[str]:
    """Yield the first reason, with the number of the others."""
    texts = [reason for reason in reasons if reason]
    if texts:
        more = len(texts) - 1
        yield texts[0] + (f" (and {more:,} more)" if more else "")


def _file(path: Path) -> str:
    return shown(path, 1).file


def _listed(names: Iterable[str]) -> str:
    texts = list(names)
    more = len(texts) - _NAMED
    return ", ".join(texts[:_NAMED]) + (f" and {more:,} more" if more > 0 else "")
