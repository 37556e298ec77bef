"""One message per target: posted, silent, updated, in sync, and posted again if it is gone."""

from __future__ import annotations

import pytest

from drift.report.report import Report
from drift.reporters import resolve
from drift.reporters.interface import Delivery
from drift.reporters.slack.api import MOST_PAGES
from drift.reporters.slack.reporter import SlackReporter
from tests.reporters.github.shop import drift, failed
from tests.reporters.slack.block_kit import shown
from tests.reporters.slack.channel import RUN, Channel
from tests.reporters.slack.workspace import OTHER, TOKEN

READ = ["auth.test", "conversations.history"]


def test_the_list_of_reporters_leads_here() -> None:
    assert resolve("slack") is SlackReporter


def test_the_first_difference_posts_a_message(channel: Channel) -> None:
    assert channel.deliver(drift("role")) == Delivery(notes=("production: posted a message",))
    assert channel.flow() == [*READ, "chat.postMessage"]
    text = channel.text()
    assert text.startswith("Schema drift: 1 error in production\n")
    assert "missing-column column role (text NOT NULL) is declared" in text
    assert "app/models.py:14" in text
    assert channel.message()["text"] == "Schema drift: 1 error in production"


def test_the_same_again_is_silent(channel: Channel) -> None:
    channel.deliver(drift("role"))
    before = channel.message()
    channel.flow()
    for _ in range(2):
        assert channel.deliver(drift("role")).notes == ("production: the message is unchanged",)
    assert channel.flow() == READ * 2
    assert channel.message() == before


def test_a_change_updates_the_message_and_replies(channel: Channel) -> None:
    channel.deliver(drift("role", "age"))
    first = channel.message()["ts"]
    channel.flow()
    assert channel.deliver(drift("role", "email")).notes == ("production: updated the message",)
    assert channel.flow() == [*READ, "chat.postMessage", "chat.update"]
    assert channel.message()["ts"] == first
    assert "column email" in channel.text()
    assert "column age" not in channel.text()
    [reply] = channel.replies()
    assert reply["reply_broadcast"] is True
    assert shown(reply).startswith("1 new, 1 gone; now 2 errors")
    assert "missing-column public.users.email" in shown(reply)
    assert "missing-column public.users.age" in shown(reply)


def test_a_fixed_difference_is_a_reply_that_the_channel_does_not_show(channel: Channel) -> None:
    channel.deliver(drift("role", "age"))
    channel.deliver(drift("role"))
    [reply] = channel.replies()
    assert reply["reply_broadcast"] is False
    assert shown(reply).startswith("1 gone; now 1 error")


def test_in_sync_again_closes_the_message(channel: Channel) -> None:
    channel.deliver(drift("role"))
    done = channel.deliver(drift())
    assert done.notes == ("production: marked the message as in sync",)
    assert channel.text().startswith("In sync: production\n")
    [reply] = channel.replies()
    assert shown(reply).startswith("1 gone; nothing differs now")
    channel.flow()
    assert channel.deliver(drift()).notes == ("production: in sync",)
    assert channel.flow() == READ


def test_a_difference_after_that_is_in_the_same_message(channel: Channel) -> None:
    for check in (drift("role"), drift(), drift("age")):
        channel.deliver(check)
    assert channel.text().startswith("Schema drift: 1 error in production\n")
    assert [reply["reply_broadcast"] for reply in channel.replies()] == [False, True]


def test_in_sync_from_the_beginning_posts_nothing(channel: Channel) -> None:
    assert channel.deliver(drift()).notes == ("production: in sync; there is no message",)
    assert channel.messages() == []


def test_a_deleted_message_is_posted_again(channel: Channel) -> None:
    channel.deliver(drift("role"))
    channel.workspace.ask("chat.delete", TOKEN, channel=channel.id, ts=channel.message()["ts"])
    assert channel.deliver(drift("role")).notes == ("production: posted a message",)
    assert channel.text().startswith("Schema drift")


