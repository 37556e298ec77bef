"""The report of the Python interface: findings, and the texts that the command writes."""

from __future__ import annotations

from drift.errors import UsageError
from drift.formats import FORMATS, Options, resolve
from drift.model import Severity
from drift.report import report
from drift.report.finding import Finding


class Report(report.Report, frozen=True, kw_only=True):
    """The outcome of a check; `str()` of it is the text report.

    `checks` has everything: the findings, the ignored ones, notes, and the database.

    >>> report = drift.check(metadata, engine)
    >>> report.in_sync, report.reaches("warning"), report.reaches("error")
    (False, True, False)
    >>> print(str(report).splitlines()[-1])
    default: 1 warning; 1 table and 1 column compared
    """

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The differences, without those that are ignored."""
        return tuple(finding for check in self.checks for finding in check.findings)

    @property
    def in_sync(self) -> bool:
        """Whether there is no difference."""
        return all(check.in_sync for check in self.checks)

    @property
    def complete(self) -> bool:
        """Whether everything could be read and compared; `checks` have notes on the rest."""
        return all(check.complete for check in self.checks)

    def reaches(self, level: str) -> bool:
        """Return whether a difference is at a severity (error, warning, info) or worse."""
        return any(check.reaches(Severity(level)) for check in self.checks)

    def render(self, format: str = "text", *, width: int = 80) -> str:  # noqa: A002
        """Return the report in a format of `drift check --format`, without colours."""
        if format not in FORMATS:
            raise UsageError(f"there is no format {format!r}; write one of {', '.join(FORMATS)}")
        return resolve(format)(self, Options(width=width, more=""))

    def __str__(self) -> str:
        return self.render()
