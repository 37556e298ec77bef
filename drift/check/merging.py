"""Merges the reports of several runs, and names the shards that are missing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from drift.check import clock
from drift.errors import UsageError
from drift.report import shard
from drift.report.report import Failure, Report

MOST = 10
"""Missing shards that a message names; it counts the others."""


def merge(
    parts: Mapping[str, Report], note: Callable[[str], None], *, partial: bool = False
) -> Report:
    """Return one report of all targets, sorted by their names; `parts` by file.

    A shard whose report is missing is a failure, unless the report may be `partial`.

    Raises UsageError if a target or a shard is in two files, or the shards are of different runs.
    """
    _require_distinct(parts)
    for file, report in parts.items():
        if not report.checks and not report.failures:
            subject = f"shard {report.shard}" if report.shard else "the report"
            note(f"{file}: {subject} has no targets")
    missing = list(_missing(parts))
    if partial and missing:
        note(f"merged without {_named(missing)}")
    failures = [failure for report in parts.values() for failure in report.failures]
    failures += [_failure(missing)] if missing and not partial else []
    checks = (check for report in parts.values() for check in report.checks)
    started_at, duration = clock.span(parts.values())
    return Report(
        checks=tuple(sorted(checks, key=lambda check: check.target)),
        failures=tuple(sorted(failures, key=lambda failure: failure.target)),
        started_at=started_at,
        duration=duration,
    )


def _failure(missing: Sequence[str]) -> Failure:
    reason = f"no report of {_named(missing)}; add every shard's report, or pass --partial"
    return Failure(target="missing shards", reason=reason)


def _named(shards: Sequence[str]) -> str:
    more = f" and {len(shards) - MOST:,} more" if len(shards) > MOST else ""
    noun = "shard" if len(shards) == 1 else "shards"
    return f"{noun} {', '.join(shards[:MOST])}{more}"


def _require_distinct(parts: Mapping[str, Report]) -> None:
    seen: dict[str, str] = {}
    for file, report in parts.items():
        names = [f"the target {check.target}" for check in report.checks]
        names += [f"the target {failure.target}" for failure in report.failures]
        names += [f"shard {report.shard}"] if report.shard else []
        for name in names:
            if seen.setdefault(name, file) != file:
                raise UsageError(f"{file}: {name} is also in {seen[name]}; merge only one of them")


def _missing(parts: Mapping[str, Report]) -> Iterator[str]:
    """Yield the shards without a report."""
    files = {report.shard: file for file, report in parts.items() if report.shard}
    given = {name: shard.parse(name) for name in files}
    totals = {part.total: name for name, part in given.items()}
    if len(totals) > 1:
        first, other = list(totals.values())[:2]
        raise UsageError(
            f"{files[other]} is shard {other}, and {files[first]} is shard {first}: they are "
            "of different runs; merge the reports of one run"
        )
    numbers = {part.number for part in given.values()}
    for total in totals:
        yield from (f"{n}/{total}" for n in range(1, total + 1) if n not in numbers)
