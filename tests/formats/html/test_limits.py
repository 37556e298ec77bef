"""However much differs, the page stays one that a browser opens, and says what is not on it."""

from __future__ import annotations

import re
import time

import pytest
from msgspec.structs import replace

from drift.formats.html.budget import PageBudget
from drift.formats.html.sections import Subject, section
from drift.formats.html.templating import LONGEST
from drift.formats.options import Options
from drift.report.drawing import Part
from drift.report.finding import Ignored
from drift.report.report import Report
from tests.formats.html.pages import classed, column, crowd, drawing, page, parsed, retyped, words
from tests.report.examples import check, finding, report

MOST = 6_000_000
"""Bytes of a page."""


def listed(text: str) -> int:
    return text.count('class="finding"')


def said(text: str) -> list[str]:
    return re.findall(r'class="cut"><b>Cut: </b>(.*?)</p>', text)


@pytest.mark.parametrize(
    ("tables", "each", "columns"), [(10_000, 1, 0), (1, 10_000, 0), (1_000, 10, 40), (200, 50, 50)]
)
def test_ten_thousand_findings_give_a_page_of_a_few_megabytes(
    tables: int, each: int, columns: int
) -> None:
    text = page(crowd(tables, each, columns))
    assert len(text.encode()) < MOST
    assert "10,000 warnings" in text
    assert listed(text) > 2_000
    if listed(text) < 10_000:
        assert f"{listed(text):,} of 10,000 findings are on this page" in said(text)[0]


def test_a_page_that_holds_everything_says_nothing_of_a_cut() -> None:
    assert not said(page(crowd(100, 10, 10)))


def test_a_table_with_too_many_findings_says_how_many_are_not_there() -> None:
    text = page(crowd(1, 30_000))
    [above, within] = said(text)
    assert f"{listed(text):,} of 30,000 findings" in above
    assert f"{30_000 - listed(text):,} more findings of this table" in within


def test_findings_are_cut_wherever_the_room_ends() -> None:
    for size in range(1_000, 40_000, 500):
        one = Subject(id="t", name="t", kind="", findings=crowd(1, 30).checks[0].findings)
        made = section(one, PageBudget(findings=size), Options(), drawn=False)
        assert made is not None
        assert listed(made.content) == made.findings
        assert len(made.content) < size + 500
        left_out = [cut.split()[0] for cut in said(made.content)]
        assert left_out == ([str(30 - made.findings)] if made.findings < 30 else [])


def test_findings_of_several_rules_are_cut_wherever_the_room_ends() -> None:
    found = [finding(f"c{at}", rule=f"rule-{at}", impact="x" * 300) for at in range(12)]
    one = Subject(id="t", name="t", kind="", findings=tuple(found))
    for size in range(500, 10_000, 50):
        made = section(one, PageBudget(findings=size), Options(), drawn=False)
        assert made is not None
        assert listed(made.content) == made.findings == made.content.count('class="group')
        assert len(said(made.content)) == (made.findings < 12)


def test_a_table_whose_name_does_not_fit_has_no_section() -> None:
    one = Subject(id="t", name="t", kind="", findings=(finding(),))
    assert section(one, PageBudget(findings=10), Options(), drawn=False) is None


def test_a_table_too_large_to_draw_leaves_room_for_the_next() -> None:
    huge = drawing("huge", *(column(f"c{at}", {"type": "x" * 4_000}) for at in range(800)))
    of = report(
        finding("a", "huge"), retyped("b", "small"), drawings=(huge, drawing("small", column("b")))
    )
    text = page(of)
    assert said(text) == ["both sides of this table would make the page too large."]
    assert "public.small: models and database side by side" in text


def test_both_sides_give_way_to_the_findings() -> None:
    text = page(crowd(2_500, 1, 20))
    assert listed(text) == 2_500
    drawn = text.count('class="sides"')
    assert 0 < drawn < 2_500
    assert len(said(text)) == 2_500 - drawn


def test_a_table_that_is_not_drawn_says_so_where_others_are() -> None:
    of = report(finding(), retyped("x", "orders"), drawings=(drawing("users", column("id")),))
    [cut] = classed(parsed(page(of)), "cut")
    assert words(cut) == "Cut: both sides are shown of the worst tables only."


def test_ignored_findings_are_cut_too() -> None:
    ignored = tuple(Ignored(finding=finding(), reason="r" * 1_000) for _ in range(10_000))
    text = page(report(ignored=ignored))
    assert len(text.encode()) < MOST
    assert "more would make the page too large" in words(classed(parsed(text), "ignored")[0])


@pytest.mark.parametrize("char", ["x", "<", "\u202e", "😀", "'"])
def test_endless_definitions_are_cut_with_their_length(char: str) -> None:
    endless = char * 1_000_000
    part = Part(kind="check", name="c", expected={"definition": endless})
    found = [finding(f"c{at}", detail=endless) for at in range(1_000)]
    text = page(report(*found, drawings=(drawing("users", part),)))
    assert len(text.encode()) < MOST
    assert f"({1_000_000 - LONGEST:,} more characters)" in text


@pytest.mark.parametrize(("tables", "each"), [(1, 0), (0, 1)])
def test_the_time_it_takes_grows_with_the_report_and_not_faster(tables: int, each: int) -> None:
    def seconds(size: int) -> float:
        of = crowd(size * tables or 1, size * each or 3, 10)
        began = time.process_time()
        page(of)
        return time.process_time() - began

    seconds(10)
    assert seconds(2_000) < 10 * 3 * min(seconds(200) for _ in range(3)) + 0.2


def test_targets_share_the_page() -> None:
    findings = crowd(1_000, 10).checks[0].findings
    apart = [tuple(replace(item, impact=f"{number}") for item in findings) for number in range(5)]
    text = page(Report(checks=tuple(check(*own) for own in apart)))
    assert len(text.encode()) < MOST
    assert any("0 of 10,000 findings" in cut for cut in said(text))
