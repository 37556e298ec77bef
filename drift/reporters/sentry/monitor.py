"""Check-ins with a cron monitor of Sentry's: a check that never ran becomes an alert itself."""

from __future__ import annotations

import math
import time
import uuid
from typing import Any, Literal, TypeAlias

from drift.config.settings import Monitor
from drift.report.report import Report

Status: TypeAlias = Literal["in_progress", "ok", "error"]


class Run:
    """One run as a monitor sees it: its check-ins share an id, and the last says how long."""

    def __init__(self, monitor: Monitor) -> None:
        self._monitor = monitor
        self._id = uuid.uuid4().hex
        self._began: float | None = None

    def begin(self) -> dict[str, Any]:
        """Return the check-in that opens the run, and start the clock."""
        self._began = time.monotonic()
        return self._check_in("in_progress")

    def end(self, report: Report) -> dict[str, Any]:
        """Return the check-in that closes it: drift is no failure of the run."""
        found = self._check_in("error" if report.failures else "ok")
        if self._began is not None:
            found["duration"] = round(time.monotonic() - self._began, 3)
        return found

    def _check_in(self, status: Status) -> dict[str, Any]:
        return {
            "type": "check_in",
            "check_in_id": self._id,
            "monitor_slug": self._monitor.slug,
            "status": status,
            "monitor_config": {
                "schedule": {"type": "crontab", "value": self._monitor.schedule},
                "timezone": self._monitor.timezone,
                "checkin_margin": _minutes(self._monitor.checkin_margin),
                "max_runtime": _minutes(self._monitor.max_runtime),
            },
        }


def _minutes(seconds: float) -> int:
    return max(1, math.ceil(seconds / 60))
