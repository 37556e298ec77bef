"""The text report: what it says, in which order, and each thing once."""

from __future__ import annotations

import re
from typing import Any

import pytest

from drift.model import Location, ObjectRef, Severity
from drift.report.finding import Finding
from drift.report.report import Report
from tests.formats.text.printed import text
from tests.report.examples import Failure, Ignored, check, finding, report


def test_a_report_in_sync_is_one_calm_summary() -> None:
    printed = text(report())
    assert printed.splitlines()[-1] == ("production: in sync; 5 tables and 61 columns compared")


def test_what_is_ignored_is_counted_in_sync_too() -> None:
    printed = text(report(ignored=(Ignored(finding=finding(), reason="known"),)))
    assert printed.splitlines()[-1].startswith("production: in sync, 1 ignored;")


def test_both_sides_are_named() -> None:
    printed = text(report(finding()))
    assert "models app.models:Base" in printed
    assert "database shop on db, role reader, PostgreSQL 18.6" in " ".join(printed.split())


def test_a_finding_says_what_differs_what_breaks_and_where() -> None:
    printed = text(report(finding()))
    assert "missing-column" in printed
    assert re.search(r"role +text NOT NULL +:14", printed)
    assert "app/models.py" in printed
    assert "impact: Every SELECT by the model fails." in printed


def test_what_breaks_is_said_once_for_a_rule_and_table() -> None:
    printed = text(report(*(finding(name) for name in "abcdefghij")))
    assert printed.count("impact:") == 1
    assert "error × 10" in printed


def test_findings_of_one_rule_that_break_different_things_each_say_so() -> None:
    printed = text(report(finding("a"), finding("b", impact="Inserts fail."), finding("c")))
    assert printed.count("impact: Every SELECT by the model fails.") == 1
    assert printed.count("impact: Inserts fail.") == 1
    shown = [printed.index(part) for part in (" a ", " c ", "impact: Every", " b ", "impact: Ins")]
    assert shown == sorted(shown)


def test_the_worst_of_a_table_comes_first() -> None:
    findings = [
        finding(name, rule=f"{name}-rule", severity=severity)
        for name, severity in zip("abc", reversed(Severity), strict=True)
    ]
    printed = text(report(*findings))
    places = [printed.index(rule) for rule in ("✗ c-rule", "! b-rule", "· a-rule")]
    assert places == sorted(places)


def test_what_belongs_to_no_table_is_named_with_its_kind() -> None:
    enum = finding("mood", object=ObjectRef("enum", "public", None, "mood"), rule="missing-enum")
    assert "public.mood (enum)  1 error" in text(report(enum))


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
    printed = text(
        report(*findings, ignored=ignored, not_compared={"view": 3, "policy": 2}), width=120
    )
    last = printed.splitlines()[-1]
    assert last.startswith("production: 1 error, 1 warning, 1 info, 1 ignored;")
    assert "1 difference ignored" in printed
    assert "not compared: 3 views, 2 policies" in printed


def test_many_targets_in_sync_take_a_line_each() -> None:
    checks = tuple(check(target=f"shop-{n:03}", notes=("no trigger is read",)) for n in range(135))
    lines = text(Report(checks=checks), width=120).splitlines()
    assert lines[:2] == [
        "  note: no trigger is read (shop-000, shop-001, shop-002 and 132 more)",
        "",
    ]
    assert lines[2:] == [
        f"shop-{n:03}: in sync; 5 tables and 61 columns compared" for n in range(135)
    ]


def test_several_targets_are_summed_up_one_by_one() -> None:
    failed = Failure(target="staging", reason="connection refused")
    printed = text(Report(checks=(check(), check(finding(), target="b")), failures=(failed,)))
    assert printed.splitlines()[-3:] == [
        "production: in sync; 5 tables and 61 columns compared",
        "b: 1 error; 5 tables and 61 columns compared",
        "staging: could not be checked: connection refused",
    ]


def test_verbose_adds_the_fingerprints() -> None:
    assert "0123456789abcdef" in text(report(finding()), verbose=True)
    assert "0123456789abcdef" not in text(report(finding()))


def test_verbose_adds_what_changed_attribute_by_attribute() -> None:
    changed = finding(changes={"type": ("text", "uuid"), "nullable": (False, True)})
    printed = text(report(changed), verbose=True)
    assert "type: models text, database uuid" in printed
    assert "nullability: models NOT NULL, database NULL" in printed


def test_findings_of_several_files_each_name_theirs() -> None:
    mixin = finding("created", location=Location("app/mixins.py", 3))
    printed = text(report(finding(), mixin, finding("z", location=None)))
    assert "app/models.py:14" in printed
    assert "app/mixins.py:3" in printed


def test_an_impact_is_printed_once_and_later_findings_refer_to_it() -> None:
    printed = text(report(finding("a", "first"), finding("b", "second"), finding("c", "second")))
    assert printed.count("Every SELECT by the model fails.") == 1
    assert "missing-column  error  (impact: see public.second)" in printed


