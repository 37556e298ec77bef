"""Encodes a report as version 1 of its JSON document, and decodes it; `shape_v1` has the shape."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from drift import __version__
from drift.kinds.sides import DATABASE, MODELS, Sides
from drift.report import finding_shape_v1 as finding_shape
from drift.report import shape_v1 as shape
from drift.report.ages import Changes
from drift.report.document import InvalidDocumentError, decoded, require_few_values
from drift.report.drawing import Drawing
from drift.report.finding import Finding, Ignored
from drift.report.fix import Planner, planner
from drift.report.remarks import is_remark
from drift.report.report import Check, Database, Failure, Report

VERSION = 1
DEEPEST = 20
"""Levels of lists and objects in the facts of one side."""

T = TypeVar("T")
_HEAD = msgspec.json.Decoder(shape.Head)
_REPORT = msgspec.json.Decoder(shape.Report)


def encode(report: Report) -> bytes:
    """Return the report as JSON; characters that UTF-8 cannot hold become question marks."""
    document = shape.Report(
        version=VERSION,
        tool=shape.Tool(name="drift", version=__version__),
        started_at=_whole_seconds(report.started_at),
        duration=report.duration,
        shard=report.shard,
        checks=tuple(map(_encoded_check, report.checks)),
        failures=tuple(_copied(failure, shape.Failure) for failure in report.failures),
    )
    try:
        return msgspec.json.encode(document, enc_hook=dict)
    except UnicodeEncodeError:
        return msgspec.json.encode(encodable(msgspec.to_builtins(document, enc_hook=dict)))


def _copied(struct: msgspec.Struct, type_: type[T], **more: Any) -> T:
    """Return another struct with the same fields, unvalidated: every name must reach the report."""
    return type_(**msgspec.structs.asdict(struct), **more)


def _encoded_check(check: Check) -> shape.Check:
    plan = planner(check)  # made once: it reads all findings
    return shape.Check(
        target=check.target,
        expected=shape.Source(
            source=check.expected_source,
            name=check.expected_name,
            label=check.sides.expected,
        ),
        database=_copied(check.database, shape.Database),
        started_at=_whole_seconds(check.started_at),
        duration=check.duration,
        in_sync=check.in_sync,
        summary=check.summary,
        compared=dict(check.compared),
        not_compared=tuple(
            shape.NotCompared(kind=kind, count=count) for kind, count in check.not_compared.items()
        ),
        findings=tuple(
            _encoded_finding(finding, finding_shape.Finding, fix=_fix(plan, finding))
            for finding in (*check.findings, *check.remarks)
        ),
        ignored_findings=tuple(
            _encoded_finding(
                ignored.finding,
                finding_shape.IgnoredFinding,
                reason=ignored.reason,
                declared_at=ignored.declared_at,
                hook=ignored.hook,
            )
            for ignored in check.ignored
        ),
        unused_ignores=check.unused_ignores,
        notes=check.notes,
        tables=check.tables,
        drawings=tuple(_copied(drawing, shape.Drawing) for drawing in check.drawings),
        complete=check.complete,
        has_causes=check.has_causes,
        cause_summary=check.cause_summary,
        hint=check.hint,
        configured=check.configured,
        plan_options=check.plan_options,
        changes=_changes(check.changes, shape.Changes),
        actual=_encoded_actual(check),
        left=check.left,
    )


def _encoded_finding(finding: Finding, type_: type[T], **more: Any) -> T:
    fields = msgspec.structs.asdict(finding)
    del fields["clauses"]
    return type_(**fields, **more)


def _fix(plan: Planner, finding: Finding) -> finding_shape.Fix | None:
    known = plan.fix(finding)
    return _copied(known, finding_shape.Fix) if known else None


def _encoded_actual(check: Check) -> shape.Source | None:
    if not check.actual_source:
        return None
    return shape.Source(
        source=check.actual_source, name=check.actual_name, label=check.sides.actual
    )


def _whole_seconds(moment: datetime.datetime | None) -> datetime.datetime | None:
    return moment and moment.replace(microsecond=0)


def encodable(value: Any) -> Any:
    """Replace characters that UTF-8 cannot hold: no name may keep a report from being written."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, Mapping):
        return {encodable(key): encodable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [encodable(item) for item in value]
    return value


def decode(content: bytes) -> Report:
    """Return the report that a document holds, as it was before it was encoded.

    Unknown fields are ignored, and fields that older reports lack are left empty. Raises
    InvalidDocumentError for anything else.
    """
    head = decoded(content, _HEAD, "was not written by `drift check --format json`: ")
    if head.version > VERSION:
        raise InvalidDocumentError(
            f"was written by a newer drift (version {head.version} of the report, "
            f"known is {VERSION}); upgrade drift"
        )
    require_few_values(content, "drift report")
    document = decoded(content, _REPORT)
    if document.shard:
        number, total = map(int, document.shard.split("/"))
        if number > total:
            raise InvalidDocumentError(f"shard: {document.shard} is not K/N with K from 1 to N")
    return Report(
        checks=tuple(_check(check, f"checks[{n}]") for n, check in enumerate(document.checks)),
        failures=_converted(document.failures, tuple[Failure, ...]),
        started_at=_utc(document.started_at),
        duration=document.duration,
        shard=document.shard,
    )


def _converted(value: Any, type_: type[T]) -> T:
    return msgspec.convert(value, type_, from_attributes=True)


def _changes(value: Changes | shape.Changes | None, type_: type[T]) -> T | None:
    return None if value is None else _converted(value, type_)


def _check(check: shape.Check, path: str) -> Check:
    findings = [
        _finding(finding, f"{path}.findings[{n}]") for n, finding in enumerate(check.findings)
    ]
    ignored = (
        Ignored(
            finding=_finding(finding, f"{path}.ignored_findings[{n}]"),
            reason=finding.reason,
            declared_at=finding.declared_at,
            hook=finding.hook,
        )
        for n, finding in enumerate(check.ignored_findings)
    )
    for number, drawing in enumerate(check.drawings):
        _check_links(drawing, f"{path}.drawings[{number}]")
    return Check(
        target=check.target,
        expected_source=check.expected.source,
        expected_name=check.expected.name,
        database=_converted(check.database, Database),
        findings=tuple(finding for finding in findings if not is_remark(finding)),
        remarks=tuple(filter(is_remark, findings)),
        ignored=tuple(ignored),
        compared=check.compared,
        tables=check.tables,
        not_compared={entry.kind: entry.count for entry in check.not_compared},
        unused_ignores=check.unused_ignores,
        notes=check.notes,
        drawings=_converted(check.drawings, tuple[Drawing, ...]),
        complete=check.complete,
        has_causes=check.has_causes,
        cause_summary=check.cause_summary,
        hint=check.hint,
        configured=check.configured,
        plan_options=check.plan_options,
        changes=_changes(check.changes, Changes),
        sides=Sides(
            expected=check.expected.label or MODELS,
            actual=check.actual.label if check.actual else DATABASE,
        ),
        actual_source=check.actual.source if check.actual else "",
        actual_name=check.actual.name if check.actual else "",
        left=check.left,
        started_at=_utc(check.started_at),
        duration=check.duration,
    )


def _finding(encoded: finding_shape.Finding, path: str) -> Finding:
    sides = {
        name: _facts(getattr(encoded, name), f"{path}.{name}")
        for name in ("expected", "actual", "changes")
    }
    return msgspec.structs.replace(_converted(encoded, Finding), **sides)


def _facts(value: Any, path: str, depth: int = 0) -> Any:
    """Return facts with tuples for lists, as they were; refuse values that JSON cannot hold."""
    if depth > DEEPEST:
        raise InvalidDocumentError(f"{path}: is nested more than {DEEPEST} deep")
    if isinstance(value, dict):
        return {key: _facts(item, path, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return tuple(_facts(item, path, depth + 1) for item in value)
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        raise InvalidDocumentError(f"{path}: holds a number that is too large")
    return value


def _check_links(drawing: shape.Drawing, path: str) -> None:
    """Refuse a foreign key of another table: formats draw it from the table that has it."""
    for number, link in enumerate(drawing.links):
        if link.table != f"{drawing.schema}.{drawing.name}":
            raise InvalidDocumentError(
                f"{path}.links[{number}].table: is not the table of this drawing"
            )


def _utc(moment: datetime.datetime | None) -> datetime.datetime | None:
    try:
        return moment and moment.astimezone(datetime.UTC)
    except OverflowError:
        return None
