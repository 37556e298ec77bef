"""The words that all formats share, and the order of findings in them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from itertools import groupby

from drift.model import Severity
from drift.report.finding import Finding
from drift.report.report import Check, Report

MARKS = {Severity.ERROR: "✗", Severity.WARNING: "!", Severity.INFO: "·"}


def plural(count: int, noun: str) -> str:
    """Return `1 table`, `2 tables`, `3 policies`, `2 indexes`."""
    if count == 1:
        return f"{count} {noun}"
    if noun.endswith("y"):
        return f"{count} {noun[:-1]}ies"
    return f"{count} {noun}es" if noun.endswith("x") else f"{count} {noun}s"


def counts(findings: Iterable[Finding]) -> str:
    """Return `2 errors, 1 warning, 3 info`; "" if there is none."""
    found = Counter(finding.severity for finding in findings)
    return ", ".join(
        f"{found[level]} info" if level is Severity.INFO else plural(found[level], str(level))
        for level in Severity
        if found[level]
    )


def outcome(check: Check) -> str:
    """Return the outcome in a few words: `2 errors`, `in sync`, `in sync, incomplete`."""
    words = counts(check.findings) or "in sync"
    return words if check.complete else f"{words}, {INCOMPLETE}"


INCOMPLETE = "incomplete"
"""The word for a check that could not read or compare everything."""


def compared(check: Check) -> str:
    """Return how much was compared: `10 schemas, 8 tables and 61 columns`."""
    counts = [plural(n, kind.removesuffix("s")) for kind, n in check.compared.items()]
    return " and ".join(filter(None, (", ".join(counts[:-1]), *counts[-1:])))


def notes(check: Check) -> Iterator[str]:
    """Yield sentences about the check, beside its findings."""
    if not check.complete:
        yield f"{INCOMPLETE}: not everything could be read or compared"
    yield from check.notes
    if check.ignored:
        yield f"{plural(len(check.ignored), 'difference')} ignored by the configuration"
    if check.not_compared:
        kinds = (plural(count, kind) for kind, count in check.not_compared.items())
        yield f"not compared: {', '.join(kinds)}"


def timing(run: Check | Report) -> str:
    """Return `2026-11-26 08:49:46 UTC, in 0.42 s`; "" if it is unknown."""
    if run.started_at is None or run.duration is None:
        return ""
    return f"{run.started_at:%Y-%m-%d %H:%M:%S} UTC, in {run.duration:,.2f} s"


def place(finding: Finding) -> tuple[str, str]:
    """Return the schema and name of the table, or of what belongs to none."""
    ref = finding.object
    return ref.schema, ref.table or ref.name


def by_table(findings: Iterable[Finding]) -> Iterator[list[Finding]]:
    """Yield each table's findings: tables with most errors first, then warnings, then by name."""
    ordered = list(findings)
    found = Counter((place(finding), finding.severity) for finding in ordered)

    def key(finding: Finding) -> tuple[object, ...]:
        where = place(finding)
        return (*(-found[where, level] for level in Severity), where, finding.order)

    for _, group in groupby(sorted(ordered, key=key), key=place):
        yield list(group)


def by_severity_and_rule(findings: Iterable[Finding]) -> list[list[Finding]]:
    """Return the findings that have severity and rule in common; the worst, and most, first."""
    groups: dict[tuple[int, str], list[Finding]] = defaultdict(list)
    for finding in findings:
        groups[finding.severity.rank, finding.rule].append(finding)
    order = sorted(groups, key=lambda key: (key[0], -len(groups[key]), key[1]))
    return [groups[key] for key in order]


def by_rule(findings: Iterable[Finding]) -> Iterator[list[Finding]]:
    """Yield the findings that have severity, rule and impact in common."""

    def key(finding: Finding) -> tuple[int, str, str]:
        return finding.severity.rank, finding.rule, finding.impact

    for _, group in groupby(sorted(findings, key=key), key=key):
        yield list(group)
