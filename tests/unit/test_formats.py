"""Formats turn a report into text that people and programs can trust."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from rich.cells import cell_len

from drift.formats import Options, resolve
from drift.formats.escape import visible
from drift.formats.listing import render_rules
from drift.kinds import RULES
from drift.model import Location, ObjectRef, Report, Severity
from tests.unit.reports import HOSTILE, Failure, Ignored, check, finding, many, report

ANSI = re.compile(r"\x1b\[[0-9;]*m")


def text(report: Report, **options: object) -> str:
    return resolve("text")(report, Options(**options))  # type: ignore[arg-type]


def document(report: Report) -> Any:
    found: Any = json.loads(resolve("json")(report, Options()))
    return found


def test_a_report_in_sync_is_one_calm_summary() -> None:
    printed = text(report())
    assert printed.splitlines()[-1] == ("production: in sync; 5 tables and 61 columns compared")


def test_both_sides_are_named() -> None:
    printed = text(report(finding()))
    assert "models app.models:Base" in printed
    assert "database shop on db, role reader, PostgreSQL 18.6" in " ".join(printed.split())


def test_a_finding_says_what_differs_what_breaks_and_where() -> None:
    printed = text(report(finding()))
    assert "missing-column" in printed
    assert re.search(r"role +text NOT NULL +:14", printed)
    assert "app/models.py" in printed
    assert "breaks: Every SELECT by the model fails." in printed


def test_what_breaks_is_said_once_for_a_rule_and_table() -> None:
    printed = text(report(*(finding(name) for name in "abcdefghij")))
    assert printed.count("breaks:") == 1
    assert "error × 10" in printed


def test_the_table_with_the_most_errors_comes_first() -> None:
    findings = [
        finding("a", "first", severity=Severity.WARNING),
        finding("b", "second"),
        finding("c", "third"),
        finding("d", "third"),
    ]
    printed = text(report(*findings))
    places = [printed.index(f"public.{table}") for table in ("third", "second", "first")]
    assert places == sorted(places)


def test_the_last_line_counts() -> None:
    findings = [
        finding(),
        finding("x", severity=Severity.WARNING),
        finding("y", severity=Severity.INFO),
    ]
    ignored = (Ignored(finding=finding("z"), reason="known"),)
    printed = text(report(*findings, ignored=ignored, not_compared={"view": 3, "policy": 2}))
    assert printed.splitlines()[-1].startswith("production: 1 error, 1 warning, 1 info;")
    assert "1 difference ignored" in printed
    assert "not compared: 3 views, 2 policies" in printed


def test_several_targets_are_summed_up_one_by_one() -> None:
    failed = Failure(target="staging", reason="connection refused")
    printed = text(Report(checks=(check(), check(finding(), target="b")), failures=(failed,)))
    assert printed.splitlines()[-3:] == [
        "production: in sync; 5 tables and 61 columns compared",
        "b: 1 error; 5 tables and 61 columns compared",
        "staging: could not be checked: connection refused",
    ]


@pytest.mark.parametrize("width", [40, 60, 80, 120, 200])
def test_two_hundred_findings_fit_the_width(width: int) -> None:
    lines = text(report(*many(200)), width=width).splitlines()
    assert max(map(cell_len, lines)) <= width


def test_there_is_no_colour_unless_it_is_asked_for() -> None:
    plain = text(report(*many(5)))
    assert "\x1b" not in plain
    coloured = text(report(*many(5)), color=True)
    assert "\x1b[" in coloured
    assert ANSI.sub("", coloured).split() == plain.split()


def test_verbose_adds_the_fingerprints() -> None:
    assert "0123456789abcdef" in text(report(finding()), verbose=True)


def test_findings_of_several_files_each_name_theirs() -> None:
    mixin = finding("created", location=Location("app/mixins.py", 3))
    printed = text(report(finding(), mixin, finding("z", location=None)))
    assert "app/models.py:14" in printed
    assert "app/mixins.py:3" in printed


@pytest.mark.parametrize("width", [40, 80, 200])
def test_hostile_names_cannot_steer_the_terminal(width: int) -> None:
    hostile = finding(
        HOSTILE, HOSTILE, message=HOSTILE, detail=HOSTILE, location=Location(HOSTILE, 1)
    )
    printed = text(
        report(hostile, target=HOSTILE, notes=(HOSTILE,), expected_name=HOSTILE), width=width
    )
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\ud800]", printed)
    assert not any(line.startswith("::") for line in printed.splitlines())


def test_visible_keeps_ordinary_text_as_it_is() -> None:
    assert visible("naïve – 表 😀 'x'") == "naïve – 表 😀 'x'"
    assert visible("a\x1b[0m\n\u202eb") == "a\\x1b[0m\\x0a\\u202eb"


def test_json_has_the_versioned_shape() -> None:
    ignored = (Ignored(finding=finding("z"), reason="known"),)
    found = document(report(finding(), ignored=ignored, not_compared={"view": 3}, notes=("n",)))
    assert list(found) == ["version", "tool", "checks", "failures"]
    assert found["version"] == 1
    [checked] = found["checks"]
    assert checked["expected"] == {"source": "models", "name": "app.models:Base"}
    assert checked["database"]["server_version"] == "18.6"
    assert checked["in_sync"] is False
    assert checked["summary"] == {"error": 1, "warning": 0, "info": 0, "ignored": 1}
    assert checked["compared"] == {"tables": 5, "columns": 61}
    assert checked["not_compared"] == [{"kind": "view", "count": 3}]
    assert checked["notes"] == ["n"]
    assert checked["ignored_findings"][0]["reason"] == "known"
    assert checked["findings"] == [
        {
            "rule": "missing-column",
            "severity": "error",
            "object": {"kind": "column", "schema": "public", "table": "users", "name": "role"},
            "expected": {"type": "text", "nullable": False},
            "actual": None,
            "changes": {},
            "message": "column role (text NOT NULL) is declared and does not exist",
            "impact": "Every SELECT by the model fails.",
            "location": {"file": "app/models.py", "line": 14},
            "fingerprint": "0123456789abcdef",
        }
    ]


def test_json_is_valid_whatever_the_names_are() -> None:
    hostile = finding(HOSTILE, expected={"labels": [HOSTILE]}, changes={HOSTILE: (HOSTILE, None)})
    failed = Failure(target=HOSTILE, reason=HOSTILE)
    found = document(Report(checks=(check(hostile),), failures=(failed,)))
    [checked] = found["checks"]
    assert checked["findings"][0]["object"]["name"] == HOSTILE.replace("\ud800", "?")


def test_a_rule_says_what_it_means_breaks_and_how_to_mend_it() -> None:
    printed = render_rules(RULES, "missing-column", Options(width=60))
    for word in ("means", "breaks", "mend", "missing-column (error)"):
        assert word in printed
    assert max(map(len, printed.splitlines())) <= 60


def test_the_list_of_rules_has_a_line_for_each() -> None:
    lines = render_rules(RULES, None, Options()).splitlines()
    assert [line.split()[0] for line in lines[: len(RULES)]] == list(RULES)


def test_a_path_names_an_object_as_ignore_rules_do() -> None:
    assert ObjectRef("column", "public", "users", "role").path == "public.users.role"
    assert ObjectRef("table", "public", "users", "users").path == "public.users"
    assert ObjectRef("enum", "public", None, "mood").path == "public.mood"
    assert ObjectRef("schema", "old", None, "old").path == "old"
