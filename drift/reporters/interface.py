"""The interface of a reporter: its input, its methods and its result."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol, TypeAlias

import msgspec

from drift.config import Settings
from drift.formats import Options
from drift.report.report import Report


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """The configuration, the process's environment, and how files become links.

    `own`: this run made the report from models that it imported, so that their files may be read;
    a report that was merged comes from outside, and may name any file. `hide` removes the secrets
    that this run knows from a text.
    """

    settings: Settings
    environment: Mapping[str, str]
    options: Options = Options()
    own: bool = False
    hide: Callable[[str], str] = str


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """The deliveries, and the failed ones with reasons: sentences without secrets.

    `skipped`: this run is not one for the receiver, so nothing was sent.
    """

    notes: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    skipped: bool = False


class Reporter(Protocol):
    """Pushes a report to one receiver, and returns the result.

    It never raises for an error of the network or the receiver. If it `relies_on_history`, it only
    sends the changes since the last run, so that a run that it could not send, or skipped,
    must not get into the history.
    """

    relies_on_history: bool

    def start(self) -> Delivery:
        """Notify the receiver that the checks begin."""

    def deliver(self, report: Report) -> Delivery:
        """Push the finished report."""

    def probe(self, *, send_test: bool) -> Delivery:
        """Check whether a report would arrive; `send_test` sends a harmless one."""


ReporterFactory: TypeAlias = Callable[[Context], Reporter]
"""A reporter's class; making one raises UsageError if its settings are missing or not valid."""
