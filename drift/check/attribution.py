"""Adds the cause to each difference of a target, and the findings that only the causes show."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from drift.causes.decide import Judge
from drift.causes.history import History
from drift.causes.sides import Agreement
from drift.causes.unmigrated import unmigrated
from drift.check.caused import MIGRATION, Attributed, Subject
from drift.check.edited import deleted, with_edits
from drift.check.expected import reference_of
from drift.check.histories import Histories
from drift.check.migration_history import Made, Request
from drift.check.policy import severity_of
from drift.check.questions import ask
from drift.compare.comparator import compare
from drift.config import Target
from drift.errors import DriftError, UsageError
from drift.kinds.migration import NO_TABLE, PENDING, UNKNOWN
from drift.model import ObjectRef
from drift.report import causes
from drift.report.finding import Finding
from drift.texts import clip

if TYPE_CHECKING:
    from drift.check.project_migrations import ProjectMigrations
    from drift.check.session import Compared

_OF_MIGRATIONS: Mapping[str, str] = {
    PENDING.id: causes.PENDING,
    UNKNOWN.id: causes.DELETED,
    NO_TABLE.id: causes.CREATED,
}
"""The causes of the findings about the version table itself."""


_DECLARED: Mapping[str, str] = {"migrations": "as it is at head"}
"""What evidence calls the expected side if it is not the models."""


def _without_migrations(target: Target) -> str:
    """Return why a target has no migrations to find causes with, and what to do."""
    expected = reference_of(target)
    if expected.source != "models":
        return (
            "the causes need the models and the Alembic migrations, and the expected side is "
            f"{expected.text}; remove --expected (in the configuration: expected)"
        )
    return (
        "the causes need the project's Alembic migrations, and this folder has none; set "
        "migrations: config: to the path of alembic.ini in drift.yaml"
    )


def attributed(subject: Subject, findings: Sequence[Finding], histories: Histories) -> Attributed:
    """Return the findings with causes; without them, and with a note, if they cannot be known.

    A migration that fails must not hide the differences. Raises UsageError if there are none.
    """
    if len(subject.compared.variants) != 1 or subject.compared.variants[0].tenants:
        note = "the causes of differences between tenants are not known: each has its own history"
        return Attributed(findings=tuple(findings), notes=(note,))
    project, state = subject.project, subject.state
    if project is None:
        raise UsageError(f"{subject.target.name}: {_without_migrations(subject.target)}")
    if state.obstacle:
        note = f"the causes are not known: {state.obstacle}"
        return Attributed(findings=tuple(findings), notes=(note,))
    try:
        made = histories.of(_request(subject, project))
    except DriftError as problem:
        note = f"the causes are not known: {problem}"
        return Attributed(findings=tuple(findings), notes=(note,), complete=False)
    history = _of_database(made, subject, findings)
    judge = Judge(history, findings)
    about = [finding for finding in findings if finding.object.kind == MIGRATION]
    differences = [finding for finding in findings if finding.object.kind != MIGRATION]
    current = state.row.revisions if state.row else ()
    return Attributed(
        findings=(
            *with_edits((judge.judged(f) for f in differences), project.graph, current),
            *(_of_migrations(f, project, in_sync=not differences) for f in about),
            *_unmigrated(history, subject, findings),
        ),
        notes=made.notes,
        is_known=True,
        revisions={
            name: f"{name} ({script.message})" if script.message else name
            for name, script in project.graph.scripts.items()
        },
    )


def _unmigrated(
    history: History, subject: Subject, findings: Sequence[Finding]
) -> Iterator[Finding]:
    """Yield the objects that no migration makes, without those that could not be compared."""
    today = datetime.date.today()
    of_head = unmigrated(history, findings, lambda f: severity_of(f, subject.target, today))
    doubtful = _doubtful(subject.compared)
    for finding in of_head:
        ref = finding.object
        if doubtful.isdisjoint({ref.path, f"{ref.schema}.{ref.table}"}):
            yield finding


def _doubtful(compared: Compared) -> frozenset[str]:
    """Return the paths of objects, or of tables, of which no finding proves no agreement."""
    reflection = compared.reflection
    skipped = (path for variant in compared.variants for path, _ in variant.comparison.skipped)
    return frozenset({*skipped, *reflection.locked, *reflection.changed, *reflection.under_way})


def _request(subject: Subject, project: ProjectMigrations) -> Request:
    row = subject.state.row
    known = row is not None and not project.graph.unknown(row.revisions)
    default = subject.compared.variants[0].live.default_schema
    schemas = (row.schema,) if row is not None else (*project.environment.table.schemas, default)
    return Request(
        target=subject.target,
        expected=subject.expected,
        environment=project.environment,
        graph=project.graph,
        current=row.revisions if row is not None and known else None,
        default_schema=default,
        version_schema=schemas[0],
        extensions=subject.compared.reflection.server.extensions,
        note=subject.note,
    )


def _of_database(made: Made, subject: Subject, findings: Sequence[Finding]) -> History:
    """Return the history with the facts of this database alone."""
    row, project = subject.state.row, subject.project
    unknown = project.graph.unknown(row.revisions) if row is not None and project else ()
    return msgspec.structs.replace(
        made.history,
        unknown=tuple(map(clip, unknown)),
        has_version_table=row is not None,
        others=tuple(
            clip(other.name) for other in subject.compared.reflection.revisions if other != row
        ),
        declared=_DECLARED.get(reference_of(subject.target).source, made.history.declared),
        unlike_applied=_unlike_applied(made, subject, findings),
    )


def _unlike_applied(
    made: Made, subject: Subject, findings: Sequence[Finding]
) -> frozenset[ObjectRef] | None:
    """Return the objects in which the database differs from what its revision makes.

    None if every difference is decided without that.
    """
    current = made.history.current
    if made.applied is None or current is None:
        return None
    if not any(current.side.state(f).agreement is Agreement.DIFFERS for f in findings):
        return None
    [variant] = subject.compared.variants
    version = subject.compared.reflection.server.version_number
    expected = made.applied.declare(variant.live.default_schema, version)
    server = subject.compared.reflection.server
    differences = compare(expected, variant.live)
    answers = ask(None, subject.target, server, expected, variant.live, differences)
    differences = compare(expected, variant.live, answers, differences)
    return frozenset(finding.object for finding in differences.findings)


def _of_migrations(finding: Finding, project: ProjectMigrations, *, in_sync: bool) -> Finding:
    """Return a finding about the version table with its cause."""
    cause = _OF_MIGRATIONS.get(finding.rule, "")
    name, evidence = finding.object.name, finding.message if cause else ""
    if cause == causes.DELETED and (sentence := deleted(name, project.environment.versions)):
        evidence = f"{evidence}; {sentence}"
    if cause == causes.CREATED and in_sync:
        evidence = f"{evidence}; it has exactly what create_all makes of the models"
    return msgspec.structs.replace(
        finding,
        cause=cause,
        evidence=evidence,
        revision=name if cause == causes.PENDING else "",
    )
