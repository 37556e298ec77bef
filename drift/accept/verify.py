"""Verifies a changed configuration: it ignores the chosen findings, and no others."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

import msgspec

from drift.accept.choice import Choice, Pair
from drift.accept.sections import Configuration
from drift.check.covering import Entries, attributes
from drift.config import IgnoreEntry
from drift.errors import UsageError
from drift.formats.escape import visible
from drift.report.finding import Finding
from drift.report.report import Report

_NAMED = 3


def is_covered(finding: Finding, entries: Entries, choice: Choice) -> bool:
    """Return whether entries cover the part of a finding that is to be accepted."""
    about = entries.about(finding)
    covered = {name for entry in about for name in attributes(entry, finding)}
    whole = any(entry.attribute is None for entry in about)
    return whole or bool(about and choice.covered(finding) <= covered)


def current(entries: Sequence[IgnoreEntry]) -> Entries:
    """Return the entries that are not expired."""
    today = datetime.date.today()
    return Entries(entry for entry in entries if entry.until is None or entry.until >= today)


def require_exact(
    before: Configuration,
    after: Configuration,
    report: Report,
    chosen: Sequence[Pair],
    choice: Choice,
) -> None:
    """Raise UsageError if anything else has changed, or another finding is ignored."""
    if before.without_entries() != after.without_entries():
        raise UsageError("the file cannot be changed safely; add the entries by hand (--dry-run)")
    ids = {id(finding) for _, finding in chosen}
    others = []
    for check in report.checks:
        old = {_without_line(entry) for entry in before.ignore_of(check.target)}
        entries = after.ignore_of(check.target)
        added = Entries(entry for entry in entries if _without_line(entry) not in old)
        valid = current(entries)
        for finding in (*check.findings, *check.remarks):
            if id(finding) in ids:
                if not is_covered(finding, valid, choice):
                    raise UsageError(f"no entry can name {visible(finding.object.path)}")
            elif added.about(finding):
                others.append(finding)
    if others:
        _refuse(others)


def _refuse(others: Sequence[Finding]) -> None:
    named = ", ".join(finding.fingerprint for finding in others[:_NAMED])
    more = f" and {len(others) - _NAMED:,} more" if len(others) > _NAMED else ""
    first = others[0]
    raise UsageError(
        visible(
            f"no entry can tell the chosen differences from {named}{more}, such as {first.rule} on "
            f"{first.object.path}; accept those, too"
        )
    )


def _without_line(entry: IgnoreEntry) -> IgnoreEntry:
    return msgspec.structs.replace(entry, declared_at="")
