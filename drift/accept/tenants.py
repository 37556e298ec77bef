"""Divides findings about many schemas (tenants) of which not all have the difference."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Sequence
from fnmatch import fnmatchcase

from msgspec.structs import replace

from drift.accept.choice import Choice, Pair
from drift.accept.patterns import literal
from drift.errors import UsageError
from drift.formats.escape import visible
from drift.report.finding import Finding
from drift.report.report import Check, Report

_MOST = 20
"""Schemas that get an entry each for one difference; more entries are too many to review."""


def divided(report: Report, choice: Choice) -> Report:
    """Return a report with a finding per schema, except for those that all schemas have.

    An entry with the pattern would also ignore the difference in a schema that gets it later. So a
    finding of some schemas stays whole only if the choice names a table with the pattern.
    """
    return replace(report, checks=tuple(_divided(check, choice) for check in report.checks))


def require_few(pairs: Sequence[Pair], report: Report) -> None:
    """Raise UsageError if a difference would get an entry for each of too many schemas.

    `report` is the one that was not divided.
    """
    counts = Counter((target, finding.fingerprint) for target, finding in pairs)
    for check in report.checks:
        for finding in (*check.findings, *check.remarks):
            count = counts[check.target, finding.fingerprint]
            if finding.schemas and count > _MOST:
                raise UsageError(visible(_too_many(finding, count)))


def _too_many(finding: Finding, count: int) -> str:
    ref = finding.object
    table = f"{ref.schema}.{literal(ref.table or ref.name)}"
    return (
        f"{finding.rule} on {ref.path} would get an entry for each of {count:,} schemas, which is "
        f"too many; --table {shlex.quote(table)} accepts it with one entry for all schemas "
        f"{ref.schema}, also for those that get the difference later"
    )


def _divided(check: Check, choice: Choice) -> Check:
    total = check.compared.get("schemas")

    def parts(findings: Sequence[Finding]) -> tuple[Finding, ...]:
        return tuple(part for each in findings for part in _parts(each, total, choice))

    return replace(check, findings=parts(check.findings), remarks=parts(check.remarks))


def _parts(finding: Finding, total: int | None, choice: Choice) -> list[Finding]:
    """Return a finding, or one per schema if some of the `total` do not have it."""
    if _is_named(finding, choice.tables):
        return [finding]
    parts = [
        replace(finding, object=replace(finding.object, schema=schema), schemas=())
        for schema in finding.schemas
    ]
    chosen = sum(map(choice.is_about, parts))
    is_whole = len(parts) == total and chosen in {0, len(parts)}
    return [finding] if is_whole or not parts else parts


def _is_named(finding: Finding, tables: Sequence[str]) -> bool:
    """Return whether one of the patterns of tables begins with the pattern of the schemas."""
    name = finding.object.table or finding.object.name
    return any(
        text.startswith(f"{finding.object.schema}.") and fnmatchcase(f"{schema}.{name}", text)
        for text in tables
        for schema in finding.schemas[:1]
    )
