"""An incoming webhook: a message per change, as the history knows it, or per run without one."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from drift.model import Severity
from drift.report.ages import Changes, PastFinding
from drift.report.report import Check
from tests.report.examples import check, finding
from tests.reporters.github.shop import drift
from tests.reporters.slack.block_kit import shown
from tests.reporters.slack.channel import Channel
from tests.reporters.slack.workspace import HOOK

AT = datetime.datetime(2026, 6, 1, tzinfo=datetime.UTC)
PAST = (PastFinding(rule="missing-column", path="public.users.old", severity=Severity.ERROR),)


def aged(*statuses: str, **changes: Any) -> Check:
    """Return a check after others: a finding per status, and what has changed."""
    findings = (finding(f"c{n}", status=status) for n, status in enumerate(statuses))
    return check(*findings, changes=Changes(at=AT, **changes))


def posted(channel: Channel, mode: str = "all", *checks: Check) -> list[str]:
    channel.flow()
    done = channel.hooked(*checks, notify=mode)
    assert done.problems == ()
    texts = [shown(seen.fields) for seen in channel.workspace.seen]
    assert [seen.method for seen in channel.workspace.seen] == [HOOK] * len(texts)
    return texts


CASES = {
    "first, without a history": (drift("role"), 1, 0),
    "in sync, without a history": (drift(), 0, 0),
    "new": (aged("new", "still"), 1, 1),
    "back": (aged("back"), 1, 1),
    "the same": (aged("still", "still"), 0, 0),
    "fixed": (aged("still", gone=PAST), 1, 0),
    "in sync again": (aged(gone=PAST), 1, 0),
    "still in sync": (aged(), 0, 0),
    "ignored": (aged(ignored=PAST), 1, 0),
}
"""A check, the messages for it, and those with `notify: new`."""


@pytest.mark.parametrize("case", CASES)
def test_a_change_is_a_message(channel: Channel, case: str) -> None:
    item, messages, only_new = CASES[case]
    assert len(posted(channel, "all", item)) == messages
    assert len(posted(channel, "new", item)) == only_new


def test_the_closing_message_says_so(channel: Channel) -> None:
    [text] = posted(channel, "all", aged(gone=PAST))
    assert text.startswith("In sync: production\n")
    assert "1 gone (public.users.old" in text


def test_a_failed_message_must_not_get_into_the_history(channel: Channel) -> None:
    hooked = channel.reporter(channel=None, webhook_url="https://hooks.slack.com/x")
    assert hooked.relies_on_history is True
    assert channel.reporter().relies_on_history is False
    assert channel.reporter(notify="new").relies_on_history is True


REFUSALS = [
    (404, "no_service", "the incoming webhook does not exist any more; create another one"),
    (410, "channel_is_archived", "the channel is archived; unarchive it, or use another webhook"),
    (403, "action_prohibited", "an administrator of the workspace has to allow it"),
    (403, "invalid_token", "the incoming webhook does not exist any more"),
]


@pytest.mark.parametrize(("status", "code", "hint"), REFUSALS)
def test_a_refusal_says_what_to_do(channel: Channel, status: int, code: str, hint: str) -> None:
    channel.fail(HOOK, status=status, text=code)
    [problem] = channel.hooked(drift("role")).problems
    assert problem.startswith(f"production: 127.0.0.1 answered {code}: ")
    assert hint in problem


def test_the_address_is_in_no_message(channel: Channel) -> None:
    secret = "zxcvbnmqwrtp1234"
    url = f"{channel.workspace.url}/services/T0/B0/{secret}"
    channel.workspace.faults.clear()
    channel.fail(f"/services/T0/B0/{secret}", status=404, text=f"no {secret} at {url}")
    [problem] = channel.hooked(drift("role"), webhook_url=url).problems
    assert secret not in problem
    [problem] = channel.hooked(drift("role"), webhook_url=f"http://127.0.0.1:1/{secret}").problems
    assert problem.startswith("production: 127.0.0.1 cannot be reached (")
    assert "check slack.webhook_url" in problem
    assert secret not in problem


def test_a_limit_is_waited_for_and_a_lost_answer_is_not_repeated(channel: Channel) -> None:
    channel.fail(HOOK, status=429, headers={"Retry-After": "3"}, text="")
    assert posted_times(channel) == (2, ())
    assert channel.time.slept[0] == 3
    channel.fail(HOOK, status=500, text="", worked=True)
    times, problems = posted_times(channel)
    assert times == 1
    assert problems == ("production: 127.0.0.1 answered 500; retry later",)


def posted_times(channel: Channel) -> tuple[int, tuple[str, ...]]:
    channel.flow()
    problems = channel.hooked(drift("role")).problems
    return len(channel.flow()), problems


def test_the_doctor_only_tests_it_by_a_message(channel: Channel) -> None:
    hooked = channel.reporter(channel=None, webhook_url=channel.workspace.url + HOOK)
    [note] = hooked.probe(send_test=False).notes
    assert note.endswith("use --send-test")
    assert channel.flow() == []
    assert hooked.probe(send_test=True).notes == ("posted a test message",)
    assert channel.flow() == [HOOK]
    channel.fail(HOOK, status=404, text="no_service")
    assert "create another one" in hooked.probe(send_test=True).problems[0]


def test_the_doctor_reads_the_channel_or_posts_and_deletes_a_test(channel: Channel) -> None:
    first, second = channel.reporter().probe(send_test=False).notes
    assert first.startswith("127.0.0.1 accepts the token, which is drift's in the workspace ")
    assert second == f"the app reads the channel {channel.id}"
    assert channel.flow() == ["auth.test", "conversations.history"]
    assert channel.reporter().probe(send_test=True).notes[2] == "posted and deleted a test message"
    assert channel.messages() == []
    channel.fail("conversations.history", text='{"ok": false, "error": "not_in_channel"}')
    done = channel.reporter().probe(send_test=False)
    assert len(done.notes) == 1
    assert "/invite" in done.problems[0]
