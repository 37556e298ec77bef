"""The guard at the start of an application: only what breaks it, and fast."""

from __future__ import annotations

import asyncio
import logging
from typing import Any, Literal, Unpack

from drift.api.comparison import check
from drift.api.options import Options
from drift.api.report import Report
from drift.errors import DriftError


def guard(
    database: Any,
    models: Any,
    *,
    fail_on: str = "error",
    mode: Literal["raise", "warn"] = "raise",
    **options: Unpack[Options],
) -> None:
    """Raise DriftError if the database would break the application.

    With mode="warn", one warning is logged by the logger "drift", and nothing is raised.
    """
    try:
        _require(check(models, database, **options), fail_on)
    except DriftError as problem:
        if mode == "raise":
            raise
        logging.getLogger("drift").warning("%s", problem)


def _require(report: Report, fail_on: str) -> None:
    if report.reaches(fail_on):
        raise DriftError(f"the database does not fit the models\n{report}")


async def guard_async(
    database: Any,
    models: Any,
    *,
    fail_on: str = "error",
    mode: Literal["raise", "warn"] = "raise",
    **options: Unpack[Options],
) -> None:
    """Do as `guard` in a thread, so that the event loop goes on."""
    await asyncio.to_thread(guard, database, models, fail_on=fail_on, mode=mode, **options)
