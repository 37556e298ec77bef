"""The exit code of a report."""

from __future__ import annotations

from collections.abc import Iterator

from drift.model import Severity
from drift.process.exit_codes import COULD_NOT_CHECK, DRIFT, IN_SYNC
from drift.report.ignores import unused_everywhere
from drift.report.report import Report


def exit_code(
    report: Report,
    level: Severity,
    *,
    exit_zero: bool = False,
    require_complete: bool = False,
    strict_ignores: bool = False,
) -> int:
    """Return 2 if a target could not be checked, 1 for drift at `level` or worse, else 0.

    With `strict_ignores`, an ignore entry without effect counts as drift.
    """
    if report.failures or (require_complete and any(incomplete(report))):
        return COULD_NOT_CHECK
    drifted = any(check.reaches(level) for check in report.checks)
    drifted |= strict_ignores and any(ineffective(report))
    return DRIFT if drifted and not exit_zero else IN_SYNC


def ineffective(report: Report) -> Iterator[str]:
    """Yield an error per ignore entry that is expired, or that matched nothing in any target."""
    for entry in unused_everywhere(report):
        if entry.expired:
            reason = f"expired on {entry.expired}; fix the difference, or extend the date"
        else:
            reason = "matched nothing; remove it"
        yield f"{entry.subject} {reason} (strict ignores)"


def incomplete(report: Report) -> Iterator[str]:
    """Yield an error per target with something that could not be read or compared."""
    for check in report.checks:
        if not check.complete:
            yield (
                f"{check.target}: incomplete, and --require-complete is set: something could not "
                "be read or compared; see the notes of the report, and retry"
            )
