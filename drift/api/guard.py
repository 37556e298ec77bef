"""The guard at the start of an application: only what breaks it, and fast."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal, TypeAlias, Unpack

from drift.api import asynchronous
from drift.api.checking import checked
from drift.api.options import Options, level_of, target_of
from drift.api.report import Report
from drift.errors import DriftError, UsageError
from drift.model import Severity

_logger = logging.getLogger("drift")
Mode: TypeAlias = Literal["raise", "warn"]


def guard(
    database: Any,
    models: Any,
    *,
    fail_on: str = "error",
    mode: Mode = "raise",
    **options: Unpack[Options],
) -> None:
    """Raise DriftError if the database would break the application, or cannot be checked.

    With mode="warn", the logger "drift" logs one warning instead. Only errors in the options are
    raised in both modes.

    >>> drift.guard(engine, metadata, connect_timeout=2)
    """
    level, target = level_of(fail_on), target_of(options, "guard")
    with _as(mode):
        _require(checked(models, database, target), level)


async def guard_async(
    database: Any,
    models: Any,
    *,
    fail_on: str = "error",
    mode: Mode = "raise",
    **options: Unpack[Options],
) -> None:
    """Do as `guard`, without blocking the event loop."""
    level, target = level_of(fail_on), target_of(options, "guard_async")
    with _as(mode):
        _require(await asynchronous.check(models, database, target), level)


@contextmanager
def _as(mode: Mode) -> Iterator[None]:
    """Raise the problem of the block, or log it."""
    if mode not in {"raise", "warn"}:
        raise UsageError(f"mode {mode!r} is not one of raise, warn")
    try:
        yield
    except DriftError as problem:
        if mode == "raise":
            raise
        _logger.warning("%s", problem)
    except Exception:
        if mode == "raise":
            raise
        _logger.warning("the database could not be checked", exc_info=True)


def _require(report: Report, level: Severity) -> None:
    if report.reaches(level):
        raise DriftError(f"the database does not fit the models\n{report}")
