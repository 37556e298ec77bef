"""What the page calls things: severities, tables, both sides."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from drift.formats.html.markup import plural
from drift.formats.vocabulary import INCOMPLETE
from drift.model import Severity
from drift.report.finding import Finding
from drift.report.report import Check

MARKS = {Severity.ERROR: "✕", Severity.WARNING: "!", Severity.INFO: "i"}


def place(finding: Finding) -> str:
    """Return `schema.table`, or the path of what belongs to no table."""
    ref = finding.object
    return f"{ref.schema}.{ref.table}" if ref.table else ref.path


def levels(findings: Iterable[Finding]) -> Counter[Severity]:
    """Count findings by severity."""
    return Counter(finding.severity for finding in findings)


def counted(counts: Mapping[Severity, int]) -> str:
    """Return `2 errors, 1 warning, 3 info`, or "" where there is none."""
    return ", ".join(
        f"{counts[level]:,} info" if level is Severity.INFO else plural(counts[level], level)
        for level in Severity
        if counts.get(level)
    )


def worst(findings: Iterable[Finding]) -> Severity | None:
    """Return the worst severity of some findings."""
    return min((finding.severity for finding in findings), key=lambda s: s.rank, default=None)


def verdict(check: Check) -> str:
    """Return the outcome in a word or two."""
    words = counted(levels(check.findings)) or "in sync"
    return words if check.complete else f"{words}, {INCOMPLETE}"


def state(check: Check) -> str:
    """Return the worst severity; `warning` if it is only incomplete, `ok` if nothing is wrong."""
    level = worst(check.findings)
    return str(level or ("ok" if check.complete else Severity.WARNING))
