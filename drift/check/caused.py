"""The input and the result of the search for causes (`attribution`), which few checks import."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from drift.config import Target
from drift.report.finding import Finding
from drift.sources.interface import Expected, Note

if TYPE_CHECKING:
    from drift.check.project_migrations import ProjectMigrations, State
    from drift.check.session import Compared

MIGRATION = "migration"
"""The kind of the objects in findings about the version table."""


class Attributed(msgspec.Struct, frozen=True, kw_only=True):
    """The findings with their causes, notes, and the names of the revisions by their ids.

    It is not `complete` if the migrations could not be run; `is_known` if they were.
    """

    findings: tuple[Finding, ...]
    notes: tuple[str, ...] = ()
    complete: bool = True
    is_known: bool = False
    revisions: Mapping[str, str] = {}

    def summary(self, kept: Sequence[Finding]) -> str:
        """Sum up the causes of the findings that are reported; "" if none is known."""
        if not self.is_known:
            return ""
        from drift.causes.summary import summary

        own = (finding for finding in kept if finding.object.kind != MIGRATION)
        return summary(own, self.revisions)


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """A target that was compared, with its migrations and their state."""

    target: Target
    expected: Expected
    compared: Compared
    project: ProjectMigrations | None
    state: State
    note: Note
