"""Retries work that a server could not do: while it starts, restarts, or is full."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import TypeVar

from drift.errors import DatabaseError

Result = TypeVar("Result")
_FIRST, _LONGEST = 0.1, 2.0
REFUSED = 3.0
"""Seconds to retry if no server listens: a restart takes that long, and a wrong port should not
take longer."""


def persist(work: Callable[[float], Result], seconds: float, note: Callable[[str], None]) -> Result:
    """Return the result of `work`, retried after growing pauses for at most `seconds`.

    `work` takes the seconds that are left for a connection to be made.

    Raises the last DatabaseError, which says for how long it was tried; at once if another attempt
    could not help.
    """
    began = time.monotonic()
    pause = _FIRST
    while True:
        try:
            return work(max(seconds - (time.monotonic() - began), 1.0))
        except DatabaseError as problem:
            spent = time.monotonic() - began
            limit = min(seconds, problem.retry_for)
            if not problem.retryable or spent + pause > limit:
                raise _with_duration(problem, spent) from None
            note(f"{problem}; retrying")
        time.sleep(pause * random.uniform(0.8, 1.0))  # noqa: S311 — so that many do not come at once
        pause = min(2 * pause, _LONGEST)


def _with_duration(problem: DatabaseError, spent: float) -> DatabaseError:
    """Return the problem with how long it was tried, if that was more than once."""
    if not problem.retryable or spent < _FIRST:
        return problem
    return DatabaseError(f"{problem} (tried for {spent:.1f} s)")
