"""The report as CSV (RFC 4180): a header, and a row per finding, for spreadsheets and scripts."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from typing import TypeAlias

from drift.formats.escape import visible
from drift.formats.options import Options
from drift.formats.vocabulary import INCOMPLETE
from drift.model import Severity
from drift.report.finding import Finding
from drift.report.report import Check, Report

Row: TypeAlias = dict[str, str]

COLUMNS = (
    *("target", "rule", "severity", "kind", "schema", "table", "name", "message", "impact"),
    *("file", "line", "fingerprint", "status", "since", "days", "cause", "evidence", "revision"),
)
"""The columns in their order. New ones may be added at the end; none is renamed or moved."""

_FORMULA = re.compile(r"""(^|;)(?=[\s"']*[=+\-@＝＋－＠])""")
"""The beginning of a cell that a spreadsheet would calculate.

A spreadsheet whose separator is the semicolon also begins a cell there, even within quotes, and
skips a pair of quotes, or spaces, in front of a formula.
"""


def render(report: Report, options: Options) -> str:
    """Return the table. Targets that could not be checked, or not wholly, have a row, too."""
    text = io.StringIO()
    # With every cell in quotes, no line can begin with a command to a CI runner.
    table = csv.DictWriter(text, COLUMNS, restval="", quoting=csv.QUOTE_ALL)
    table.writeheader()
    for row in _rows(report):
        table.writerow({name: _cell(value) for name, value in row.items()})
    return text.getvalue()


def _rows(report: Report) -> Iterator[Row]:
    for check in report.checks:
        if not check.complete:
            yield _about(check.target, INCOMPLETE, Severity.WARNING, _PARTLY)
        for finding in check.findings:
            yield _row(check, finding)
    for failure in report.failures:
        yield _about(failure.target, "could-not-check", Severity.ERROR, failure.reason)


_PARTLY = "not everything could be read or compared"


def _about(target: str, rule: str, severity: Severity, message: str) -> Row:
    """Return a row about a target itself."""
    return {"target": target, "rule": rule, "severity": str(severity), "message": message}


def _row(check: Check, finding: Finding) -> Row:
    ref, location = finding.object, finding.location
    return {
        "target": check.target,
        "rule": finding.rule,
        "severity": str(finding.severity),
        "kind": ref.kind,
        "schema": ref.schema,
        "table": ref.table or "",
        "name": ref.name,
        "message": finding.message,
        "impact": finding.impact,
        "file": location.file if location else "",
        "line": str(location.line) if location else "",
        "fingerprint": finding.fingerprint,
        "status": finding.status,
        "since": f"{finding.since:%Y-%m-%d}" if finding.since else "",
        "days": "" if finding.days is None else str(finding.days),
        "cause": finding.cause,
        "evidence": finding.evidence,
        "revision": finding.revision,
    }


def _cell(text: str) -> str:
    """Return text of a single line that no spreadsheet takes for a formula."""
    return _FORMULA.sub(r"\1'", visible(text))
