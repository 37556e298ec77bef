"""Replies are about changes of the findings, or only about new ones; other changes are silent."""

from __future__ import annotations

import json

import msgspec

from drift.reporters.memory import key, state
from drift.reporters.slack.destination import Channel as Destination
from drift.reporters.slack.destination import Incoming
from tests.reporters.github.shop import drift
from tests.reporters.slack.channel import Channel
from tests.reporters.slack.workspace import TOKEN


def test_other_words_about_the_same_findings_are_no_reply(channel: Channel) -> None:
    channel.deliver(drift("role"))
    check = drift("role")
    [finding] = check.findings
    caused = msgspec.structs.replace(finding, cause="changed-by-hand", evidence="by somebody")
    done = channel.deliver(msgspec.structs.replace(check, findings=(caused,)))
    assert done.notes == ("production: updated the text of the message",)
    assert "cause: changed-by-hand: by somebody" in channel.text()
    assert channel.replies() == []


def test_only_new_findings_are_a_reply_if_that_is_asked_for(channel: Channel) -> None:
    check = drift("role", "age")
    channel.deliver(check, notify="new")
    done = channel.deliver(drift("role"), notify="new")
    assert done.notes == ("production: updated the message, without a reply: no finding is new",)
    assert "column age" not in channel.text()
    assert channel.replies() == []
    fresh = tuple(msgspec.structs.replace(item, status="new") for item in check.findings)
    channel.deliver(msgspec.structs.replace(check, findings=fresh), notify="new")
    assert len(channel.replies()) == 1
    assert channel.deliver(drift(), notify="new").notes == (
        "production: marked the message as in sync, without a reply: no finding is new",
    )


def test_a_refused_update_is_a_problem(channel: Channel) -> None:
    channel.deliver(drift("role"))
    channel.fail("chat.update", text='{"ok": false, "error": "is_archived"}')
    [problem] = channel.deliver(drift("age")).problems
    assert problem.startswith("production: 127.0.0.1 answered is_archived: the channel is archived")
    assert channel.deliver(drift("age")).notes == ("production: updated the message",)


def test_a_message_that_names_only_its_bot_is_found(channel: Channel) -> None:
    now = state(drift("role"))
    payload = {"target": key("production"), "findings": now.findings, "content": now.content}
    message = {"metadata": {"event_type": "drift_report", "event_payload": payload}}
    messages = [{"ts": "1.1", "bot_id": "B2", **message}, {"ts": "1.2", "bot_id": "B1", **message}]
    channel.fail("auth.test", text='{"ok": true, "user_id": "U1", "bot_id": "B1"}', times=2)
    page = json.dumps({"ok": True, "messages": messages})
    channel.fail("conversations.history", text=page, times=2)
    assert channel.deliver(drift("role")).notes == ("production: the message is unchanged",)
    channel.flow()
    channel.fail("chat.postMessage", text='{"ok": true, "ts": "1.3"}')
    channel.fail("chat.update", text='{"ok": true, "ts": "1.2"}')
    assert channel.deliver(drift("age")).notes == ("production: updated the message",)
    update = channel.workspace.seen[-1]
    assert (update.method, update.fields["ts"]) == ("chat.update", "1.2")


def test_two_messages_to_a_webhook_leave_a_second_between_them(channel: Channel) -> None:
    done = channel.hooked(drift("role"), drift("role", target="staging"))
    assert len(done.notes) == 2
    assert 0.5 < channel.time.slept[0] <= 1


def test_a_destination_shows_no_secret() -> None:
    channel = Destination(channel="C0123456789", token=TOKEN, api_url="https://slack.com/api")
    assert (repr(channel), repr(Incoming(url=TOKEN))) == ("Channel()", "Incoming()")
