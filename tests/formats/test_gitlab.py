"""GitLab's Code Quality: each finding at a line of the repository, with a lasting identity."""

from __future__ import annotations

import datetime
import json
from pathlib import PurePosixPath
from typing import Any

from jsonschema import Draft202012Validator

from drift.formats import Options, resolve
from drift.model import Location, Severity
from drift.report.report import Failure, Report
from tests.report.examples import HOSTILE, check, finding, many, report

ENTRY = {
    "type": "object",
    "required": ["type", "check_name", "description", "fingerprint", "severity", "location"],
    "properties": {
        "type": {"const": "issue"},
        "check_name": {"type": "string", "minLength": 1},
        "description": {"type": "string", "minLength": 1},
        "categories": {
            "type": "array",
            "minItems": 1,
            "items": {
                "enum": [
                    *("Bug Risk", "Clarity", "Compatibility", "Complexity", "Duplication"),
                    *("Performance", "Security", "Style"),
                ]
            },
        },
        "fingerprint": {"type": "string", "pattern": "^[0-9a-f]{16}(-[0-9]+)?$"},
        "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
        "location": {
            "type": "object",
            "required": ["path", "lines"],
            "properties": {
                "path": {"type": "string", "minLength": 1, "not": {"pattern": r"^(/|\./|\.\.)"}},
                "lines": {
                    "type": "object",
                    "required": ["begin"],
                    "properties": {"begin": {"type": "integer", "minimum": 1}},
                },
            },
        },
    },
}
"""GitLab's documented fields, and those that the specification of Code Climate demands."""

SCHEMA = Draft202012Validator({"type": "array", "items": ENTRY})


def entries(text: str) -> list[dict[str, Any]]:
    """Return the entries of a valid document, in which each fingerprint is another one."""
    document: list[dict[str, Any]] = json.loads(text)
    SCHEMA.validate(document)
    fingerprints = [entry["fingerprint"] for entry in document]
    assert len(set(fingerprints)) == len(fingerprints)
    return document


def rendered(report: Report, options: Options | None = None) -> list[dict[str, Any]]:
    return entries(resolve("gitlab")(report, options or Options()))


def test_a_finding_is_at_the_line_of_its_model() -> None:
    [entry] = rendered(report(finding()), Options(folder="backend/"))
    assert entry["check_name"] == "missing-column"
    assert entry["severity"] == "critical"
    assert entry["fingerprint"] == "0123456789abcdef"
    assert entry["location"] == {"path": "backend/app/models.py", "lines": {"begin": 14}}
    assert entry["description"] == (
        "production: public.users.role: column role (text NOT NULL) is declared by the models but "
        "missing. Every SELECT by the model fails."
    )


def test_nothing_differs_in_an_empty_list() -> None:
    assert resolve("gitlab")(report(), Options()) == "[]\n"


def test_what_has_no_line_in_the_repository_is_at_the_configuration() -> None:
    outside = finding(location=Location("/usr/lib/python3/models.py", 3))
    for item in (finding(location=None), outside):
        [entry] = rendered(report(item), Options(folder="backend/"))
        assert entry["location"] == {"path": "backend/drift.yaml", "lines": {"begin": 1}}


def test_every_severity_has_a_word_of_gitlabs() -> None:
    result = rendered(report(*(finding(severity=level) for level in Severity)))
    assert [entry["severity"] for entry in result] == ["critical", "minor", "info"]


def test_equal_fingerprints_are_told_apart_and_stay_the_same() -> None:
    result = rendered(report(*many(30)))
    assert result[1]["fingerprint"] == "0123456789abcdef-2"
    assert rendered(report(*many(30))) == result


def test_a_finding_of_an_old_report_has_a_fingerprint_too() -> None:
    first, second = rendered(report(finding("a", fingerprint=""), finding("b", fingerprint="")))
    assert first["fingerprint"] != second["fingerprint"]


def test_targets_that_were_not_checked_or_not_wholly_have_entries() -> None:
    partly = check(target="a", complete=False)
    item, two = rendered(Report(checks=(partly,), failures=(Failure(target="b", reason="no r"),)))
    assert (item["check_name"], item["severity"]) == ("incomplete", "minor")
    assert (two["check_name"], two["severity"]) == ("could-not-check", "blocker")
    assert two["description"] == "b could not be checked: no r"


def test_the_cause_and_the_age_are_in_the_description() -> None:
    since = datetime.datetime(2026, 6, 1, tzinfo=datetime.UTC)
    aged = finding(status="still", since=since, days=3, cause="changed-by-hand", evidence="x")
    [entry] = rendered(report(aged))
    assert entry["description"].endswith("Cause: changed-by-hand: x. Since 2026-06-01.")


def test_a_hostile_path_stays_in_the_repository() -> None:
    [entry] = rendered(report(finding(HOSTILE, location=Location(f"../../{HOSTILE}", 1))))
    assert ".." not in PurePosixPath(entry["location"]["path"]).parts
