"""What can be configured."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from pathlib import Path

import msgspec

from drift.model import Severity


class IgnoreEntry(msgspec.Struct, frozen=True, kw_only=True):
    """Findings that are known and accepted; `place` is the entry's file and line.

    `shared`: it stands above several targets, so that one without a match says little.
    """

    rule: str
    object: str
    reason: str
    until: datetime.date | None = None
    place: str = ""
    shared: bool = False


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """One database and the models that it should agree with; times in seconds.

    `bind` names those models that belong to the database, `binds` are those that have a target,
    this one or another. `severity` is by rule or pattern; None: off. `problems` are why the
    configuration of the target cannot be used. `path` are the folders to import the models from:
    those that are configured, and the project's.
    """

    name: str
    database: str | None = None
    models: tuple[str, ...] = ()
    bind: str | None = None
    binds: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    imports: tuple[str, ...] = ()
    path: tuple[str, ...] = ()
    schemas: tuple[str, ...] = ()
    ignore: tuple[IgnoreEntry, ...] = ()
    severity: Mapping[str, Severity | None] = {}
    connect_timeout: float = 10
    statement_timeout: float = 60
    lock_timeout: float = 5

    def __repr__(self) -> str:
        """Return the name alone: `database` may hold a password."""
        return f"Target({self.name!r})"


class Monitor(msgspec.Struct, frozen=True, kw_only=True):
    """A cron monitor of Sentry's; `schedule` in crontab's five fields, times in seconds."""

    slug: str
    schedule: str
    timezone: str = "UTC"
    checkin_margin: float = 480 * 60
    max_runtime: float = 30 * 60


class Sentry(msgspec.Struct, frozen=True, kw_only=True):
    """Where and as what findings are sent to Sentry; without a DSN, SENTRY_DSN counts."""

    dsn: str | None = None
    environment: str | None = None
    release: str | None = None
    timeout: float = 5
    monitor: Monitor | None = None

    def __repr__(self) -> str:
        """Return no part of it: the DSN holds a key."""
        return "Sentry()"


class GitHub(msgspec.Struct, frozen=True, kw_only=True):
    """Where the living issue is; what is None comes from the variables that Actions sets."""

    repository: str | None = None
    token: str | None = None
    api_url: str | None = None
    labels: tuple[str, ...] = ("schema-drift",)
    timeout: float = 10
    pull_requests: bool = False

    def __repr__(self) -> str:
        """Return no part of it: the token is a secret."""
        return "GitHub()"


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """The whole configuration, with the targets that were asked for, and what they all share."""

    targets: tuple[Target, ...]
    base: Target = Target(name="default")
    fail_on: Severity | None = None
    sentry: Sentry = Sentry()
    github: GitHub = GitHub()
    path: Path | None = None
