"""The page holds all of the report, in an order and with marks that people can follow."""

from __future__ import annotations

import base64
import hashlib
import re

import pytest

from drift.kinds import RULES
from drift.model import Location, ObjectRef
from drift.report.drawing import Part
from drift.report.report import Failure, Report
from tests.formats.html.pages import (
    NUMBER,
    TEXT,
    classed,
    column,
    drawing,
    page,
    retyped,
    shop,
    tree,
    words,
)
from tests.report.examples import Ignored, check, finding, report


def test_every_finding_is_on_the_page_with_its_rule_what_it_breaks_and_its_line() -> None:
    found = shop().checks[0].findings
    items = [words(item) for item in classed(tree(shop()), "finding")]
    assert len(items) == len(found)
    for one in found:
        command = f"Fix: drift plan production --finding {one.fingerprint}"
        assert f"{one.object.name} {one.detail} line 14 {command}" in items
    text = words(tree(shop()))
    for one in found:
        assert one.rule in text
        assert RULES[one.rule].summary in text
        assert f"Impact: {one.impact}" in text
        assert f"Fix: {RULES[one.rule].remedy}" in text


def test_a_finding_of_an_unknown_rule_is_told_in_its_whole_sentence() -> None:
    [item] = classed(tree(report(finding(rule="odd", location=None))), "finding")
    assert words(item) == "column role (text NOT NULL) is declared by the models but missing"


def test_each_table_has_one_section_the_worst_first() -> None:
    sections = classed(tree(shop()), "table", "section")
    names = [words(section.findall("header/h3")[0]) for section in sections]
    assert names == ["public.users", "public.mood enum", "public.orders"]


def test_a_table_and_an_enum_of_the_same_name_are_told_apart() -> None:
    enum = finding(rule="missing-enum", object=ObjectRef("enum", "public", None, "users"))
    sections = classed(tree(report(finding(), enum)), "table", "section")
    assert [words(section.findall("header/h3")[0]) for section in sections] == [
        "public.users",
        "public.users enum",
    ]


def test_ids_are_unique_and_links_within_the_page_lead_somewhere() -> None:
    several = Report(checks=(*shop().checks, *shop().checks), failures=(failed("x"),))
    root = tree(several)
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    wanted = [link.get("href", "")[1:] for link in root.iter("a")]
    wanted += [name for e in root.iter() for name in (e.get("aria-labelledby") or "").split()]
    wanted += [e.get("aria-controls", "") for e in root.iter() if e.get("aria-controls")]
    assert wanted
    assert set(wanted) <= set(ids)


def failed(target: str) -> Failure:
    return Failure(target=target, reason="connection refused")


def test_the_cells_that_differ_are_marked_and_no_others() -> None:
    rows = {words(row[0]): row for row in tree(shop()).iter("tr") if row.get("class") == "differs"}
    marks = [[words(mark) for mark in cell.iter("mark")] for cell in rows["age≠ differs"]]
    assert marks == [[], ["text"], ["integer"]]
    for state in ("same", "missing", "extra"):
        for row in classed(tree(shop()), state, "tr"):
            assert not list(row.iter("mark"))


def test_what_one_side_lacks_is_said_in_its_cell() -> None:
    rows = {row.get("class"): [words(cell) for cell in row] for row in tree(shop()).iter("tr")}
    assert rows["missing"] == ["role✕ missing", "text NOT NULL", "not in the database"]
    assert rows["extra"] == ["old+ extra", "not in the models", "integer NOT NULL"]


def test_a_cell_that_only_one_side_has_says_so() -> None:
    part = column("a", TEXT | {"default": "1"}, TEXT, "default")
    [row] = classed(tree(report(finding(), drawings=(drawing("users", part),))), "differs", "tr")
    assert [words(cell) for cell in row[1:]] == ["text NOT NULL 1", "text NOT NULL no default"]


def test_unchanged_rows_stand_together_under_a_button_that_is_hidden_without_script() -> None:
    root = tree(report(finding(), drawings=(drawing("users", column("a"), column("b")),)))
    [fold] = classed(root, "fold")
    assert fold.get("hidden") is not None
    assert words(fold) == "2 unchanged columns"
    [same] = classed(root, "same", "tbody")
    assert same.get("hidden") is None
    assert len(same) == 2


def test_unchanged_parts_of_several_kinds_are_counted_together() -> None:
    keys = (
        Part(kind=kind, name=kind, expected={"definition": "x"}, actual={"definition": "x"})
        for kind in ("primary-key", "index")
    )
    [fold] = classed(tree(report(finding(), drawings=(drawing("users", *keys),))), "fold")
    assert words(fold) == "2 unchanged keys, constraints and indexes"


def test_empty_cells_and_tables_leave_no_trace() -> None:
    part = column("a", TEXT | {"default": ""}, TEXT | {"default": "", "type": "x"}, "type")
    of = report(finding(), retyped("x", "t"), drawings=(drawing("users", part), drawing("t")))
    root = tree(of)
    [row] = classed(root, "differs", "tr")
    assert [words(cell) for cell in row[1:]] == ["text NOT NULL", "x NOT NULL"]
    assert len(classed(root, "sides")) == 1


