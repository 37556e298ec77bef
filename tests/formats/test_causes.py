"""Every format shows the cause of a finding, the sentence that proves it, and the summary."""

from __future__ import annotations

import pytest

from drift.formats import FORMATS, Options, resolve
from drift.report import causes
from drift.report.json_v1 import decode, encode
from drift.report.report import Report
from drift.reporters.sentry.events import EventDefaults, events
from drift.reporters.sentry.frames import ModelFrames
from tests.formats.readers import NUMBERS_ONLY
from tests.report.examples import check, finding

BY_HAND = finding(
    "legacy", cause=causes.BY_HAND, evidence="revision 3f2a (add roles) does not have it"
)
PENDING = finding("role", cause=causes.PENDING, evidence="migration 9abc has not run here")
PLAIN = finding("age")
SUMMARY = "1 of 2 was changed by hand; 1 waits for migration 9abc"


def report(*findings: object, summary: str = SUMMARY) -> Report:
    return Report(checks=(check(*findings, cause_summary=summary),))  # type: ignore[arg-type]


WITHOUT_SUMMARY = {"annotations", "sarif", "gitlab", "csv"}
NAMING = [name for name in FORMATS if name not in NUMBERS_ONLY]
"""Formats that show findings one by one."""


@pytest.mark.parametrize("name", NAMING)
def test_a_format_shows_causes_and_their_evidence(name: str) -> None:
    text = resolve(name)(report(BY_HAND, PENDING), Options(width=200))
    for item in (BY_HAND, PENDING):
        assert item.cause in text
        assert item.evidence in text
    assert (SUMMARY in text) is (name not in WITHOUT_SUMMARY)


@pytest.mark.parametrize("name", [name for name in FORMATS if name != "json"])
def test_a_format_says_nothing_of_causes_that_were_not_asked_for(name: str) -> None:
    text = resolve(name)(report(PLAIN, summary=""), Options(width=200))
    body = text.partition("</style>")[2].partition("</script>")[2] if name == "html" else text
    if name == "csv":  # a column of the table
        body = body.partition("\n")[2]
    assert "cause" not in body.lower()


def test_hostile_evidence_stays_inside_its_cell() -> None:
    hostile = finding("x", cause=causes.BY_HAND, evidence="a|b\n| c `x` <script>")
    text = resolve("markdown")(report(hostile), Options())
    row = next(line for line in text.splitlines() if "changed-by-hand" in line)
    assert row.count("|") - row.count("\\|") == 8
    assert "<script>" not in resolve("html")(report(hostile), Options()).partition("<main")[2]


def test_the_same_difference_with_two_causes_is_shown_with_each() -> None:
    tables = [
        finding("role", table, cause=cause, evidence=f"because of {cause}")
        for table in ("a", "b", "c")
        for cause in (causes.BY_HAND, causes.MISSING)
    ]
    text = resolve("text")(report(*tables), Options(width=120))
    assert text.count("because of changed-by-hand") == 1
    assert text.count("because of missing-migration") == 1


def test_the_text_can_be_filtered_by_cause() -> None:
    text = resolve("text")(report(BY_HAND, PENDING), Options(width=120, causes=(causes.BY_HAND,)))
    assert "legacy" in text
    assert "role " not in text.partition("filter --cause changed-by-hand")[0].partition("legacy")[2]
    assert "1 of 2 differences shown" in text


def test_the_json_keeps_causes() -> None:
    made = report(BY_HAND, PENDING)
    assert decode(encode(made)) == made


def test_sentry_has_a_tag_for_alert_rules() -> None:
    defaults = EventDefaults(None, None, ModelFrames("", lambda text: text, readable=False))
    one, *_ = events(report(BY_HAND), defaults)
    assert one["tags"]["cause"] == "changed-by-hand"
    two, *_ = events(report(BY_HAND, PENDING), defaults)
    assert two["tags"]["cause"] == "several"
    assert two["tags"]["cause.changed-by-hand"] == two["tags"]["cause.pending-migration"] == "yes"
    assert BY_HAND.evidence in two["exception"]["values"][0]["value"]
    none, *_ = events(report(PLAIN), defaults)
    assert not [tag for tag in none["tags"] if tag.startswith("cause")]
