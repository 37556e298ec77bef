"""Finds objects of models and database that migrations make differently or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import msgspec

from drift.causes.decide import no_migration
from drift.causes.history import History
from drift.causes.sides import Side, is_extra, is_missing
from drift.kinds.base import noun_of
from drift.kinds.migration import UNMIGRATED
from drift.model import Severity
from drift.report import causes
from drift.report.finding import Finding
from drift.report.remarks import is_remark


def unmigrated(
    history: History,
    live: Iterable[Finding],
    severity_of: Callable[[Finding], Severity | None] = lambda finding: finding.severity,
) -> Iterator[Finding]:
    """Yield a finding per object that a database built by the migrations would lack or have else.

    Only objects that the database's own revision makes differently count: those that a pending
    migration changes are not settled before it has run. A difference that the configuration
    ignores (`severity_of` returns None) keeps its rule, so that it is ignored here, too.
    """
    head = history.head
    if head is None or history.from_models:
        return
    side, current = Side(live), history.current
    for finding in head.side.findings:
        settled = current is None or not current.side.state(finding).agrees
        same = side.state(finding).agrees and not side.reports(finding)
        if settled and same and not is_remark(finding):
            level, evidence = severity_of(finding), no_migration(finding, head.side.state(finding))
            own = finding if level is None else _finding(finding, level)
            yield msgspec.structs.replace(own, cause=causes.UNMIGRATED, evidence=evidence)


def _finding(finding: Finding, level: Severity) -> Finding:
    detail = _detail(finding)
    ref = finding.object
    return msgspec.structs.replace(
        finding,
        rule=UNMIGRATED.id,
        severity=Severity.INFO if level is Severity.INFO else UNMIGRATED.severity,
        message=f"{noun_of(ref.kind)} {ref.name} {detail}",
        detail=detail,
        impact=UNMIGRATED.impact,
    )


def _detail(finding: Finding) -> str:
    if is_extra(finding):
        return "is made by the migrations, but neither the models nor the database have it"
    if is_missing(finding):
        return "is in the models and in the database, but no migration makes it"
    return (
        f"is the same in the models and the database, but not in the migrations: {finding.detail}"
    )
