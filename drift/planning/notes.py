"""Notes before the first step: the state of the check that the plan comes from."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from drift.check.notes import privileges
from drift.check.planned import Made
from drift.report.fix import PENDING, UPGRADE
from drift.report.report import Check

_PENDING = (
    f"migrations have not run on the database: run `{UPGRADE}` first, or plan with --causes, so "
    "that the plan does not do their work a second time"
)
_MAY_ONLY_READ = "the role {} only reads: run the steps as a role that owns the tables"


def with_notes(made: Made) -> Made:
    """Return the plan with the notes about its check in front of its own."""
    server = made.examined.compared.reflection.server
    role = (_MAY_ONLY_READ.format(server.role),) if made.plan.steps and not server.excess else ()
    usual = privileges(server)
    named = privileges(server, made.plan.target)
    own = [text for text in _notes(made.examined.report) if text not in usual]
    notes = (*own, *named, *role, *made.plan.notes)
    return replace(made, plan=replace(made.plan, notes=notes))


def _notes(report: Check) -> Iterator[str]:
    """Yield the pending migrations first: they may change the plan."""
    if not report.has_causes and any(finding.rule == PENDING for finding in report.findings):
        yield _PENDING
    yield from report.notes
