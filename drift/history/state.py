"""The findings of each target after some runs."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator

import msgspec

from drift.history.lines import GONE, OPEN, Event, Run
from drift.model import Severity
from drift.report.ages import Day

KEPT_DAYS = 365
"""Days before a run of which it shows the numbers of findings."""


class Known(msgspec.Struct, kw_only=True, gc=False):
    """A finding: the first run that reported it, and the one from which on it has its status."""

    status: str
    rule: str
    path: str
    severity: Severity
    cause: str
    first: datetime.datetime
    since: datetime.datetime


class TargetState:
    """The findings of one target by fingerprint, and their number on each day."""

    def __init__(self) -> None:
        self.findings: dict[str, Known] = {}
        self._counts = dict.fromkeys(map(str, Severity), 0)
        self._days: dict[datetime.date, dict[str, int]] = {}

    def apply(self, events: Iterable[Event], at: datetime.datetime) -> None:
        """Take in the changes of one run."""
        for event in events:
            self._apply(event, at)
        self._days[at.date()] = dict(self._counts)

    def days(self, until: datetime.date) -> Iterator[Day]:
        """Yield the days of the last year on which a number changed; the first is its beginning."""
        start = until - datetime.timedelta(days=KEPT_DAYS)
        before, last = None, None
        for date, counts in sorted(self._days.items()):
            if date <= start:
                before = Day(date=start, **counts)
                continue
            if before is not None:
                yield before
                last, before = before, None
            day = Day(date=date, **counts)
            if last is None or msgspec.structs.replace(day, date=last.date) != last:
                yield day
                last = day
        if before is not None:
            yield before

    def _apply(self, event: Event, at: datetime.datetime) -> None:
        known = self.findings.get(event.fingerprint)
        if known is not None and known.status == OPEN:
            self._counts[known.severity] -= 1
        if event.status == GONE or event.severity is None:
            if known is not None and known.status != GONE:
                known.status, known.since = GONE, at
            return
        same = known is not None and known.status == event.status
        self.findings[event.fingerprint] = Known(
            status=event.status,
            rule=event.rule,
            path=event.path,
            severity=event.severity,
            cause=event.cause,
            first=known.first if known else at,
            since=known.since if known and same else at,
        )
        if event.status == OPEN:
            self._counts[event.severity] += 1


class State:
    """The targets by name, and the time of the last run."""

    def __init__(self) -> None:
        self.targets: dict[str, TargetState] = {}
        self.last: datetime.datetime | None = None

    def apply(self, run: Run) -> None:
        """Take in one run."""
        for target in run.targets:
            self.of(target).apply((), run.at)
        for target, events in run.events.items():
            self.of(target).apply(events, run.at)
        self.last = run.at

    def of(self, target: str) -> TargetState:
        """Return the state of a target, an empty one for a new target."""
        return self.targets.setdefault(target, TargetState())
