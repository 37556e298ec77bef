"""Shared differences and ages in Markdown, HTML and the formats for programs."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

import pytest

from drift.formats import Options, resolve
from drift.history import History
from drift.report.json_v1 import decode
from drift.report.report import Check, Report
from drift.reporters.github import issue_text
from drift.reporters.github.state import read
from drift.reporters.memory import state
from tests.formats.html.pages import tree
from tests.history.runs import run
from tests.report.contract import json_report
from tests.report.examples import HOSTILE, check, finding


def shown(name: str, report: Report) -> str:
    return resolve(name)(report, Options(width=100))


def fleet(count: int, own: int = 0) -> Report:
    return Report(
        checks=tuple(
            check(
                finding(),
                *(finding(f"own{number}_{n}") for n in range(own)),
                target=f"customer-{number}",
            )
            for number in range(count)
        )
    )


def aged(path: Path, *days: dict[str, str]) -> Report:
    """Return the report of the last of some runs, five days apart."""
    for number, targets in enumerate(days):
        history = History(path / "history")
        report = history.aged(run(number * 5, dict(targets)))
        history.record(report)
    return report


def test_markdown_has_a_row_for_all_databases() -> None:
    text = shown("markdown", fleet(40, own=1))
    assert text.startswith(
        "## In several databases\n\n**`customer-0` and 39 others** (40 databases"
    )
    assert text.count("| `missing-column` | `role` |") == 1
    assert text.count("| `missing-column` | `own7_0` |") == 1
    assert text.count("1 difference of several databases: see above.") == 40
    assert "<summary>All databases</summary>\n\n`customer-0`, `customer-1`" in text


def test_markdown_of_many_groups_stays_within_its_limit() -> None:
    checks = []
    for number in range(1_500):
        pair = [finding(f"c{number // 2}_{n}") for n in range(20)]
        checks.append(check(*pair, target=f"customer-{number}"))
    text = shown("markdown", Report(checks=tuple(checks)))
    assert len(text.encode()) <= 1_000_000
    assert re.search(r"… and \d+ more groups of databases, not shown here", text)


def test_html_has_a_section_for_all_databases() -> None:
    root = tree(fleet(40, own=1))
    [section] = [item for item in root.iter("section") if item.get("id") == "shared"]
    text = " ".join("".join(section.itertext()).split())
    assert "customer-0 and 39 others" in text
    assert "All 40 databases" in text
    assert text.count("role text NOT NULL") == 1
    links = [item for item in root.iter("a") if item.get("href") == "#shared"]
    assert len(links) == 40
    ids = [item.get("id") for item in root.iter() if item.get("id")]
    assert len(ids) == len(set(ids))


def test_html_without_anything_shared_has_no_such_section() -> None:
    root = tree(Report(checks=(check(finding()),)))
    assert not [item for item in root.iter("section") if item.get("id") == "shared"]


@pytest.mark.parametrize("name", ["text", "markdown", "html", "annotations"])
def test_thousands_of_databases_take_seconds(name: str) -> None:
    report = fleet(3_000, own=3)
    started = time.process_time()
    text = shown(name, report)
    assert time.process_time() - started < 20
    assert "customer-0 and 2,999 others" in text.replace("`", "")


def test_programs_read_each_target(tmp_path: Path) -> None:
    report = aged(tmp_path, {"a": "x y", "b": "x"}, {"a": "x ! y", "b": "x z"})
    checks = json_report(shown("json", report))["checks"]
    assert [len(check["findings"]) for check in checks] == [1, 2]
    assert decode(shown("json", report).encode()).checks[0].changes == report.checks[0].changes
    again = decode(shown("json", report).encode())
    assert [item.since for item in again.checks[1].findings] == [
        item.since for item in report.checks[1].findings
    ]
    assert shown("junit", report).count("<testsuite ") == 2
    runs = json.loads(shown("sarif", report))["runs"]
    assert [result["baselineState"] for run in runs for result in run["results"]] == [
        "unchanged", "updated", "unchanged", "new",
    ]  # fmt: skip


def test_ages_that_differ_are_said_of_the_shared_row(tmp_path: Path) -> None:
    report = aged(tmp_path, {"a": "x", "b": "", "c": ""}, {"a": "x", "b": "x", "c": "x"})
    since = "new in some, in others since 2026-06-15 (5 days)"
    assert since in shown("text", report)
    assert since in shown("html", report)
    assert "new in some, in others since" in shown("markdown", report)
    older = aged(tmp_path / "o", {"a": "x"}, {"a": "x", "b": "x"}, {"a": "x", "b": "x"})
    assert "missing-column  error  since 2026-06-15 (10 days)" in shown("text", older)


def test_what_has_no_section_still_says_what_changed(tmp_path: Path) -> None:
    days = {"a": "x q", "b": "x q", "c": "w"}, {"a": "x", "b": "x", "c": ""}
    text = shown("text", aged(tmp_path, *days))
    assert "1 still there, 1 gone (public.users.q, was there 5 days) (a, b)" in text
    assert "1 gone (public.users.w, was there 5 days) (c)" in text


def test_many_that_are_gone_are_counted(tmp_path: Path) -> None:
    text = shown("text", aged(tmp_path, {"a": "p q r s t"}, {"a": ""}))
    assert "5 gone (public.users.p, was there 5 days; " in " ".join(text.split())
    assert "and 2 more)" in " ".join(text.split())


def test_the_first_run_says_so(tmp_path: Path) -> None:
    text = shown("text", aged(tmp_path, {"a": "x y"}))
    assert "2 new; no earlier run checked this database" in text
    assert "error × 2  new" in text


def plots(report: Report) -> list[str]:
    """Return the text alternative of each plot of the page."""
    return [
        "".join(title.itertext())
        for figure in tree(report).iter("figure")
        if figure.get("class") == "plot"
        for title in figure.iter("title")
    ]


def test_the_page_draws_the_findings_per_day(tmp_path: Path) -> None:
    days = [{"a": "x y? z", "b": "x"}, {"a": "x y? z w", "b": ""}, {"a": "x", "b": "x"}]
    everything, a, b = plots(aged(tmp_path, *days))
    assert a == (
        "Findings per day: 2 errors, 1 warning on 2026-06-15, at most 3 errors, 1 warning on "
        "2026-06-20, 1 error on 2026-06-25"
    )
    assert b == "Findings per day: 1 error on 2026-06-15, 1 error on 2026-06-25"
    assert everything == (
        "Findings per day: 3 errors, 1 warning on 2026-06-15, 2 errors on 2026-06-25"
    )
    text = shown("html", aged(tmp_path / "again", *days))
    assert re.search(r'<path class="error" d="M0 80H0\.0V[\d.]+H300\.0V[\d.]+H600', text)
    assert "style=" not in text.split("</style>")[1]


def test_one_day_is_no_plot(tmp_path: Path) -> None:
    assert plots(aged(tmp_path, {"a": "x"})) == []
    assert plots(aged(tmp_path / "b", {"a": ""}, {"a": ""})) == []


def test_the_body_of_an_issue_does_not_change_by_the_day(tmp_path: Path) -> None:
    bodies = []
    for days in (1, 2, 3):
        [found] = aged(tmp_path / f"{days}", *[{"a": "x"}] * days).checks
        bodies.append(issue_text.body(found, state(found), Options(), ""))
    assert "**1 new; no earlier run checked this database.**" in bodies[0]
    assert "| 2026-06-15 |" in bodies[1]
    assert bodies[1] == bodies[2]
    first, second = read(bodies[0]), read(bodies[1])
    assert first is not None
    assert second is not None
    assert first.content != second.content, "the body has to be written once more"


def test_the_comment_of_an_issue_says_what_changed(tmp_path: Path) -> None:
    first, second = ([*aged(tmp_path, *days).checks] for days in ([{"a": "x"}], [{"a": "y"}]))
    comment = issue_text.changed(second[0], state(first[0]), state(second[0]), "")
    assert (
        "Compared with the last run: 1 new, 1 gone (`public.users.x`, was there less than a day)."
        in (comment)
    )


def test_names_of_databases_are_harmless_everywhere() -> None:
    checks: tuple[Check, ...] = tuple(check(finding(), target=f"{HOSTILE}{n}") for n in range(3))
    for name in ("text", "markdown", "html", "annotations"):
        text = shown(name, Report(checks=checks))
        assert "\x1b" not in text
        assert "\u202e" not in text
    assert "<script>-->" not in re.sub(r"`[^\n]*`", "", shown("markdown", Report(checks=checks)))
