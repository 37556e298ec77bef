"""Reports that were written with `--format json`, read back: data only, and not trusted."""

from __future__ import annotations

import datetime
import re
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from drift.errors import UsageError
from drift.model import Location, ObjectRef
from drift.report import fields, shard
from drift.report.drawing import Drawing, Part
from drift.report.finding import Finding, Ignored
from drift.report.remarks import is_remark
from drift.report.report import Check, Report
from drift.report.shard import Shard

VERSION = 1
"""The newest version of the document that is known here."""

LARGEST = 256 << 20
"""Bytes of a report: one of 5,000 tables, all of them different, has a tenth of it."""

MOST_VALUES = 12_000_000
"""Values of a report; a file of brackets alone would fill the memory a hundred times its size."""

DEEPEST = 20
"""Lists and objects within each other in what is told of one side."""

_LONGEST = 200
_COMPRESSED = (b"\x1f\x8b", b"PK\x03\x04", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd")
_BOM, _WIDE = b"\xef\xbb\xbf", (b"\xff\xfe", b"\xfe\xff")
_WHERE = re.compile(r"(?P<what>.*) - at (?:`key` in )?`\$\.?(?P<path>[^`]*)`", re.DOTALL)

T = TypeVar("T")


def read(path: Path) -> Report:
    """Return the report that a file holds, as it was before it was written.

    Raises UsageError, which names the file and the field, where it holds anything else.
    """
    try:
        return _report(_bytes(path))
    except _NoReportError as problem:
        raise UsageError(f"{path}: {problem}") from None


class _NoReportError(Exception):
    """The file is no report; the message says why."""


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except IsADirectoryError:
        raise _NoReportError("is a directory; name the reports in it") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "no such name is possible"
        raise _NoReportError(f"cannot be read: {reason}") from None
    if len(content) > LARGEST:
        raise _NoReportError(f"is larger than {LARGEST >> 20} MiB, so no report")
    if content.startswith(_COMPRESSED):
        raise _NoReportError("is compressed; unpack it first")
    if content.startswith(_WIDE):
        raise _NoReportError("is UTF-16; save it as UTF-8, or write it with --output json=PATH")
    if not content.strip():
        raise _NoReportError("is empty; the check that should have written it did not finish")
    return content.removeprefix(_BOM)


def _report(content: bytes) -> Report:
    head = _decoded(content, fields.Head, "is no report that `drift check --format json` wrote: ")
    if head.version > VERSION:
        raise _NoReportError(
            f"was written by a newer drift (version {head.version} of the report, "
            f"known is {VERSION}); upgrade drift"
        )
    if sum(content.count(byte) for byte in (b",", b"[", b"{")) > MOST_VALUES:
        raise _NoReportError(f"holds more than {MOST_VALUES:,} values, so no report")
    found = _decoded(content, fields.Report)
    if found.shard and _shard(found.shard) is None:
        raise _NoReportError(f"shard: {found.shard} is not K/N with K from 1 to N")
    checks = (_check(check, f"checks[{number}]") for number, check in enumerate(found.checks))
    return Report(
        checks=tuple(checks),
        failures=found.failures,
        started_at=_utc(found.started_at),
        duration=found.duration,
        shard=found.shard,
    )


def _shard(text: str) -> Shard | None:
    try:
        return shard.parse(text)
    except UsageError:
        return None


def _decoded(content: bytes, type_: type[T], prefix: str = "") -> T:
    try:
        return msgspec.json.decode(content, type=type_)
    except msgspec.ValidationError as error:
        raise _NoReportError(prefix + _reason(str(error))) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _NoReportError(f"is no JSON: {_cut(str(error))}") from None
    except RecursionError:
        raise _NoReportError("is nested too deeply") from None


def _reason(problem: str) -> str:
    """Turn `Expected … - at `$.checks[0].target`` around: the place first."""
    if match := _WHERE.fullmatch(problem):
        what = (
            "is nothing that drift writes" if "matching regex" in match["what"] else match["what"]
        )
        return f"{_cut(match['path'])}: {_cut(what)}"
    return _cut(problem)


def _cut(text: str) -> str:
    shown = " ".join(text.split())
    return shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}…"


def _check(check: fields.Check, place: str) -> Check:
    found = [_finding(one, f"{place}.findings[{n}]") for n, one in enumerate(check.findings)]
    ignored = (
        Ignored(finding=_finding(one, f"{place}.ignored_findings[{n}]"), reason=one.reason)
        for n, one in enumerate(check.ignored_findings)
    )
    return Check(
        target=check.target,
        expected_source=check.expected.source,
        expected_name=check.expected.name,
        database=check.database,
        findings=tuple(one for one in found if not is_remark(one)),
        remarks=tuple(filter(is_remark, found)),
        ignored=tuple(ignored),
        compared=check.compared,
        tables=check.tables,
        not_compared={one.kind: one.count for one in check.not_compared},
        notes=check.notes,
        drawings=tuple(
            _drawing(one, f"{place}.drawings[{n}]") for n, one in enumerate(check.drawings)
        ),
        complete=check.complete,
        started_at=_utc(check.started_at),
        duration=check.duration,
    )


def _utc(moment: datetime.datetime | None) -> datetime.datetime | None:
    try:
        return moment and moment.astimezone(datetime.UTC)
    except OverflowError:
        return None


def _finding(finding: fields.Finding, place: str) -> Finding:
    ref, where = finding.object, finding.location
    return Finding(
        rule=finding.rule,
        severity=finding.severity,
        object=ObjectRef(ref.kind, ref.schema, ref.table, ref.name),
        message=finding.message,
        impact=finding.impact,
        detail=finding.detail,
        expected=_facts(finding.expected, f"{place}.expected"),
        actual=_facts(finding.actual, f"{place}.actual"),
        changes=_facts(finding.changes, f"{place}.changes"),
        location=Location(where.file, where.line) if where else None,
        fingerprint=finding.fingerprint,
        schemas=finding.schemas,
    )


def _drawing(drawing: fields.Drawing, place: str) -> Drawing:
    parts = (Part(**msgspec.structs.asdict(part)) for part in drawing.parts)
    found = Drawing(
        schema=drawing.schema, name=drawing.name, parts=tuple(parts), links=drawing.links
    )
    for number, link in enumerate(found.links):
        if link.table != found.path:
            raise _NoReportError(f"{place}.links[{number}].table: is not the table that is drawn")
    return found


def _facts(value: Any, place: str, depth: int = 0) -> Any:
    """Return facts with tuples for lists, as they were; what cannot be written again is refused."""
    if depth > DEEPEST:
        raise _NoReportError(f"{place}: is nested more than {DEEPEST} deep")
    if isinstance(value, dict):
        return {key: _facts(item, place, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return tuple(_facts(item, place, depth + 1) for item in value)
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        raise _NoReportError(f"{place}: holds a number that is too large")
    return value
