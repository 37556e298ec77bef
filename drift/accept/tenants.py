"""Divides findings about many schemas (tenants) of which not all have the difference."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec.structs import replace

from drift.accept.choice import Choice
from drift.report.finding import Finding
from drift.report.report import Check, Report


def divided(report: Report, choice: Choice) -> Report:
    """Return a report with a finding per schema, except for those that all schemas have.

    An entry with the pattern would also ignore the difference in a schema that gets it later.
    """
    return replace(
        report, checks=tuple(_divided(check, choice.is_about) for check in report.checks)
    )


def _divided(check: Check, is_chosen: Callable[[Finding], bool]) -> Check:
    total = check.compared.get("schemas")

    def parts(findings: Sequence[Finding]) -> tuple[Finding, ...]:
        return tuple(part for each in findings for part in _parts(each, total, is_chosen))

    return replace(check, findings=parts(check.findings), remarks=parts(check.remarks))


def _parts(
    finding: Finding, total: int | None, is_chosen: Callable[[Finding], bool]
) -> list[Finding]:
    """Return a finding, or one per schema if some of the `total` do not have it."""
    parts = [
        replace(finding, object=replace(finding.object, schema=schema), schemas=())
        for schema in finding.schemas
    ]
    chosen = sum(map(is_chosen, parts))
    is_whole = len(parts) == total and chosen in {0, len(parts)}
    return [finding] if is_whole or not parts else parts
