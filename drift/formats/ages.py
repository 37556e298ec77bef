"""The phrases about the age of findings, and about the changes since the last run."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

from drift.formats.vocabulary import plural
from drift.report import ages
from drift.report.ages import Day
from drift.report.finding import Finding
from drift.report.report import Check

NAMED = 3
"""Findings that a sentence names; it counts the others."""

_WORDS = {ages.NEW: "new", ages.BACK: "back", ages.STILL: "still there"}


def age(finding: Finding, *, days: bool = True) -> str:
    """Return `new`, or `since 2026-11-02 (24 days)`; "" without a history.

    Without `days`, the phrase stays true for as long as the finding is there.
    """
    if finding.status == ages.NEW:
        return "new"
    if not finding.status or finding.since is None:
        return ""
    since = f"since {_date(finding.since)}{_days(finding.days or 0) if days else ''}"
    if finding.status == ages.BACK:
        return f"back, first seen {_date(finding.first_seen or finding.since)}"
    if finding.status == ages.IGNORED:
        return f"ignored {since}"
    return f"new in some, in others {since}" if finding.status == ages.MIXED else since


def changes(check: Check, quote: Callable[[str], str] = str) -> str:
    """Return `2 new, 13 still there, 1 gone (public.users.legacy, was there 9 days)`.

    It is "" without a history, and if there was and is nothing. `quote` makes a name harmless.
    """
    if check.changes is None:
        return ""
    numbers = Counter(finding.status for finding in check.findings)
    parts = [f"{numbers[word]:,} {text}" for word, text in _WORDS.items() if numbers[word]]
    if gone := check.changes.gone:
        named = ((item.path, f", was there {_duration(item.days)}") for item in gone)
        parts.append(f"{len(gone):,} gone ({_named(list(named), quote)})")
    if ignored := check.changes.ignored:
        since = _date(check.changes.at)
        named = ((item.path, "") for item in ignored)
        parts.append(f"{len(ignored):,} ignored since {since} ({_named(list(named), quote)})")
    sentence = ", ".join(parts)
    if check.changes.first and sentence:
        return f"{sentence}; no earlier run checked this database"
    return sentence


def total(checks: Iterable[Check]) -> list[Day]:
    """Return the number of findings of all targets on each day on which it changed."""
    steps: dict[datetime.date, Counter[str]] = {}
    for check in checks:
        before = Day(date=datetime.date.min)
        for day in sorted(check.changes.days if check.changes else (), key=lambda day: day.date):
            step = steps.setdefault(day.date, Counter())
            for level in ("error", "warning", "info"):
                step[level] += getattr(day, level) - getattr(before, level)
            before = day
    return list(_summed(steps))


def _summed(steps: dict[datetime.date, Counter[str]]) -> Iterator[Day]:
    numbers: Counter[str] = Counter()
    for date in sorted(steps):
        for level, difference in steps[date].items():
            numbers[level] += difference
        yield Day(date=date, **{level: numbers[level] for level in ("error", "warning", "info")})


def databases(targets: Sequence[str], quote: Callable[[str], str] = str) -> str:
    """Return `customer-7`, `customer-7 and customer-8`, or `customer-7 and 39 others`."""
    if len(targets) > 2:
        return f"{quote(targets[0])} and {len(targets) - 1:,} others"
    return " and ".join(map(quote, targets))


def _named(items: list[tuple[str, str]], quote: Callable[[str], str]) -> str:
    shown = [f"{quote(name)}{text}" for name, text in items[:NAMED]]
    if len(items) > NAMED:
        shown.append(f"and {len(items) - NAMED:,} more")
    return "; ".join(shown)


def _date(moment: datetime.datetime) -> str:
    return f"{moment:%Y-%m-%d}"


def _duration(number: int) -> str:
    return plural(number, "day") if number else "less than a day"


def _days(number: int) -> str:
    return f" ({plural(number, 'day')})" if number else " (today)"
