"""SARIF of accepted findings, of those that are gone, and of what could not be analysed."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from drift.formats import Options, resolve
from drift.model import Location, Severity
from drift.report.ages import Changes, PastFinding
from drift.report.finding import Finding, Ignored
from drift.report.report import Failure, Report
from tests.formats.test_sarif import valid
from tests.report.examples import HOSTILE, STARTED, finding, many, report

render = resolve("sarif")
BEFORE = STARTED - datetime.timedelta(days=3)


def rendered(one: Report, **options: Any) -> dict[str, Any]:
    """Return the only run of a document that the standard's schema accepts."""
    [run] = valid(render(one, Options(**options)))
    return run


def ignored(reason: str = "on purpose", at: str = "config/drift.yaml:12", **more: Any) -> Ignored:
    return Ignored(finding=finding(**more), reason=reason, declared_at=at)


def test_an_accepted_finding_is_a_suppressed_result_with_its_entry() -> None:
    run = rendered(report(finding("a"), ignored=(ignored(name="b", fingerprint="b" * 16),)))
    kept, accepted = run["results"]
    assert "suppressions" not in kept
    assert accepted["locations"][0]["physicalLocation"]["region"]["startLine"] == 14
    assert accepted["ruleId"] == "missing-column"
    assert run["tool"]["driver"]["rules"][accepted["ruleIndex"]]["id"] == "missing-column"
    assert accepted["suppressions"] == [
        {
            "kind": "external",
            "status": "accepted",
            "justification": "on purpose",
            "location": {
                "physicalLocation": {
                    "artifactLocation": {"uri": "config/drift.yaml", "uriBaseId": "%SRCROOT%"},
                    "region": {"startLine": 12},
                }
            },
        }
    ]


def test_a_rule_that_is_off_is_suppressed_without_an_entry() -> None:
    run = rendered(report(ignored=(ignored(reason="the rule is off", at=""),)))
    [suppression] = run["results"][0]["suppressions"]
    assert suppression["justification"] == "the rule is off"
    assert "location" not in suppression


def test_an_accepted_attribute_does_not_take_the_fingerprint_of_the_rest() -> None:
    run = rendered(report(finding(), ignored=(ignored(),)))
    kept, accepted = run["results"]
    assert kept["partialFingerprints"] == {"driftFingerprint/v1": "0123456789abcdef"}
    assert "partialFingerprints" not in accepted


def test_code_scanning_gets_no_result_that_would_be_an_alert_again() -> None:
    gone = (PastFinding(rule="extra-table", path="public.old", severity=Severity.WARNING),)
    one = report(
        finding("a"),
        ignored=(ignored(name="b", fingerprint="b" * 16),),
        changes=Changes(at=STARTED, gone=gone),
    )
    assert len(rendered(one)["results"]) == 3
    [kept] = rendered(one, code_scanning=True)["results"]
    assert "suppressions" not in kept


def aged(status: str, first: datetime.datetime, since: datetime.datetime) -> dict[str, Any]:
    return {"status": status, "first_seen": first, "since": since}


@pytest.mark.parametrize(
    ("age", "state"),
    [
        (aged("ignored", STARTED, STARTED), "new"),
        (aged("ignored", BEFORE, STARTED), "updated"),
        (aged("ignored", BEFORE, BEFORE), "unchanged"),
        ({}, None),
    ],
)
def test_the_age_of_an_accepted_finding(age: dict[str, Any], state: str | None) -> None:
    changes = Changes(at=STARTED) if age else None
    run = rendered(report(ignored=(ignored(**age),), changes=changes))
    assert run["results"][0].get("baselineState") == state


@pytest.mark.parametrize(
    ("status", "state"), [("new", "new"), ("back", "new"), ("still", "unchanged"), ("", None)]
)
def test_the_age_of_a_finding(status: str, state: str | None) -> None:
    run = rendered(report(finding(status=status)))
    assert run["results"][0].get("baselineState") == state


def test_a_finding_that_is_gone_is_absent() -> None:
    gone = (PastFinding(rule="extra-table", path="public.old", severity=Severity.WARNING),)
    run = rendered(report(changes=Changes(at=STARTED, gone=gone)), folder="src/")
    [result] = run["results"]
    assert (result["baselineState"], result["level"]) == ("absent", "warning")
    assert result["message"]["text"] == "public.old: extra-table is gone."
    [location] = result["locations"]
    assert location["physicalLocation"]["artifactLocation"]["uri"] == "src/drift.yaml"
    assert location["logicalLocations"] == [{"fullyQualifiedName": "public.old"}]


def test_reported_findings_come_first_if_a_file_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("drift.formats.sarif.MOST", 3)
    items = tuple(ignored(name=f"i{n}", fingerprint=f"{n:016x}") for n in range(5))
    run = rendered(report(finding("a"), ignored=items))
    assert ["suppressions" in result for result in run["results"]] == [False, True, True]


def states(run: dict[str, Any]) -> list[tuple[str, str]]:
    descriptors = run["tool"]["driver"]["notifications"]
    [invocation] = run["invocations"]
    told = [each for each in invocation["toolExecutionNotifications"] if "descriptor" in each]
    for each in told:
        assert descriptors[each["descriptor"]["index"]]["id"] == each["descriptor"]["id"]
    return [(each["descriptor"]["id"], each["level"]) for each in told]


def test_what_could_not_be_analysed_is_a_notification() -> None:
    incomplete = rendered(report(complete=False, notes=("users is locked",)))
    assert states(incomplete) == [("incomplete", "warning")]
    failed = Report(checks=(), failures=(Failure(target="shop", reason="no answer"),))
    assert states(rendered(failed)) == [("failed", "error")]
    assert states(rendered(report(notes=("all tenants are in sync",)))) == []


def hostile() -> Finding:
    return finding(HOSTILE, HOSTILE, rule=HOSTILE, message=HOSTILE)


@pytest.mark.parametrize("at", [f"{HOSTILE}:3", "../../etc/passwd:1", ":", "a:99999999999", "a:0"])
def test_hostile_entries_stay_valid(at: str) -> None:
    item = Ignored(finding=hostile(), reason=HOSTILE, declared_at=at)
    gone = (PastFinding(rule="extra-table", path=HOSTILE, severity=Severity.INFO),)
    one = report(*many(3), ignored=(item,), changes=Changes(at=STARTED, gone=gone))
    text = render(one, Options())
    assert valid(text)
    assert "\u202e" not in text
    assert "\x1b" not in text.replace("\\x1b", "")
    assert "passwd" not in text


def test_an_entry_outside_of_the_repository_is_shown_at_the_configuration() -> None:
    run = rendered(report(ignored=(ignored(at="/etc/drift.yaml:7"),)))
    [suppression] = run["results"][0]["suppressions"]
    physical = suppression["location"]["physicalLocation"]
    assert physical["artifactLocation"]["uri"] == "drift.yaml"
    assert finding().location == Location("app/models.py", 14)
