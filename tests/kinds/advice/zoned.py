"""Functions that make the default of a column."""

from __future__ import annotations

import datetime
import datetime as dt
import functools
from collections.abc import Callable
from datetime import UTC, timezone
from datetime import datetime as now_of
from zoneinfo import ZoneInfo


def aware() -> datetime.datetime:
    """Return the time in UTC."""
    return datetime.datetime.now(datetime.UTC)


def stripped() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC).replace(tzinfo=None)


def two_steps() -> datetime.datetime:
    moment = datetime.datetime.now(datetime.UTC)
    return moment.replace(tzinfo=None)


def enclosed(zone: datetime.tzinfo | None) -> Callable[[], datetime.datetime]:
    """Return a function that knows its zone from outside."""
    return lambda: now_of.now(zone)


LOUD = {
    "a lambda": lambda: now_of.now(timezone.utc),  # noqa: UP017
    "by keyword": lambda: now_of.now(tz=UTC),
    "by a module": lambda: dt.datetime.now(dt.UTC),
    "a function": aware,
    "a partial": functools.partial(now_of.now, UTC),
    "a partial by keyword": functools.partial(now_of.now, tz=UTC),
    "another zone": lambda: now_of.now(ZoneInfo("Europe/Paris")),
    "the local zone": lambda: now_of.now().astimezone(),
    "a zone from outside": enclosed(UTC),
    "on two lines": lambda: now_of.now(
        tz=UTC,
    ),
}
SILENT = {
    "without a zone": lambda: now_of.now(),  # noqa: PLW0108
    "the method": now_of.now,
    "no zone": lambda: now_of.now(None),
    "the zone taken off": stripped,
    "the zone taken off in a lambda": lambda: now_of.now(UTC).replace(tzinfo=None),
    "in two steps": two_steps,
    "of another time": lambda: now_of(2000, 1, 1),
    "no zone from outside": enclosed(None),
    "utcnow": now_of.utcnow,
    "with the context": lambda context: context.get_current_parameters()["x"],
    "a name that does not exist": lambda: nothing.now(UTC),  # type: ignore[name-defined]  # noqa: F821
}
