"""CSV: a table that spreadsheets open without calculating anything, with columns that stay."""

from __future__ import annotations

import csv
import datetime

import pytest

from drift.formats import Options, resolve
from drift.formats.csv import COLUMNS
from drift.model import ObjectRef, Severity
from drift.report.report import Failure, Report
from tests.report.examples import check, finding, many, report

CALCULATED = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


def rows(report: Report) -> list[dict[str, str]]:
    """Return the rows as a strict reader sees them."""
    text = resolve("csv")(report, Options())
    return list(csv.DictReader(text.splitlines(), strict=True))


def test_the_columns_never_move() -> None:
    assert resolve("csv")(Report(checks=()), Options()) == (
        '"target","rule","severity","kind","schema","table","name","message","impact","file",'
        '"line","fingerprint","status","since","days","cause","evidence","revision"\r\n'
    )


def test_a_row_has_all_of_a_finding() -> None:
    since = datetime.datetime(2026, 6, 1, tzinfo=datetime.UTC)
    aged = finding(
        status="still", since=since, days=14, cause="changed-by-hand", evidence="e", revision="a1"
    )
    [row] = rows(report(aged))
    assert tuple(row) == COLUMNS
    assert row == {
        "target": "production",
        "rule": "missing-column",
        "severity": "error",
        "kind": "column",
        "schema": "public",
        "table": "users",
        "name": "role",
        "message": aged.message,
        "impact": aged.impact,
        "file": "app/models.py",
        "line": "14",
        "fingerprint": "0123456789abcdef",
        "status": "still",
        "since": "2026-06-01",
        "days": "14",
        "cause": "changed-by-hand",
        "evidence": "e",
        "revision": "a1",
    }


def test_what_has_no_line_table_or_age_has_empty_cells() -> None:
    [row] = rows(report(finding(object=ObjectRef("enum", "public", None, "mood"), location=None)))
    assert (row["table"], row["file"], row["line"], row["since"], row["days"]) == ("",) * 5


def test_there_is_a_row_per_finding_and_a_line_ends_as_the_standard_wants() -> None:
    text = resolve("csv")(report(*many(50)), Options())
    assert text.count("\r\n") == text.count("\n") == 51
    assert len(rows(report(*many(50)))) == 50


def test_targets_that_were_not_checked_or_not_wholly_are_rows_too() -> None:
    partly = check(target="a", complete=False)
    result = rows(Report(checks=(partly,), failures=(Failure(target="b", reason="no answer"),)))
    assert [(row["target"], row["rule"], row["severity"]) for row in result] == [
        ("a", "incomplete", "warning"),
        ("b", "could-not-check", "error"),
    ]
    assert result[1]["message"] == "no answer"


@pytest.mark.parametrize("first", CALCULATED)
@pytest.mark.parametrize("before", ["", " ", "x;", "x; ", 'x;"'])
def test_no_cell_is_a_formula(first: str, before: str) -> None:
    text = f'{before}{first}HYPERLINK("https://evil.example")'
    ref = ObjectRef("column", text, text, text)
    hostile = finding(object=ref, rule=text, message=text, impact=text, evidence=text, cause=text)
    shown = resolve("csv")(report(hostile, target=text), Options())
    for separator in (",", ";"):
        for line in shown.splitlines():
            for cell in next(csv.reader([line], delimiter=separator)):
                assert not cell.strip().startswith(CALCULATED)


@pytest.mark.parametrize("text", ["a, b", 'say "x"', "numeric(3, -1)", "a;b", "x = -1"])
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    [row] = rows(report(finding(message=text, severity=Severity.INFO)))
    assert row["message"] == text
