"""The tests: one per table of the models, and one for all other objects."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from types import ModuleType
from typing import Any

import pytest
from msgspec.structs import replace

from drift.check.tables import matches
from drift.errors import DriftError
from drift.formats.options import Options
from drift.formats.text.report import excerpt
from drift.formats.vocabulary import INCOMPLETE, counts
from drift.pytest_plugin import options, selection
from drift.pytest_plugin.outcome import DriftedError, Text, reason
from drift.pytest_plugin.tables import by_table, title
from drift.report.report import Check, Report
from drift.sources.interface import TableName

OTHER = "other"
"""The name of the test for objects outside of the tables."""
WHOLE = "schema"
"""The name of the only test if the tables are not known before a fixture makes the models."""
_WIDEST = 100


def check_table(request: pytest.FixtureRequest, drift_report: Report) -> None:
    """Fail if the report has a difference of the table that this test is about."""
    __tracebackhide__ = True
    request.node.judge(drift_report)


class Table(pytest.Function):
    """The test of one table; without one, of all objects that belong to no other test."""

    def __init__(self, *arguments: Any, table: TableName | None, **keywords: Any) -> None:
        """Take pytest's own arguments, and the table."""
        super().__init__(*arguments, **keywords)
        self.table = table

    def reportinfo(self) -> tuple[Any, int, str]:
        """Return the file with which the name begins, or pytest would add one, and the heading.

        pytest would replace the dots of a heading with which the name ends.
        """
        file = self.nodeid.partition("::")[0]
        return self.config.rootpath / file, 0, f"drift: {self.name}"

    def judge(self, report: Report) -> None:
        """Raise DriftedError for a severe difference; a lesser one is a section of the test."""
        __tracebackhide__ = True
        if report.failures:
            raise DriftError(report.failures[0].reason)
        parts = list(self._parts(report))
        level = selection.threshold(self.config)
        unread = self.table is None and not all(part.complete for part in parts)
        text = "\n".join(excerpt(part, self._options()) for part in parts)
        findings = [finding for part in parts for finding in part.findings]
        if any(part.reaches(level) for part in parts):
            raise DriftedError(text, counts(findings))
        if unread and options.flag(self.config, "drift_require_complete"):
            raise DriftedError(text, "incomplete, and drift_require_complete is set")
        if findings:
            self.add_report_section("call", "drift", text)
        if unread:
            pytest.skip("; ".join([INCOMPLETE, *(note for part in parts for note in part.notes)]))

    def _parts(self, report: Report) -> Iterator[Check]:
        """Yield each check with only the findings of this test."""
        assert isinstance(self.parent, Tables)
        for check, findings in self.parent.findings(report):
            notes = check.notes if self.table is None else ()
            yield replace(check, findings=tuple(findings.get(self.table, ())), notes=notes)

    def _options(self) -> Options:
        width = min(self.config.get_terminal_writer().fullwidth, _WIDEST)
        return Options(width=width, verbose=self.config.getoption("verbose") > 1, more="-vv")

    def explained(self, problem: BaseException) -> Text | None:
        """Return a failure without a traceback; None if pytest should print the traceback.

        A problem of a fixture, which each test raises again, is explained in full only once.
        """
        if isinstance(problem, DriftedError):
            return Text(problem.text, problem.summary)
        assert isinstance(self.parent, Tables)
        first = self.parent.first_with(problem, self.nodeid)
        if first != self.nodeid:
            return Text(f"the check could not be made, see {first}", f"see {first}")
        if isinstance(problem, DriftError):
            text = f"the check could not be made: {reason(problem, self.config)}"
            return Text(text, text.splitlines()[0])
        return None


class Tables(pytest.Module):
    """All tests of a session. It is a module because plugins expect every test to be in one."""

    def __init__(self, *arguments: Any, whole: bool, **keywords: Any) -> None:
        """Take pytest's own arguments; with `whole`, there is one test if no option has models."""
        super().__init__(*arguments, **keywords)
        self._whole = whole
        self._tables: Sequence[TableName] = ()
        self._first: dict[int, tuple[BaseException, str]] = {}
        self._findings: tuple[Report, list[Any]] | None = None
        self.add_marker("drift")

    def _getobj(self) -> ModuleType:
        return sys.modules[__name__]

    def collect(self) -> Iterator[Table]:
        """Yield the tests. Raises DriftError if the models cannot be read; reads no database."""
        chosen = selection.settings(self.config).targets[0]
        selection.threshold(self.config)
        if self._whole and not chosen.models:
            yield self._test(WHOLE)
            return
        models = selection.models(self.config).of(chosen.bind)
        self._tables = sorted(_chosen(models.tables, chosen.tables), key=title)
        for table in self._tables:
            yield self._test(title(table), table)
        yield self._test(OTHER)

    def _test(self, name: str, table: TableName | None = None) -> Table:
        test: Table = Table.from_parent(self, name=name, callobj=check_table, table=table)
        return test

    def findings(self, report: Report) -> list[Any]:
        """Return each check of a report with its findings by table."""
        if self._findings is None or self._findings[0] is not report:
            groups = [(check, by_table(check, self._tables)) for check in report.checks]
            self._findings = report, groups
        return self._findings[1]

    def first_with(self, problem: BaseException, nodeid: str) -> str:
        """Return the first test with a problem, which fixtures raise again in every test."""
        # The problem is kept, too: the number of another object is never the same.
        return self._first.setdefault(id(problem), (problem, nodeid))[1]


def _chosen(tables: Iterable[TableName], patterns: Sequence[str]) -> Iterator[TableName]:
    """Yield the tables to test; a pattern without a table is an error of the check."""
    for table in tables:
        if not patterns or matches(patterns, f"{table[0] or 'public'}.{table[1]}"):
            yield table
