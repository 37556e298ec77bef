"""SARIF: valid, with a place for every result, and nothing that closes what is still open."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

import pytest
from jsonschema import Draft4Validator

from drift import __version__
from drift.formats import Options, resolve
from drift.kinds import RULES
from drift.model import Location, ObjectRef, Severity
from drift.report.finding import Ignored
from drift.report.report import Failure, Report
from tests.programs import npm_packages
from tests.report.examples import HOSTILE, check, finding, many, report

render = resolve("sarif")


@cache
def schema() -> Draft4Validator:
    """Return what validates against the standard's own schema."""
    package = npm_packages("sarif") / "@microsoft/jest-sarif"
    text = (package / "lib/schemas/sarif-2.1.0-rtm.5.json").read_text(encoding="utf-8")
    return Draft4Validator(json.loads(text), format_checker=Draft4Validator.FORMAT_CHECKER)


def valid(text: str) -> list[dict[str, Any]]:
    """Return the runs of a document that the schema accepts."""
    document = json.loads(text)
    schema().validate(document)
    runs: list[dict[str, Any]] = document["runs"]
    return runs


def runs(one: Report, options: Options | None = None) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(render(one, options or Options()))["runs"]
    return found


def place(result: dict[str, Any]) -> tuple[str, int]:
    [location] = result["locations"]
    physical = location["physicalLocation"]
    assert physical["artifactLocation"]["uriBaseId"] == "%SRCROOT%"
    return physical["artifactLocation"]["uri"], physical["region"]["startLine"]


@pytest.mark.parametrize(
    "one",
    [
        report(),
        report(finding(), finding(location=None)),
        report(*many(200), notes=("users is locked",), not_compared={"view": 2}),
        Report(checks=(), failures=(Failure(target="shop", reason="no answer"),)),
        report(finding(HOSTILE, HOSTILE, rule=HOSTILE, message=HOSTILE), target=HOSTILE),
    ],
    ids=["in sync", "findings", "many", "failed", "hostile"],
)
def test_every_document_is_valid(one: Report) -> None:
    assert valid(render(one, Options()))


def test_the_schema_refuses_what_is_not_sarif() -> None:
    text = render(report(finding()), Options()).replace('"ruleIndex"', '"ruleNumber"')
    assert list(schema().iter_errors(json.loads(text)))


def test_a_result_stands_at_the_models_line_and_names_the_object() -> None:
    [run] = runs(report(finding()), Options(folder="src/"))
    [result] = run["results"]
    assert place(result) == ("src/app/models.py", 14)
    assert result["locations"][0]["logicalLocations"] == [
        {"fullyQualifiedName": "public.users.role", "name": "role", "kind": "column"}
    ]
    assert result["message"]["text"].startswith("public.users.role: column role (text NOT NULL)")
    assert run["tool"]["driver"]["version"] == __version__


def test_paths_are_percent_encoded() -> None:
    [run] = runs(report(finding(location=Location("my app/a:b%#é.py", 3))))
    assert place(run["results"][0]) == ("my%20app/a%3Ab%25%23%C3%A9.py", 3)


@pytest.mark.parametrize("where", [None, Location("/usr/lib/m.py", 7), Location("../../m.py", 7)])
def test_what_no_file_of_the_repository_declares_stands_at_the_configuration(
    where: Location | None,
) -> None:
    [run] = runs(report(finding(location=where)), Options(folder="src/"))
    assert place(run["results"][0]) == ("src/drift.yaml", 1)


def test_each_rule_is_described_once_and_found_by_its_index() -> None:
    findings = (finding("a"), finding("b"), finding("c", rule="comment-mismatch"))
    [run] = runs(report(*findings))
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["missing-column", "comment-mismatch"]
    assert [rules[one["ruleIndex"]]["id"] for one in run["results"]] == [
        one["ruleId"] for one in run["results"]
    ]
    told = RULES["missing-column"]
    assert rules[0]["shortDescription"]["text"] == told.summary
    assert rules[0]["defaultConfiguration"]["level"] == "error"
    for text in rules[0]["help"].values():
        assert told.impact in text
        assert told.remedy in text


def test_levels_are_sarifs_the_worst_first() -> None:
    [run] = runs(report(*(finding(severity=level) for level in reversed(Severity))))
    assert [result["level"] for result in run["results"]] == ["error", "warning", "note"]


