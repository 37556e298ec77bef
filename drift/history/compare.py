"""Compares a report with the findings of earlier runs: its events, and the age of each finding."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from typing import TypeAlias

from msgspec.structs import replace

from drift.history.lines import GONE, IGNORED, OPEN, Event, Run, Status
from drift.history.state import Known, State, TargetState
from drift.kinds.migration import UNMIGRATED
from drift.model import Severity
from drift.report import ages
from drift.report.ages import Changes, PastFinding, days_between
from drift.report.finding import Finding, fingerprint
from drift.report.report import Check, Report

Past: TypeAlias = "dict[str, Known | None]"


def run_of(report: Report, state: State, now: datetime.datetime) -> Run:
    """Return the line of a report: the changes since the runs that led to `state`.

    A target that was not checked has no event: its findings are neither gone nor new. A run
    is never earlier than the one before it, even if the clocks of two machines differ.
    """
    at = max(filter(None, (report.started_at or now, state.last)))
    empty = TargetState()
    events = {
        check.target: changes
        for check in report.checks
        if (changes := tuple(_events(check, state.targets.get(check.target, empty))))
    }
    levels = [finding.severity for check in report.checks for finding in check.findings]
    errors, warnings, infos = (levels.count(level) for level in Severity)
    return Run(
        at=at.replace(microsecond=0),
        checked=len(report.checks),
        failed=len(report.failures),
        counts=(errors, warnings, infos),
        targets=tuple(check.target for check in report.checks if check.target not in state.targets),
        events=events,
    )


def aged(report: Report, state: State, run: Run) -> Report:
    """Return the report with the age of each finding; `state` takes in the run."""
    before = {target: _past(state, target, events) for target, events in run.events.items()}
    state.apply(run)
    new_targets = set(run.targets)
    checks = (
        _aged(
            check,
            state.of(check.target),
            run.at,
            before.get(check.target, {}),
            first=check.target in new_targets,
        )
        for check in report.checks
    )
    return replace(report, checks=tuple(checks))


def _past(state: State, target: str, events: Iterable[Event]) -> Past:
    """Return the findings that a run is about to change as they are; None for new ones."""
    known = state.of(target).findings
    return {
        event.fingerprint: replace(known[event.fingerprint]) if event.fingerprint in known else None
        for event in events
    }


def _events(check: Check, state: TargetState) -> Iterator[Event]:
    """Yield the changes of one target.

    A finding that is missing from an incomplete check may only not have been read. Findings that
    only migrations show stay as they are in a check that does not run them.
    """
    present = _present(check)
    for identity, (status, finding) in present.items():
        known = state.findings.get(identity)
        if known is None or not _same(known, status, finding):
            yield Event(
                status=status,
                fingerprint=identity,
                rule=finding.rule,
                path=finding.object.path,
                severity=finding.severity,
                cause=finding.cause or (known.cause if known else ""),
            )
    if check.complete:
        for identity, known in state.findings.items():
            unseen = known.rule == UNMIGRATED.id and not check.has_causes
            if identity not in present and known.status != GONE and not unseen:
                yield Event(status=GONE, fingerprint=identity)


def _present(check: Check) -> dict[str, tuple[Status, Finding]]:
    """Return each finding of a check by its fingerprint; a reported one hides an ignored one."""
    present: dict[str, tuple[Status, Finding]] = {
        identity_of(check, item.finding): (IGNORED, item.finding) for item in check.ignored
    }
    return present | {identity_of(check, finding): (OPEN, finding) for finding in check.findings}


def identity_of(check: Check, finding: Finding) -> str:
    """Return the fingerprint; reports of an older drift may lack it."""
    return finding.fingerprint or fingerprint(check.target, finding.rule, finding.object)


def _same(known: Known, status: str, finding: Finding) -> bool:
    """Return whether nothing has changed; a run that does not ask for causes changes none."""
    return (
        known.status == status
        and known.severity is finding.severity
        and finding.cause in {"", known.cause}
    )


def _aged(
    check: Check, state: TargetState, at: datetime.datetime, before: Past, *, first: bool
) -> Check:
    """Return a check with the age of its findings; `before` are those that the run changed."""

    def of(finding: Finding) -> Finding:
        identity = identity_of(check, finding)
        known = state.findings[identity]
        return replace(
            finding,
            status=_status(known, identity, before),
            first_seen=known.first,
            since=known.since,
            days=days_between(known.since, at),
        )

    past = [
        (state.findings[identity].status, known)
        for identity, known in before.items()
        if known is not None and known.status == OPEN
    ]
    return replace(
        check,
        findings=tuple(map(of, check.findings)),
        ignored=tuple(replace(item, finding=of(item.finding)) for item in check.ignored),
        changes=Changes(
            at=at,
            first=first,
            gone=_past_findings((known for status, known in past if status == GONE), at),
            ignored=_past_findings((known for status, known in past if status == IGNORED), at),
            days=tuple(state.days(at.date())),
        ),
    )


def _status(known: Known, identity: str, changed: Past) -> str:
    if known.status == IGNORED:
        return ages.IGNORED
    if identity not in changed:
        return ages.STILL
    before = changed[identity]
    if before is None:
        return ages.NEW
    return ages.STILL if before.status == OPEN else ages.BACK


def _past_findings(findings: Iterable[Known], at: datetime.datetime) -> tuple[PastFinding, ...]:
    past = (
        PastFinding(
            rule=known.rule,
            path=known.path,
            severity=known.severity,
            since=known.since,
            days=days_between(known.since, at),
            cause=known.cause,
        )
        for known in findings
    )
    return tuple(sorted(past, key=lambda item: (item.severity.rank, item.path, item.rule)))
