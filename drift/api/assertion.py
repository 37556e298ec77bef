"""Raises AssertionError, whose text is the report, if a database has drifted."""

from __future__ import annotations

from typing import Any, Unpack

from drift.api import asynchronous
from drift.api.checking import checked
from drift.api.frames import cleared, cleared_async
from drift.api.options import Options, level_of, target_of
from drift.api.report import Report
from drift.model import Severity

__tracebackhide__ = True  # pytest prints the line of the test, and not ours


@cleared
def assert_no_drift(
    database: Any, models: Any, *, fail_on: str = "warning", **options: Unpack[Options]
) -> None:
    """Raise AssertionError, with the text report, for a difference at `fail_on` or worse.

    Raises DriftError if the check cannot be made.

    >>> drift.assert_no_drift(engine, metadata, ignore=["extra-column:public.users.name"])
    """
    level, target = level_of(fail_on), target_of(options, "assert_no_drift")
    _require(checked(models, database, target), level)


@cleared_async
async def assert_no_drift_async(
    database: Any, models: Any, *, fail_on: str = "warning", **options: Unpack[Options]
) -> None:
    """Do as `assert_no_drift`, without blocking the event loop.

    `database` may also be an AsyncConnection or AsyncSession, in its transaction.
    """
    level, target = level_of(fail_on), target_of(options, "assert_no_drift_async")
    _require(await asynchronous.check(models, database, target), level)


def _require(report: Report, level: Severity) -> None:
    if report.reaches(level):
        raise AssertionError(f"\n{report}")
