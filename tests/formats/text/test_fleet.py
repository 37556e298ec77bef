"""The text report of several databases: what they share is printed once, before the rest."""

from __future__ import annotations

from drift.model import Severity
from drift.report.report import Report
from tests.formats.text.printed import text
from tests.report.examples import check, finding


def fleet(count: int) -> Report:
    """Return databases that share two differences; each tenth has one of its own."""
    shared = finding("role"), finding("note", severity=Severity.WARNING, impact="Slower.")
    checks = [
        check(*shared, *([finding(f"own{n}")] if n % 10 == 0 else []), target=f"customer-{n:04}")
        for n in range(count)
    ]
    return Report(checks=(*checks, check(target="in-sync")))


def test_what_is_shared_is_one_row_before_the_sections() -> None:
    printed = text(fleet(40))
    assert printed.splitlines()[0].startswith("In several databases ──")
    assert "customer-0000 and 39 others  40 databases, each 1 error, 1 warning" in printed
    assert printed.count("role  ") == printed.count("note  ") == 1
    assert printed.count("own10 ") == 1
    sections = [line.split()[0] for line in printed.splitlines() if line.endswith("──")]
    assert sections == ["In", "customer-0000", "customer-0010", "customer-0020", "customer-0030"]
    assert printed.count("and 2 differences of several databases, see above") == 4
    assert "-v lists the names of all databases" in printed


def test_the_last_lines_are_those_of_every_target() -> None:
    last = text(fleet(40)).splitlines()[-41:]
    assert [line.split(":")[0] for line in last[:2]] == ["customer-0000", "customer-0001"]
    assert last[0] == "customer-0000: 2 errors, 1 warning; 5 tables and 61 columns compared"
    assert last[-1] == "in-sync: in sync; 5 tables and 61 columns compared"


def test_verbose_names_all_databases() -> None:
    printed = text(fleet(5), verbose=True)
    for number in range(5):
        assert f"customer-{number:04}" in printed.split("public.users")[0]
    assert "-v lists" not in printed


def test_two_databases_are_both_named() -> None:
    both = Report(checks=tuple(check(finding(), target=name) for name in ("eu", "us")))
    printed = text(both)
    assert "eu and us  2 databases, each 1 error" in printed
    assert "-v" not in printed


def test_without_a_shared_difference_there_is_no_such_section() -> None:
    apart = Report(checks=(check(finding("a"), target="x"), check(finding("b"), target="y")))
    assert "several databases" not in text(apart)
    assert "several databases" not in text(Report(checks=(check(finding()),)))


def test_groups_have_one_cause() -> None:
    causes = finding("a", cause="mixed", evidence="m"), finding("b", cause="changed-by-hand")
    printed = text(Report(checks=tuple(check(*causes, target=name) for name in "xyz")))
    assert printed.count("x and 2 others  3 databases, each 1 error") == 2
    assert printed.count("cause: mixed: m") == printed.count("cause: changed-by-hand") == 1


def test_filters_and_the_summary_go_on_working() -> None:
    filtered = text(fleet(40), rules=("missing-*",), tables=("orders",))
    assert "several databases" not in filtered
    assert "0 of 84 differences shown, 84 hidden" in filtered
    caused = [check(finding("a", cause="mixed"), finding("b"), target=name) for name in "xyz"]
    only = text(Report(checks=tuple(caused)), causes=("mixed",))
    assert "x and 2 others  3 databases, each 1 error" in only
    assert "3 of 6 differences shown" in only
    summary = text(fleet(3), summary=True)
    assert summary.count("missing-column") == 6
    assert "several databases" not in summary


def test_a_table_that_many_databases_lack_columns_of_is_still_merged() -> None:
    mixin = [finding("deleted_at", f"t{number}") for number in range(5)]
    printed = text(Report(checks=tuple(check(*mixin, target=name) for name in "xyz")))
    assert printed.count("deleted_at") == 1
    assert "5 tables  5 errors" in printed


def test_notes_of_databases_without_a_section_are_printed() -> None:
    checks = [check(finding(), target=name, notes=(f"note of {name}",)) for name in "xy"]
    printed = text(Report(checks=tuple(checks)))
    assert "note: note of x (x)" in printed
    assert "note: note of y (y)" in printed
