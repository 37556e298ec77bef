"""The start and the duration of a check or a run."""

from __future__ import annotations

import datetime
import time
from collections.abc import Iterable
from typing import NamedTuple

from drift.report.report import Report


class Start(NamedTuple):
    """A moment in UTC, and by the monotonic clock, from which the duration is measured."""

    at: datetime.datetime
    ticks: float

    def seconds(self) -> float:
        """Return the seconds since then."""
        return round(time.monotonic() - self.ticks, 3)


def start() -> Start:
    """Return the current moment."""
    return Start(datetime.datetime.now(datetime.UTC).replace(microsecond=0), time.monotonic())


def span(reports: Iterable[Report]) -> tuple[datetime.datetime | None, float | None]:
    """Return when the first of several runs began, and the seconds until the last one ended."""
    known = [(report.started_at, report.duration) for report in reports]
    runs = [(at, seconds) for at, seconds in known if at is not None and seconds is not None]
    if not runs:
        return None, None
    first = min(at for at, _ in runs)
    return first, round(max((at - first).total_seconds() + seconds for at, seconds in runs), 3)
