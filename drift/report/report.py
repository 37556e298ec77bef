"""The outcome of one target (a check or a failure), and the report of one run."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Literal

import msgspec

from drift.kinds.sides import USUAL, Sides
from drift.model import Severity
from drift.report.ages import Changes
from drift.report.drawing import Drawing
from drift.report.finding import Finding, Ignored
from drift.report.ignores import UnusedIgnore
from drift.report.remarks import is_advice


class Database(msgspec.Struct, frozen=True, kw_only=True):
    """The live database as reports name it; never with a credential."""

    host: str
    name: str
    role: str
    server_version: str


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of comparing one target.

    `tables` are those that were compared, as `schema.table`; `notes` are sentences for people;
    `drawings` show each table that has findings of its own. `remarks` are findings that are not
    differences. `unused_ignores` are entries of the configuration without effect. It
    `has_causes` if the migrations were run to know what only they show;
    `cause_summary` is a sentence about the causes of the findings, "" if it was not
    asked for; `hint` is the project's own sentence, "" without a difference. `changes` compare the
    check with earlier runs, None without a history. A check that is not `complete` could not read
    everything, so that objects that seem missing may exist.
    `started_at` is in UTC, `duration` in seconds. A command names only a target that is
    `configured`; `plan_options` are those that `drift plan` needs, one argument each.

    `sides` are the names in messages. A diff has the source and the name of its actual side, and
    `left` says which of the sides was named first; without a server, `database` is empty.
    """

    target: str
    expected_source: str
    expected_name: str
    database: Database
    findings: tuple[Finding, ...]
    remarks: tuple[Finding, ...] = ()
    ignored: tuple[Ignored, ...] = ()
    unused_ignores: tuple[UnusedIgnore, ...] = ()
    compared: Mapping[str, int] = {}
    tables: tuple[str, ...] = ()
    not_compared: Mapping[str, int] = {}
    notes: tuple[str, ...] = ()
    drawings: tuple[Drawing, ...] = ()
    complete: bool = True
    has_causes: bool = False
    cause_summary: str = ""
    hint: str = ""
    configured: bool = True
    plan_options: tuple[str, ...] = ()
    changes: Changes | None = None
    started_at: datetime.datetime | None = None
    duration: float | None = None
    sides: Sides = USUAL
    actual_source: str = ""
    actual_name: str = ""
    left: Literal["", "expected", "actual"] = ""

    @property
    def in_sync(self) -> bool:
        """Whether no difference is left after the ignore rules."""
        return not self.findings

    @property
    def advice(self) -> tuple[Finding, ...]:
        """The remarks that the user asked for."""
        return tuple(filter(is_advice, self.remarks))

    @property
    def summary(self) -> dict[str, int]:
        """Findings by severity, and how many were ignored."""
        counts = {str(severity): 0 for severity in Severity}
        for finding in self.findings:
            counts[finding.severity] += 1
        return counts | {"ignored": len(self.ignored)}

    def reaches(self, level: Severity) -> bool:
        """Whether a finding is at `level` or worse."""
        return any(finding.severity.reaches(level) for finding in self.findings)


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """A target that could not be checked, and why."""

    target: str
    reason: str


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of one run: one check or one failure per target.

    `started_at` is in UTC, `duration` in seconds; `shard` is K/N, the part of the targets that was
    checked.
    """

    checks: tuple[Check, ...]
    failures: tuple[Failure, ...] = ()
    started_at: datetime.datetime | None = None
    duration: float | None = None
    shard: str | None = None
