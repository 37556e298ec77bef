"""What the sections of the receivers may hold: `sentry` and `github`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from drift.config import values
from drift.config.problems import InvalidValueError, shown
from drift.config.reader import Converter, Reader, Value
from drift.config.settings import GitHub, Monitor, Sentry

_CRON = re.compile(r"[0-9A-Za-z*/,?#LW-]+( +[0-9A-Za-z*/,?#LW-]+){4}")


def matching(pattern: str, expected: str) -> Converter:
    """Return a converter of text that has the form `pattern`, which `expected` describes."""

    def converted(value: Value, reader: Reader) -> str:
        found = values.text(value, reader)
        if not re.fullmatch(pattern, found):
            raise InvalidValueError(f"{shown(str(value.node.value))} is not {expected}")
        return found

    return converted


def _schedule(value: Value, reader: Reader) -> str:
    found = " ".join(values.text(value, reader).split())
    if not _CRON.fullmatch(found):
        raise InvalidValueError(
            f'{shown(str(value.node.value))} is not a schedule; write five fields, such as "17 4 '
            "* * *\", the same as the workflow's cron"
        )
    return found


def _section(
    make: Callable[..., Any], converters: Mapping[str, Converter], required: Mapping[str, str]
) -> Converter:
    """Return a converter of a mapping into `make`; `required` says what to write for a key."""

    def converted(value: Value, reader: Reader) -> Any:
        entries = reader.entries(value)
        found = reader.fields(entries, converters)
        for name, reason in required.items():
            if name not in entries or entries[name].is_null:
                reader.report(value, reason, name)
        return make(**found) if found.keys() >= required.keys() else None

    return converted


_MONITOR: Mapping[str, Converter] = {
    "slug": matching(r"[a-z0-9_-]{1,50}", "a monitor's slug; write up to 50 of a-z, 0-9, - and _"),
    "schedule": _schedule,
    "timezone": matching(r"[A-Za-z0-9_+/-]{1,64}", "a time zone such as UTC or Europe/Paris"),
    "checkin_margin": values.long_duration,
    "max_runtime": values.long_duration,
}
_ADDRESS = r"https?://[^\s@/]+(/[^\s@]*)?"
_ENVIRONMENT = r"(?!None$)[^\s/]{1,64}"

sentry = _section(
    Sentry,
    {
        "dsn": values.text,
        "environment": matching(
            _ENVIRONMENT, "an environment; write up to 64 characters without '/' and spaces"
        ),
        "release": matching(r"[^\\/\t]{1,200}", "a release; leave out slashes"),
        "timeout": values.duration,
        "monitor": _section(
            Monitor,
            _MONITOR,
            {
                "slug": "missing; write the monitor's slug, such as schema-drift",
                "schedule": 'missing; write the workflow\'s cron, such as "17 4 * * *"',
            },
        ),
    },
    {},
)
"""Converts the section `sentry`."""

github = _section(
    GitHub,
    {
        "repository": matching(r"[\w.-]+/[\w.-]+", "a repository; write owner/name"),
        "token": values.text,
        "api_url": matching(_ADDRESS, "an address such as https://github.example.com/api/v3"),
        "labels": values.one_or_many(
            matching(r"[^,]{1,50}", "a label; write up to 50 characters without commas")
        ),
        "timeout": values.duration,
        "pull_requests": values.boolean,
    },
    {},
)
"""Converts the section `github`."""
