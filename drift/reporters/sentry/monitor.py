"""Check-ins with a cron monitor of Sentry's, which alerts if a check does not run."""

from __future__ import annotations

import math
import time
import uuid
from typing import Any

from drift.config.receivers import Monitor
from drift.report.report import Report


class MonitoredRun:
    """One run as a monitor sees it: both check-ins share an id, the last has the duration."""

    def __init__(self, monitor: Monitor) -> None:
        self._monitor = monitor
        self._id = uuid.uuid4().hex
        self._started: float | None = None

    def begin(self) -> dict[str, Any]:
        """Return the check-in that opens the run, and start the clock."""
        self._started = time.monotonic()
        return self._check_in("in_progress")

    def end(self, report: Report) -> dict[str, Any]:
        """Return the check-in that closes the run, which only targets not checked let fail."""
        check_in = self._check_in("error" if report.failures else "ok")
        if self._started is not None:
            check_in["duration"] = round(time.monotonic() - self._started, 3)
        return check_in

    def _check_in(self, status: str) -> dict[str, Any]:
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
