"""The fields of a report's JSON document, with what each of them may hold.

Words that reports show as they are, without escaping them, may be words only.
"""

from __future__ import annotations

import datetime
from typing import Annotated, Any, Literal, TypeAlias

import msgspec

from drift.model import Severity
from drift.report.drawing import Link
from drift.report.report import Database, Failure

_Word: TypeAlias = Annotated[str, msgspec.Meta(pattern=r"\A[a-z][a-z0-9 _-]{0,62}\Z")]
_Fingerprint: TypeAlias = Annotated[str, msgspec.Meta(pattern=r"\A([0-9a-f]{16})?\Z")]
_Count: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
_Line: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]
_Version: TypeAlias = Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]
_Moment: TypeAlias = Annotated[datetime.datetime, msgspec.Meta(tz=True)]
_Seconds: TypeAlias = Annotated[float, msgspec.Meta(ge=0, le=10**9)]
_Shard: TypeAlias = Annotated[str, msgspec.Meta(pattern=r"\A[1-9][0-9]{0,5}/[1-9][0-9]{0,5}\Z")]
_Cells: TypeAlias = dict[_Word, str]
_Strings: TypeAlias = tuple[str, ...]


class Tool(msgspec.Struct):
    """What wrote the report."""

    name: Literal["drift"]


class Head(msgspec.Struct):
    """What tells a report from any other document."""

    version: _Version
    tool: Tool


class Source(msgspec.Struct):
    """The side that is expected."""

    source: str
    name: str


class Object(msgspec.Struct):
    """The object that a finding is about."""

    kind: _Word
    schema: str
    table: str | None
    name: str


class Place(msgspec.Struct):
    """Where a model declares something."""

    file: str
    line: _Line


class Finding(msgspec.Struct):
    """One difference."""

    rule: _Word
    severity: Severity
    object: Object
    message: str
    impact: str
    detail: str = ""
    expected: dict[str, Any] | None = None
    actual: dict[str, Any] | None = None
    changes: dict[str, tuple[Any, Any]] = {}
    location: Place | None = None
    fingerprint: _Fingerprint = ""
    schemas: _Strings = ()


class Ignored(Finding, kw_only=True):
    """A difference that is accepted, and why."""

    reason: str


class Uncompared(msgspec.Struct):
    """How many objects of a kind were not compared."""

    kind: _Word
    count: _Count


class Part(msgspec.Struct):
    """A part of a drawn table."""

    kind: _Word
    name: str
    expected: _Cells | None = None
    actual: _Cells | None = None
    marked: tuple[_Word, ...] = ()


class Drawing(msgspec.Struct):
    """A drawn table."""

    schema: str
    name: str
    parts: tuple[Part, ...]
    links: tuple[Link, ...] = ()


class Check(msgspec.Struct):
    """The outcome of one target; older reports have less of it."""

    target: str
    expected: Source
    database: Database
    findings: tuple[Finding, ...]
    ignored_findings: tuple[Ignored, ...] = ()
    compared: dict[_Word, _Count] = {}
    tables: _Strings = ()
    not_compared: tuple[Uncompared, ...] = ()
    notes: _Strings = ()
    drawings: tuple[Drawing, ...] = ()
    complete: bool = True
    started_at: _Moment | None = None
    duration: _Seconds | None = None


class Report(Head):
    """The whole document."""

    checks: tuple[Check, ...]
    failures: tuple[Failure, ...] = ()
    started_at: _Moment | None = None
    duration: _Seconds | None = None
    shard: _Shard | None = None