@pytest.mark.parametrize(
    ("of", "title"),
    [
        (report(), "production is in sync with its models"),
        (report(finding()), "production has drifted from its models"),
        (Report(checks=()), "Nothing was checked"),
        (Report(checks=(), failures=(failed("a"),)), "a could not be checked"),
        (Report(checks=(check(), check())), "All 2 targets are in sync"),
        (
            Report(checks=(check(finding()), check()), failures=(failed("a"),)),
            "1 of 3 targets could not be checked, 1 of 3 has drifted from the models",
        ),
        (
            Report(checks=(check(finding()), check(finding()))),
            "2 of 2 have drifted from the models",
        ),
    ],
)
def test_the_title_says_the_outcome(of: Report, title: str) -> None:
    root = tree(of)
    assert words(next(root.iter("h1"))) == title
    assert words(next(root.iter("title"))) == f"{title} · drift"


def test_several_targets_are_listed_with_their_outcome() -> None:
    other = check(retyped(), target="staging")
    root = tree(Report(checks=(check(), other), failures=(failed("old"),)))
    [overview] = classed(root, "overview")
    assert [[words(cell) for cell in row] for row in overview.findall("tbody/tr")] == [
        ["old", "could not be checked", "—"],
        ["production", "in sync", "shop on db, 18.6"],
        ["staging", "1 warning", "shop on db, 18.6"],
    ]
    [section] = classed(root, "failure")
    assert words(section) == "oldCould not be checked: connection refused"


def test_what_was_compared_with_what_is_told() -> None:
    [facts] = classed(
        tree(report(notes=("Two grants differ.",), not_compared={"view": 3})), "facts"
    )
    assert [words(pair) for pair in facts] == [
        "Modelsmodels app.models:Base",
        "Databaseshop on db",
        "Rolereader",
        "PostgreSQL18.6",
        "Compared5 tables and 61 columns",
        "Checked2026-06-15 03:00:59 UTC, in 0.25 s",
    ]


def test_notes_and_what_is_not_compared_are_told() -> None:
    root = tree(report(notes=("Two grants differ.",), not_compared={"view": 3, "policy": 2}))
    [remarks] = classed(root, "remarks")
    assert [words(one) for one in remarks] == [
        "Two grants differ.",
        "Not compared: 3 views, 2 policies.",
    ]


def test_what_hooks_exclude_is_not_ignored_by_the_configuration_alone() -> None:
    hooked = Ignored(finding=finding(), reason="excluded", hook="include_object")
    [ignored] = classed(tree(report(ignored=(hooked,))), "ignored")
    assert "ignored by the configuration or by hooks of env.py" in words(ignored)


def test_what_is_ignored_is_listed_with_its_reason() -> None:
    root = tree(report(ignored=(Ignored(finding=finding(), reason="on purpose"),)))
    [ignored] = classed(root, "ignored")
    assert "1 difference ignored by the configuration" in words(ignored)
    assert "public.users missing-column column role" in words(ignored)
    assert words(ignored).endswith("Reason: on purpose")


def test_a_place_is_a_link_only_where_the_repository_is_known() -> None:
    assert not [link for link in tree(report(finding())).iter("a") if link.get("rel")]
    root = tree(report(finding()), links="https://git.example/o/r/blob/abc/", folder="api/")
    [link] = classed(root, "place", "a")
    assert link.get("href") == "https://git.example/o/r/blob/abc/api/app/models.py#L14"


@pytest.mark.parametrize("file", ["/etc/models.py", "../models.py", "a/../../models.py"])
def test_a_file_outside_of_the_repository_is_no_link(file: str) -> None:
    of = report(finding(location=Location(file, 1)))
    assert not classed(tree(of, links="https://git.example/"), "place", "a")


def test_places_in_several_files_are_given_in_full() -> None:
    of = report(finding(), finding("x", location=Location("b.py", 2)))
    places = [words(place) for place in classed(tree(of), "place")]
    assert places == ["app/models.py:14", "b.py:2"]


def test_the_page_asks_for_nothing_from_elsewhere() -> None:
    text = page(shop())
    assert not re.search(r"""(?:src|href|action|url\()\s*=?\s*["']?(?:https?:|//)""", text)
    root = tree(shop())
    assert {link.get("href", "")[:5] for link in root.iter("link")} == {"data:"}
    assert not [e.tag for e in root.iter() if e.tag in {"img", "iframe", "object", "base", "form"}]
    assert not [e for e in root.iter() if e.get("src") or e.get("style")]


def test_the_policy_allows_the_pages_own_style_and_script_alone() -> None:
    root = tree(shop())
    [policy] = [
        meta.get("content", "")
        for meta in root.iter("meta")
        if meta.get("http-equiv") == "Content-Security-Policy"
    ]
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["default-src"] == "'none'"
    for tag, directive in (("style", "style-src"), ("script", "script-src")):
        [element] = root.iter(tag)
        digest = hashlib.sha256((element.text or "").encode()).digest()
        assert rules[directive] == f"'sha256-{base64.b64encode(digest).decode()}'"


def test_the_same_report_gives_the_same_page_whatever_the_order_of_its_findings() -> None:
    first = shop()
    assert page(first) == page(shop())
    found = first.checks[0]
    turned = check(*found.findings[::-1], drawings=found.drawings[::-1])
    sections = [words(s) for s in classed(tree(Report(checks=(turned,))), "table", "section")]
    assert sections == [words(s) for s in classed(tree(first), "table", "section")]


def test_a_type_that_differs_keeps_what_does_not() -> None:
    part = column("a", TEXT, NUMBER, "type")
    [row] = classed(tree(report(finding(), drawings=(drawing("users", part),))), "differs", "tr")
    assert [words(code) for cell in row[1:] for code in cell.iter("code")] == ["NOT NULL"] * 2
