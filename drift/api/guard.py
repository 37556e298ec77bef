"""The guard at the start of an application: fast, and only for differences that break it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal, NamedTuple, TypeAlias, Unpack

from drift.api import asynchronous
from drift.api.checking import checked
from drift.api.frames import cleared, cleared_async
from drift.api.options import Options, level_of, target_of
from drift.api.report import Report
from drift.errors import DriftError, UsageError
from drift.model import Severity

_logger = logging.getLogger("drift")
Mode: TypeAlias = Literal["raise", "warn"]


@cleared
def guard(
    database: Any,
    models: Any,
    *,
    fail_on: str = "error",
    mode: Mode = "raise",
    on_error: Mode | None = None,
    **options: Unpack[Options],
) -> None:
    """Raise DriftError if the database would break the application, or cannot be checked.

    With mode="warn", the logger "drift" logs one warning instead. `on_error` is the mode if the
    check cannot be made, such as without a connection; by default that of `mode`. Errors in the
    options are always raised.

    >>> drift.guard(engine, metadata, connect_timeout=2, on_error="warn")
    """
    level, target = level_of(fail_on), target_of(options, "guard")
    modes = _valid(mode, on_error)
    with _judging(level, modes) as reports, _as(modes.on_error):
        reports.append(checked(models, database, target))


@cleared_async
async def guard_async(
    database: Any,
    models: Any,
    *,
    fail_on: str = "error",
    mode: Mode = "raise",
    on_error: Mode | None = None,
    **options: Unpack[Options],
) -> None:
    """Do as `guard`, without blocking the event loop."""
    level, target = level_of(fail_on), target_of(options, "guard_async")
    modes = _valid(mode, on_error)
    with _judging(level, modes) as reports, _as(modes.on_error):
        reports.append(await asynchronous.check(models, database, target))


class _Modes(NamedTuple):
    """The modes for a difference, and for a check that cannot be made."""

    difference: Mode
    on_error: Mode


def _valid(mode: Mode, on_error: Mode | None) -> _Modes:
    """Return both modes. Raises UsageError for a value that is none."""
    for name, value in (("mode", mode), ("on_error", on_error)):
        if value not in {"raise", "warn"} and (name, value) != ("on_error", None):
            raise UsageError(f"{name} {value!r} is not one of raise, warn")
    return _Modes(mode, on_error or mode)


@contextmanager
def _judging(level: Severity, modes: _Modes) -> Iterator[list[Report]]:
    """Judge the report that the block makes; if it makes none, that is logged already."""
    reports: list[Report] = []
    yield reports
    with _as(modes.difference):
        for report in reports:
            _require(report, level)


@contextmanager
def _as(mode: Mode) -> Iterator[None]:
    """Raise the problem of the block, or log it."""
    try:
        yield
    except DriftError as problem:
        if mode == "raise":
            raise
        _logger.warning("%s", problem)
    except Exception as problem:
        if mode == "raise":
            raise
        # The message of an unknown error may hold a password.
        _logger.warning("the database could not be checked: %s", type(problem).__name__)


def _require(report: Report, level: Severity) -> None:
    if report.reaches(level):
        raise DriftError(f"the database does not fit the models\n{report}")
