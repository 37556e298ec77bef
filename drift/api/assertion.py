"""Raises AssertionError, whose text is the report, if a database has drifted."""

from __future__ import annotations

import asyncio
from typing import Any, Unpack

from drift.api.comparison import check
from drift.api.options import Options


def assert_no_drift(
    database: Any, models: Any, *, fail_on: str = "warning", **options: Unpack[Options]
) -> None:
    """Raise AssertionError, with the text report, for a difference at `fail_on` or worse.

    Raises DriftError if the check cannot be made.
    """
    report = check(models, database, **options)
    if report.reaches(fail_on):
        raise AssertionError(f"\n{report}")


async def assert_no_drift_async(
    database: Any, models: Any, *, fail_on: str = "warning", **options: Unpack[Options]
) -> None:
    """Do as `assert_no_drift` in a thread, so that the event loop goes on."""
    await asyncio.to_thread(assert_no_drift, database, models, fail_on=fail_on, **options)
