"""The migrations of a target's project, and their state."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from drift.check.expected import reference_of
from drift.config import Target
from drift.report.finding import Finding
from drift.sources.migrations.discovery import Environment, find

if TYPE_CHECKING:
    from drift.sources.database.version_rows import VersionRows
    from drift.sources.migrations.graph import ScriptGraph


class ProjectMigrations:
    """The migrations of a target's project, whose scripts are read when they are needed."""

    def __init__(self, environment: Environment) -> None:
        self.environment = environment

    @cached_property
    def graph(self) -> ScriptGraph:
        """The revisions."""
        from drift.sources.migrations.graph import ScriptGraph
        from drift.sources.migrations.scripts import read_scripts

        return ScriptGraph(read_scripts(self.environment))

    @cached_property
    def touched(self) -> frozenset[str]:
        """Names of tables that the scripts create or change; only seldom needed."""
        from drift.sources.migrations.scripts import touched

        return touched(self.graph.scripts.values())


class State(msgspec.Struct, frozen=True, kw_only=True):
    """The findings about migrations, the notes, and the number of compared revisions.

    `row` is the version table of the project; None: there is none, or it is not known for the
    reason `obstacle`.
    """

    findings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()
    compared: int = 0
    row: VersionRows | None = None
    obstacle: str = ""


def project_migrations(target: Target) -> ProjectMigrations | None:
    """Return the migrations of the code that a target is compared with, if it has any.

    A snapshot or another database says nothing of the code's revisions. Raises UsageError if the
    configuration names an environment that cannot be used.
    """
    source = reference_of(target)
    if source.source != "models" and (source.source, source.value) != ("migrations", ""):
        return None
    *named, project = target.path or (".",)
    folders = [Path(project).absolute(), Path.cwd(), *map(Path, named)]
    environment = find(tuple(dict.fromkeys(folders)), target.migrations)
    return ProjectMigrations(environment) if environment else None
