"""The project's own sentence ends the report of a target with differences."""

from __future__ import annotations

import pytest

from drift.formats import Options, resolve
from drift.report.json_v1 import decode, encode
from drift.report.report import Report
from tests.report.examples import HOSTILE, check, finding

HINT = "run make migrate"
DRIFTED = check(finding(), hint=HINT)


@pytest.mark.parametrize("name", ["text", "markdown", "html", "json", "junit"])
def test_a_format_prints_the_hint(name: str) -> None:
    assert resolve(name)(Report(checks=(DRIFTED,)), Options()).count(HINT) == 1


@pytest.mark.parametrize("options", [Options(), Options(summary=True), Options(tables=("none",))])
def test_the_hint_is_the_last_line_of_the_text(options: Options) -> None:
    text = resolve("text")(Report(checks=(DRIFTED,)), options)
    assert text.splitlines()[-1] == f"hint: {HINT}"


def test_targets_share_a_hint_or_are_named_with_theirs() -> None:
    alike = Report(checks=(DRIFTED, check(finding("age"), target="staging", hint=HINT)))
    assert resolve("text")(alike, Options()).splitlines()[-1] == f"hint: {HINT}"
    other = Report(
        checks=(
            DRIFTED,
            check(finding("age"), target="staging", hint="ask Ann"),
            check(finding("size"), target="test"),
            check(target="in-sync"),
        )
    )
    assert resolve("text")(other, Options()).splitlines()[-2:] == [
        f"hint (production): {HINT}",
        "hint (staging): ask Ann",
    ]


@pytest.mark.parametrize("name", ["text", "markdown", "html", "junit"])
def test_a_report_without_a_hint_does_not_name_one(name: str) -> None:
    text = resolve(name)(Report(checks=(check(finding()),)), Options())
    assert "hint:" not in text.lower().partition("<body>")[2 if name == "html" else 0]


def test_hostile_hints_stay_inside_their_line() -> None:
    report = Report(checks=(check(finding(), hint=HOSTILE),))
    assert "\x1b" not in resolve("text")(report, Options())
    assert "<script>" not in resolve("html")(report, Options()).partition("<body>")[2]
    lines = resolve("markdown")(report, Options()).splitlines()
    (line,) = [line for line in lines if "team" in line]
    assert line.startswith("**hint:** ``")
    assert line.endswith("``")


@pytest.mark.parametrize("is_configured", [True, False])
def test_the_json_keeps_the_hint_and_commands_need_a_configuration(is_configured: bool) -> None:
    report = Report(checks=(check(finding(), hint=HINT, configured=is_configured),))
    assert decode(encode(report)) == report
    for name in ("text", "markdown", "html", "json"):
        text = resolve(name)(report, Options())
        assert ("drift plan production" in text) is is_configured
