"""The page's words for numbers, outcomes and objects."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from drift.formats import vocabulary
from drift.model import Severity
from drift.report.finding import Finding
from drift.report.report import Check

MARKS = {Severity.ERROR: "✕", Severity.WARNING: "!", Severity.INFO: "i"}


def plural(count: int, noun: str) -> str:
    """Return `1 table`, `2 tables`, `1,234 indexes`."""
    return f"{count:,} {vocabulary.plural(count, noun).partition(' ')[2]}"


def object_path(finding: Finding) -> str:
    """Return `schema.table`, or the path of an object that belongs to no table."""
    ref = finding.object
    return f"{ref.schema}.{ref.table}" if ref.table else ref.path


def levels(findings: Iterable[Finding]) -> Counter[Severity]:
    """Count findings by severity."""
    return Counter(finding.severity for finding in findings)


def level_noun(level: Severity, count: int) -> str:
    """Return the noun after a count: `error`, `errors`, `info`."""
    return level if count == 1 or level is Severity.INFO else f"{level}s"


def counted(counts: Mapping[Severity, int]) -> str:
    """Return `2 errors, 1 warning, 3 info`, or "" without findings."""
    present = ((level, counts[level]) for level in Severity if counts.get(level))
    return ", ".join(f"{count:,} {level_noun(level, count)}" for level, count in present)


def worst(findings: Iterable[Finding]) -> Severity | None:
    """Return the worst severity of the findings."""
    return min((finding.severity for finding in findings), key=lambda s: s.rank, default=None)


def verdict(check: Check) -> str:
    """Return the outcome in a word or two."""
    words = counted(levels(check.findings)) or "in sync"
    return words if check.complete else f"{words}, {vocabulary.INCOMPLETE}"


def state(check: Check) -> str:
    """Return the worst severity; `warning` if it is only incomplete, `ok` if nothing is wrong."""
    return worst(check.findings) or ("ok" if check.complete else Severity.WARNING)
