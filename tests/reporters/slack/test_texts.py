"""The text of a message: nothing in it is markup, all of it fits, and the rest is counted."""

from __future__ import annotations

import datetime
import json

import msgspec
import pytest

from drift.formats import Options
from drift.model import Location, ObjectRef, Severity
from drift.report.ages import Changes, PastFinding
from drift.report.report import Check
from drift.reporters.memory import state
from drift.reporters.run_link import run_link
from drift.reporters.slack.messages import plain
from drift.reporters.slack.texts import Text, message, reply
from tests.formats.test_hostile import NAMES
from tests.report.examples import check, finding, many
from tests.reporters.slack.block_kit import faults, inlines, shown

MARKUP = {
    "channel": "<!channel> <!here> <!everyone>",
    "user": "<@U0123456789> @mallory",
    "group": "<!subteam^S012345>",
    "room": "<#C0123456789|general> #general",
    "address": "<https://evil.example|ours> https://evil.example evil.example",
    "formats": "*bold* _italic_ ~struck~ `code` ```block```",
    "emoji": ":tada: :boom:",
    "quote": "> quoted\n>>> all",
    "entities": "&lt;!channel&gt; &amp; <>&",
    "date": "<!date^1392734382^{date}|now>",
}
LINKS = Options(links="https://git.example/acme/shop/blob/abc/")
SINCE = datetime.datetime(2026, 6, 1, tzinfo=datetime.UTC)


def of(item: Check, options: Options = LINKS) -> Text:
    text = message(item, options, "https://ci.example/1")
    fields = plain(text)
    assert faults(fields) == []
    json.dumps(fields).encode()
    return text


def seen(item: Check) -> str:
    return shown({"blocks": of(item).blocks})


def hostile(name: str) -> Check:
    ref = ObjectRef("column", name, name, name)
    item = finding(
        *(name, name),
        object=ref,
        rule=name,
        message=name,
        cause=name,
        evidence=name,
        location=Location(f"app/{name}.py", 3),
    )
    return check(item, target=name, expected_name=name, cause_summary=name)


@pytest.mark.parametrize("name", [*MARKUP.values(), *NAMES.values()], ids=[*MARKUP, *NAMES])
def test_no_name_is_markup(name: str) -> None:
    item = hostile(name)
    for text in (of(item), reply(item, state(check()), state(item), "")):
        fields = plain(text)
        assert faults(fields) == []
        for block in text.blocks:
            if block["type"] == "rich_text":
                links = [part["url"] for part in inlines(block) if part["type"] == "link"]
                assert all(url.startswith((LINKS.links, "https://ci.example/")) for url in links)
            else:
                parts = block.get("elements", [block.get("text")])
                assert {(part["type"], part["emoji"]) for part in parts} == {("plain_text", False)}
        assert "<" not in fields["text"]
        assert ">" not in fields["text"]
        assert (fields["mrkdwn"], fields["parse"]) == (False, "none")
        assert "\n" not in fields["text"]


@pytest.mark.parametrize("count", [1, 30, 60, 1000])
@pytest.mark.parametrize("length", [1, 63, 5000])
def test_what_does_not_fit_is_counted(count: int, length: int) -> None:
    findings = [
        finding(f"c{n}", f"t{n % 70}", message="😀m" * length, fingerprint=f"{n:016x}")
        for n in range(count)
    ]
    text = seen(check(*findings))
    listed = text.count("missing-column")
    assert listed
    rest = f"and {count - listed:,} more: the report of the run has them all"
    assert (rest in text) is (listed < count)


def test_the_worst_tables_come_first() -> None:
    mild = finding("a", "aaa", severity=Severity.INFO, rule="comment-mismatch")
    text = seen(check(mild, finding("b", "zzz")))
    assert text.index("public.zzz") < text.index("public.aaa")


def test_a_long_reply_is_counted_too() -> None:
    item = check(*[finding(f"c{n}", fingerprint=f"{n:016x}"[::-1]) for n in range(100)])
    text = reply(item, state(check()), state(item), "")
    assert faults(plain(text)) == []
    assert "and 80 others" in shown({"blocks": text.blocks})


def test_findings_that_were_not_remembered_are_only_counted() -> None:
    item = check(*many(9))
    before = msgspec.structs.replace(state(check()), entries=None)
    text = reply(item, before, state(item), "")
    words = "The differences have changed: 3 errors, 3 warnings, 3 info"
    assert shown({"blocks": text.blocks}) == words
    assert text.words == f"production: {words}"


def test_causes_and_ages_are_shown_as_in_other_reports() -> None:
    old = finding(
        *("role",), status="still", since=SINCE, days=9, cause="changed-by-hand", evidence="by x"
    )
    gone = PastFinding(rule="r", path="public.users.old", severity=Severity.ERROR, days=9)
    changes = Changes(at=SINCE, gone=(gone,))
    text = seen(check(old, cause_summary="1 of 1 was changed by hand", changes=changes))
    assert "(cause: changed-by-hand: by x; since 2026-06-01)" in text
    assert "1 of 1 was changed by hand" in text
    assert "2026-06-01: 1 still there, 1 gone (public.users.old, was there 9 days)" in text


def test_an_incomplete_check_says_so() -> None:
    assert "incomplete: not everything could be read or compared" in seen(check(complete=False))
    assert seen(check(complete=False)).startswith("In sync, incomplete: production\n")


RUNS = [
    ({"CI_JOB_URL": "https://gitlab.example/x/-/jobs/1"}, "https://gitlab.example/x/-/jobs/1"),
    (
        {
            "GITHUB_SERVER_URL": "https://ghe.example.com",
            "GITHUB_REPOSITORY": "acme/shop",
            "GITHUB_RUN_ID": "7",
        },
        "https://ghe.example.com/acme/shop/actions/runs/7",
    ),
    ({}, ""),
    ({"CI_JOB_URL": "javascript:alert(1)"}, ""),
    ({"CI_JOB_URL": "https://me:secret@gitlab.example/x"}, ""),
    ({"CI_JOB_URL": "https://x/<!channel>"}, ""),
    ({"CI_JOB_URL": "https://x/\n"}, ""),
]


@pytest.mark.parametrize(("environment", "url"), RUNS)
def test_the_page_of_the_run_is_an_address_or_nothing(
    environment: dict[str, str], url: str
) -> None:
    assert run_link(environment) == url


def test_the_validator_refuses_what_slack_refuses() -> None:
    [header, *_] = of(check()).blocks
    long = {"type": "header", "text": {"type": "plain_text", "text": "x" * 151, "emoji": False}}
    assert faults({"blocks": [long]})
    assert faults({"blocks": [header] * 51})
    assert faults({"blocks": [{"type": "unknown"}]})
    assert faults({"blocks": [header | {"color": "red"}]})
