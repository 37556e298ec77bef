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
    """One database and the models that it should agree with; times in seconds."""

    name: str
    database: str | None = None
    models: tuple[str, ...] = ()
    imports: tuple[str, ...] = ()
    schemas: tuple[str, ...] = ()
    ignore: tuple[IgnoreEntry, ...] = ()
    severity: Mapping[str, Severity] = {}
    connect_timeout: float = 10
    statement_timeout: float = 60
    lock_timeout: float = 5

    def __repr__(self) -> str:
        """Return the name alone: `database` may hold a password."""
        return f"Target({self.name!r})"


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """The whole configuration, with the targets that were asked for."""

    targets: tuple[Target, ...]
    fail_on: Severity | None = None
    path: Path | None = None
