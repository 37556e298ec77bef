"""The shape of version 1 of the report's JSON document.

These structs are the contract with the programs that read reports: `drift.report.json_schema`
makes the published JSON Schema of them. Fields may be added; none changes its meaning without
another version. Texts that reports show unescaped may be plain words only: a document that is read
is not trusted.
"""

from __future__ import annotations

import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from drift.model import Severity
from drift.report.finding_shape_v1 import Finding, IgnoredFinding
from drift.report.ignores import UnusedIgnore
from drift.report.shape_values import (
    Argument,
    Cells,
    Count,
    Duration,
    Moment,
    StartedAt,
    Strings,
    Target,
    Word,
)


class Tool(msgspec.Struct, kw_only=True):
    """The program that wrote the report."""

    name: Literal["drift"]
    version: str = ""


class Head(msgspec.Struct, kw_only=True):
    """The fields that identify a report and its version."""

    version: Annotated[
        int, Meta(ge=1, le=1_000_000, description="The version of this shape of the document.")
    ]
    tool: Tool


class Source(msgspec.Struct, kw_only=True):
    """One of the sides: the expected one, or in a report of `drift diff` the actual one."""

    source: Annotated[str, Meta(description="Its kind, such as `models`.")]
    name: Annotated[str, Meta(description="Such as `app.models:Base`.")]
    label: Annotated[
        str, Meta(description="What messages call the side, such as `models` or `staging`.")
    ] = ""


class Database(msgspec.Struct, kw_only=True):
    """The database that was checked, without any credential; empty if no side has one."""

    host: str
    name: str
    role: str
    server_version: str


class NotCompared(msgspec.Struct, kw_only=True):
    """The number of objects of a kind that drift does not compare."""

    kind: Word
    count: Count


class Part(msgspec.Struct, kw_only=True):
    """A column, constraint or index of a table; a side is null if it lacks the part."""

    kind: Word
    name: str
    expected: Cells | None = None
    actual: Cells | None = None
    marked: Annotated[tuple[Word, ...], Meta(description="The cells that differ.")] = ()


class Link(msgspec.Struct, kw_only=True):
    """A foreign key from a drawn table, with the sides that have it."""

    name: str
    table: str
    columns: Strings
    target: str
    target_columns: Strings
    expected: bool
    actual: bool


class Drawing(msgspec.Struct, kw_only=True):
    """A table with findings, as both sides have it, in SQL's words."""

    schema: str
    name: str
    parts: tuple[Part, ...]
    links: tuple[Link, ...] = ()


class PastFinding(msgspec.Struct, kw_only=True):
    """A difference that earlier runs reported, and this one did not."""

    rule: Word
    path: Annotated[str, Meta(description="Such as `public.users.name`.")]
    severity: Severity
    since: Moment = None
    days: Annotated[Count, Meta(description="The whole days for which it was there.")] = 0
    cause: Annotated[str, Meta(pattern=r"\A([a-z][a-z-]{0,62})?\Z")] = ""


class Day(msgspec.Struct, kw_only=True):
    """The number of findings from a day on, by severity."""

    date: datetime.date
    error: Count = 0
    warning: Count = 0
    info: Count = 0


class Changes(msgspec.Struct, kw_only=True):
    """The changes since the last run that checked the target."""

    at: Annotated[datetime.datetime, Meta(tz=True)]
    first: Annotated[bool, Meta(description="Whether no earlier run checked the target.")] = False
    gone: tuple[PastFinding, ...] = ()
    ignored: Annotated[
        tuple[PastFinding, ...],
        Meta(description="Findings that this run ignores for the first time."),
    ] = ()
    days: Annotated[
        tuple[Day, ...], Meta(description="The days of the last year on which a number changed.")
    ] = ()


class Check(msgspec.Struct, kw_only=True):
    """The outcome of one target."""

    target: Target
    expected: Source
    database: Database
    started_at: StartedAt = None
    duration: Duration = None
    in_sync: Annotated[bool, Meta(description="Whether no difference is left.")] = True
    summary: Annotated[
        dict[Word, Count],
        Meta(description="Findings by severity, and the number of ignored ones."),
    ] = {}
    compared: Annotated[
        dict[Word, Count], Meta(description="How much was compared, such as tables and columns.")
    ] = {}
    not_compared: tuple[NotCompared, ...] = ()
    findings: tuple[Finding, ...]
    ignored_findings: tuple[IgnoredFinding, ...] = ()
    unused_ignores: Annotated[
        tuple[UnusedIgnore, ...],
        Meta(description="Ignore entries that are expired or matched nothing in this target."),
    ] = ()
    notes: Annotated[Strings, Meta(description="Sentences for people.")] = ()
    tables: Annotated[Strings, Meta(description="The compared tables, as `schema.table`.")] = ()
    drawings: tuple[Drawing, ...] = ()
    complete: Annotated[
        bool, Meta(description="False if something could not be read or compared.")
    ] = True
    has_causes: Annotated[
        bool, Meta(description="Whether the migrations were run to find the causes.")
    ] = False
    cause_summary: Annotated[
        str, Meta(description="A sentence about the causes; empty if they were not asked for.")
    ] = ""
    hint: Annotated[str, Meta(description="The project's own sentence about differences.")] = ""
    configured: Annotated[
        bool, Meta(description="Whether `drift plan` knows the target by its name.")
    ] = True
    plan_options: Annotated[
        tuple[Argument, ...],
        Meta(description="The options of the check that `drift plan` needs, too: its arguments."),
    ] = ()
    changes: Annotated[
        Changes | None, Meta(description="Compared with earlier runs; null without a history.")
    ] = None
    actual: Annotated[
        Source | None,
        Meta(description="The other side in a report of `drift diff`; null in one of a check."),
    ] = None
    left: Annotated[
        Literal["", "expected", "actual"],
        Meta(description="The side that `drift diff` was given first; empty in a check."),
    ] = ""


class Failure(msgspec.Struct, kw_only=True):
    """A target that could not be checked."""

    target: Target
    reason: str


class Report(Head, kw_only=True):
    """A report of `drift check --format json`."""

    started_at: StartedAt = None
    duration: Duration = None
    shard: Annotated[
        Annotated[str, Meta(pattern=r"\A[1-9][0-9]{0,5}/[1-9][0-9]{0,5}\Z")] | None,
        Meta(description="The part of the targets that was checked, as K/N."),
    ] = None
    checks: tuple[Check, ...]
    failures: tuple[Failure, ...] = ()