def test_a_short_report_has_no_summary_of_rules() -> None:
    printed = text(report(*(finding(f"c{n}", f"t{n % 2}") for n in range(19))))
    assert "19 differences" not in printed


def test_a_long_report_begins_with_a_line_per_rule_and_its_only_impact() -> None:
    findings = [finding(f"c{n}", f"t{n % 4}") for n in range(20)]
    findings += [finding("x", rule="extra-column", severity=Severity.WARNING)]
    lines = text(report(*findings)).splitlines()
    start = lines.index("21 differences")
    assert lines[start + 1 : start + 5] == [
        "  ✗ missing-column  error × 20 in 4 tables",
        "      Every SELECT by the model fails.",
        "  ! extra-column  warning in 1 table",
        "      Every SELECT by the model fails.",
    ]
    assert not any(line.lstrip().startswith("impact:") for line in lines)


def test_in_a_long_report_findings_say_which_of_several_impacts_applies() -> None:
    findings = [finding(f"c{n}", f"t{n}") for n in range(20)]
    findings += [finding(f"d{n}", f"t{n}", impact="Inserts fail.") for n in range(2)]
    printed = text(report(*findings))
    assert printed.count("impact: Every SELECT by the model fails.") == 1
    assert printed.count("impact: Inserts fail.") == 1
    assert printed.count("(impact: see public.t1)") == 0
    assert printed.count("(impact: see public.t0)") == 20


def mixin(tables: int) -> list[Finding]:
    return [
        finding(name, f"t{number:02}", location=Location("app/mixins.py", line))
        for number in range(tables)
        for line, name in enumerate(("created_by", "updated_by"), 3)
    ]


def test_a_column_that_many_tables_lack_is_one_line_with_a_count() -> None:
    lines = text(report(*mixin(40), finding("role"))).splitlines()
    start = lines.index("40 tables  80 errors")
    assert lines[start + 1 : start + 6] == [
        "  public.t00, public.t01, public.t02 and 37 more",
        "  app/mixins.py",
        "  ✗ missing-column  error × 80",
        "      created_by  text NOT NULL  :3",
        "      updated_by  text NOT NULL  :4",
    ]
    assert lines.count("      created_by  text NOT NULL  :3") == 1
    assert "  -v lists every table of a shared difference" in lines
    assert "public.users  1 error" in lines
    assert lines[-1].startswith("production: 81 errors;")


def test_verbose_lists_a_shared_difference_for_each_table() -> None:
    printed = text(report(*mixin(5)), verbose=True)
    assert printed.count("created_by  text NOT NULL") == 5
    assert "public.t04  2 errors" in printed
    assert "-v lists" not in printed


@pytest.mark.parametrize(
    "changes",
    [
        {"detail": "uuid"},
        {"rule": "extra-column"},
        {"severity": Severity.INFO},
        {"impact": "Inserts fail."},
    ],
)
def test_only_what_is_the_same_in_many_tables_is_merged(changes: dict[str, Any]) -> None:
    findings = [finding("role", table) for table in "abc"]
    assert "3 tables  3 errors" in text(report(*findings))
    findings[0] = finding("role", "a", **changes)
    assert "3 tables" not in text(report(*findings))


def test_tables_of_which_nothing_else_is_reported_are_a_list() -> None:
    findings = [
        finding(name, name, rule="missing-table", object=ObjectRef("table", "public", name, name),
                detail="table", location=Location("app/models.py", line))
        for line, name in enumerate("abcd", 1)
    ]  # fmt: skip
    lines = text(report(*findings, finding("role", "d", rule="extra-column"))).splitlines()
    start = lines.index("3 tables  3 errors")
    assert lines[start + 3 : start + 6] == [
        f"      public.{name}  table  :{line}" for line, name in enumerate("abc", 1)
    ]
    assert "public.d  2 errors" in lines


def test_notes_that_targets_share_are_printed_once() -> None:
    checks = [check(finding(), target=name, notes=("a role", f"only {name}")) for name in "ab"]
    printed = text(Report(checks=tuple(checks)))
    assert printed.count("note: a role") == 1
    assert "note: a role (a, b)" in printed
    assert "note: only a (a)\n" in printed


def test_the_summary_is_a_line_per_target_and_rule() -> None:
    first = check(finding("a"), finding("b"), finding("c", "orders"), target="production")
    second = check(finding("x", rule="extra-column", severity=Severity.WARNING), target="eu")
    failed = Failure(target="down", reason="refused")
    printed = text(
        Report(checks=(first, second, check(target="staging")), failures=(failed,)), summary=True
    )
    assert printed.splitlines() == [
        "production  ✗ missing-column  error × 3 in 2 tables",
        "eu          ! extra-column    warning in 1 table",
        "",
        "production: 3 errors; 5 tables and 61 columns compared",
        "eu: 1 warning; 5 tables and 61 columns compared",
        "staging: in sync; 5 tables and 61 columns compared",
        "down: could not be checked: refused",
    ]