@pytest.mark.parametrize("code", ["message_not_found", "cant_update_message", "edit_window_closed"])
def test_a_message_that_cannot_be_changed_is_replaced(channel: Channel, code: str) -> None:
    channel.deliver(drift("role"))
    channel.fail("chat.update", text=f'{{"ok": false, "error": "{code}"}}')
    done = channel.deliver(drift("age"))
    assert done.notes == ("production: posted a message in place of one that cannot be changed",)
    assert "column age" in shown(channel.messages()[-1])
    channel.flow()
    assert channel.deliver(drift("age")).notes == ("production: the message is unchanged",)


def test_each_target_has_its_own_message(channel: Channel) -> None:
    both = drift("role"), drift("age", target="staging")
    channel.deliver(*both)
    assert len(channel.messages()) == 2
    assert channel.time.slept == [pytest.approx(1.0, abs=0.3)]
    channel.deliver(drift("role"), drift("x", target="staging"))
    texts = [shown(message) for message in channel.messages()]
    assert [text.splitlines()[0].rpartition(" ")[2] for text in texts] == ["production", "staging"]
    assert "column x" in texts[1]


def test_the_message_of_another_app_is_not_taken_for_drifts(channel: Channel) -> None:
    channel.deliver(drift("role"))
    copied = channel.message()
    channel.workspace.ask(
        "chat.postMessage", OTHER, channel=channel.id, text="x", metadata=copied["metadata"]
    )
    channel.workspace.ask("chat.delete", TOKEN, channel=channel.id, ts=copied["ts"])
    assert channel.deliver(drift("role")).notes == ("production: posted a message",)


def test_a_message_beyond_the_first_page_is_found(channel: Channel) -> None:
    channel.deliver(drift("role"))
    for number in range(205):
        channel.workspace.ask("chat.postMessage", OTHER, channel=channel.id, text=f"{number}")
    channel.flow()
    assert channel.deliver(drift("role")).notes == ("production: the message is unchanged",)
    assert channel.flow() == [*READ, "conversations.history"]


def test_a_history_without_end_is_searched_up_to_a_limit(channel: Channel) -> None:
    page = '{"ok": true, "messages": [{}, 7], "response_metadata": {"next_cursor": "again"}}'
    channel.fail("conversations.history", text=page, times=999)
    assert channel.deliver(drift("role")).notes == ("production: posted a message",)
    assert channel.flow().count("conversations.history") == MOST_PAGES


def test_metadata_that_was_damaged_is_another_message(channel: Channel) -> None:
    channel.deliver(drift("role"))
    ts = channel.message()["ts"]
    for payload in ({}, {"target": 1}, {"target": "x", "findings": "y", "content": "z"}):
        metadata = {"event_type": "drift_report", "event_payload": payload}
        channel.workspace.ask(
            "chat.update", TOKEN, channel=channel.id, ts=ts, text="x", metadata=metadata
        )
        assert not channel.deliver(drift("role")).problems


def test_what_could_not_be_read_closes_nothing(channel: Channel) -> None:
    channel.deliver(drift("role", "age"))
    done = channel.deliver(drift("role", complete=False))
    assert done.notes == (
        "production: the message was left unchanged: not everything could be read",
    )
    assert "column age" in channel.text()


def test_a_target_that_was_not_checked_keeps_its_message(channel: Channel) -> None:
    channel.deliver(drift("role"))
    before = channel.message()
    assert channel.reporter().deliver(failed()).notes == (
        "production: not checked, so its message was left unchanged",
    )
    assert channel.message() == before


def test_the_run_is_linked(channel: Channel) -> None:
    channel.deliver(drift("role"))
    [link] = channel.message()["blocks"][-1]["elements"][0]["elements"]
    assert link == {"type": "link", "url": RUN, "text": "the run that found this"}


def test_no_checks_need_no_request(channel: Channel) -> None:
    assert channel.reporter().deliver(Report(checks=())) == Delivery()
    assert channel.reporter().start() == Delivery()
    assert channel.flow() == []