def test_a_fingerprint_outlives_the_line_and_the_message() -> None:
    moved = finding(location=Location("app/other.py", 99), message="said in another way")
    prints = [
        runs(report(one))[0]["results"][0]["partialFingerprints"] for one in (finding(), moved)
    ]
    assert prints == [{"driftFingerprint/v1": "0123456789abcdef"}] * 2


def test_findings_of_one_rule_on_one_line_stay_several_alerts() -> None:
    findings = (
        finding("a", fingerprint="aa"),
        finding("b", fingerprint="bb"),
        finding("c", fingerprint="cc", location=Location("app/models.py", 15)),
    )
    [run] = runs(report(*findings))
    hashes = [
        result["partialFingerprints"].get("primaryLocationLineHash") for result in run["results"]
    ]
    assert hashes == ["aa", "bb", None]


@pytest.mark.parametrize(
    "places",
    [
        (Location("/usr/lib/m.py", 7), Location("/usr/lib/n.py", 9)),
        (Location("/usr/lib/m.py", 7), None),
        (Location("./app/m.py", 7), Location("app/m.py", 7)),
        (Location("/repo/src/app/m.py", 7), Location("app/m.py", 7)),
    ],
    ids=["two outside", "outside and nowhere", "two spellings", "absolute and relative"],
)
def test_findings_shown_on_one_line_stay_several_alerts(
    places: tuple[Location | None, Location | None],
) -> None:
    findings = (
        finding(name, fingerprint=name * 2, location=where)
        for name, where in zip("ab", places, strict=True)
    )
    [run] = runs(report(*findings), Options(folder="src/", root="/repo/"))
    first, second = run["results"]
    assert place(first) == place(second)
    hashes = [one["partialFingerprints"].get("primaryLocationLineHash") for one in (first, second)]
    assert hashes == ["aa", "bb"]


def test_targets_are_categories_of_their_own() -> None:
    both = Report(checks=(check(), check(target="a/b ü")))
    ids = [run["automationDetails"]["id"] for run in runs(both)]
    assert ids == ["drift/check/production/", "drift/check/a%2Fb%20%C3%BC/"]


def test_a_failed_target_says_so_and_closes_no_alert_of_its_checks() -> None:
    failed = Report(checks=(check(),), failures=(Failure(target="staging", reason="no answer"),))
    [good, bad] = runs(failed)
    assert good["invocations"][0]["executionSuccessful"] is True
    [invocation] = bad["invocations"]
    assert invocation["executionSuccessful"] is False
    [told] = invocation["toolExecutionNotifications"]
    assert told["level"] == "error"
    assert told["message"]["text"] == "staging could not be checked: no answer"
    assert bad["results"] == []
    assert bad["automationDetails"]["id"] == "drift/failure/staging/"


def test_notes_are_notifications() -> None:
    ignored = (Ignored(finding=finding(), reason="old"),)
    [run] = runs(report(ignored=ignored, not_compared={"view": 2}, notes=("users is locked",)))
    told = run["invocations"][0]["toolExecutionNotifications"]
    assert [one["message"]["text"] for one in told] == [
        "users is locked",
        "1 difference ignored by the configuration",
        "not compared: 2 views",
    ]
    assert {one["level"] for one in told} == {"note"}


def test_more_results_than_a_file_may_have_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("drift.formats.sarif.MOST", 5)
    last = finding("worst")
    [run] = runs(report(*(finding(f"c{n}", severity=Severity.INFO) for n in range(7)), last))
    assert len(run["results"]) == 5
    assert run["results"][0]["message"]["text"].startswith("public.users.worst")
    [told] = run["invocations"][0]["toolExecutionNotifications"]
    assert told["message"]["text"] == "3 more differences, not listed here"


def test_names_are_neither_placeholders_nor_links() -> None:
    one = finding("x", message="default '{0}' or '{}' [here](https://x.example)", impact="")
    text = runs(report(one))[0]["results"][0]["message"]["text"]
    assert "default '{{0}}' or '{}' [here]\\x28https" in text
    assert not re.search(r"\]\(", text)


def test_an_enum_has_no_table_in_its_name() -> None:
    one = finding(object=ObjectRef("enum", "public", None, "mood"), location=None)
    [named] = runs(report(one))[0]["results"][0]["locations"][0]["logicalLocations"]
    assert named == {"fullyQualifiedName": "public.mood", "name": "mood", "kind": "enum"}
