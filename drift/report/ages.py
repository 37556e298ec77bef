"""The age of findings: how a check compares with earlier runs of the same target."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import msgspec

from drift.model import Severity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from drift.report.finding import Finding

NEW = "new"
BACK = "back"
STILL = "still"
IGNORED = "ignored"
MIXED = "mixed"
"""The status of an example that stands for findings of several ages; no report has it."""

FRESH = frozenset({NEW, BACK})
"""The findings of which people are notified: a difference that is back needs attention, too."""


class PastFinding(msgspec.Struct, frozen=True, kw_only=True):
    """A finding of earlier runs that this one did not report; it was there for `days`."""

    rule: str
    path: str
    severity: Severity
    since: datetime.datetime | None = None
    days: int = 0
    cause: str = ""


class Day(msgspec.Struct, frozen=True, kw_only=True):
    """The number of findings from a day on, by severity."""

    date: datetime.date
    error: int = 0
    warning: int = 0
    info: int = 0


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """The changes since the last run that checked the target.

    `first`: no earlier run did. `gone` are findings that are fixed, `ignored` those that this run
    ignores for the first time. `days` are those of the last year on which a number changed.
    """

    at: datetime.datetime
    first: bool = False
    gone: tuple[PastFinding, ...] = ()
    ignored: tuple[PastFinding, ...] = ()
    days: tuple[Day, ...] = ()


def days_between(start: datetime.datetime, end: datetime.datetime) -> int:
    """Return the days from one date to another; 0 if a clock was set back in between."""
    return max(0, (end.date() - start.date()).days)


def example(findings: Sequence[Finding]) -> Finding:
    """Return the first of several equal findings, with the age that they have in common.

    If their ages differ, it is `MIXED`, with the age of the oldest.
    """
    first = findings[0]
    ages = {(finding.status, finding.since) for finding in findings}
    if len(ages) == 1:
        return first
    dated = [finding for finding in findings if finding.since is not None]
    oldest = min(dated, key=lambda f: (f.since, f.days), default=first)
    fresh = any(finding.status in FRESH for finding in findings)
    return msgspec.structs.replace(
        first,
        status=MIXED if fresh else STILL,
        first_seen=oldest.first_seen,
        since=oldest.since,
        days=oldest.days,
    )
