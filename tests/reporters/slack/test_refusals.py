"""A response that refuses a request becomes a sentence that says what to do."""

from __future__ import annotations

import json
from typing import Any

import pytest

from drift.config import Settings, Slack
from drift.errors import UsageError
from drift.reporters.interface import Context
from drift.reporters.slack.reporter import SlackReporter
from tests.reporters.github.shop import drift
from tests.reporters.slack.channel import Channel
from tests.reporters.slack.workspace import ADMIN, TOKEN, UNSCOPED

HINTS = [
    ("not_in_channel", "the app is not in the channel; type /invite @APP there"),
    ("channel_not_found", "there is no such channel for this app; check slack.channel"),
    ("invalid_auth", "the token is not valid any more; install the app again"),
    ("token_revoked", "the token is not valid any more"),
    ("account_inactive", "the token is not valid any more"),
    ("not_allowed_token_type", "this is no bot token; use the one that begins with xoxb-"),
    ("is_archived", "the channel is archived; unarchive it, or set another slack.channel"),
    ("restricted_action", "an administrator of the workspace has to allow it"),
    ("something_new", "see the methods chat.postMessage and chat.update in Slack's reference"),
]


def answer(error: str, **more: str) -> str:
    return json.dumps({"ok": False, "error": error, **more})


@pytest.mark.parametrize("method", ["auth.test", "conversations.history", "chat.postMessage"])
@pytest.mark.parametrize(("code", "hint"), HINTS)
def test_a_refusal_says_what_to_do(channel: Channel, method: str, code: str, hint: str) -> None:
    channel.fail(method, text=answer(code))
    [problem] = channel.deliver(drift("role")).problems
    target = "production: " if method == "chat.postMessage" else ""
    assert problem.startswith(f"{target}127.0.0.1 answered {code}: ")
    assert hint in problem
    assert channel.flow()[-1] == method


def test_a_missing_scope_is_named(channel: Channel) -> None:
    [problem] = channel.deliver(drift("role"), token=UNSCOPED).problems
    assert problem == (
        "127.0.0.1 answered missing_scope: the app lacks the scope channels:history; add it, and "
        "install the app again"
    )


def test_an_archived_channel_is_reported(channel: Channel) -> None:
    channel.workspace.ask("conversations.archive", ADMIN, channel=channel.id)
    [problem] = channel.deliver(drift("role")).problems
    assert "is_archived: the channel is archived" in problem


def test_a_channel_that_does_not_exist_is_reported(channel: Channel) -> None:
    [problem] = channel.deliver(drift("role"), channel="C99999999").problems
    assert problem.startswith("127.0.0.1 answered channel_not_found: ")


def test_no_word_of_a_response_is_shown_as_it_is(channel: Channel) -> None:
    channel.fail("auth.test", text=answer(f"{TOKEN}\x1b[31m\n{'x' * 999}"))
    [problem] = channel.deliver(drift("role")).problems
    assert TOKEN not in problem
    assert "\x1b" not in problem
    assert len(problem) < 400


LIMITS: list[dict[str, Any]] = [
    {"status": 429, "headers": {"Retry-After": "7"}, "text": answer("ratelimited")},
    {"status": 429, "headers": {"Retry-After": "7"}, "text": "slow down"},
    {"status": 200, "headers": {"Retry-After": "7"}, "text": answer("ratelimited")},
]


@pytest.mark.parametrize("limit", LIMITS)
@pytest.mark.parametrize("method", ["conversations.history", "chat.postMessage"])
def test_a_rate_limit_is_waited_for(channel: Channel, method: str, limit: dict[str, Any]) -> None:
    channel.fail(method, **limit)
    assert channel.deliver(drift("role")).notes == ("production: posted a message",)
    assert channel.time.slept[0] == 7
    assert len(channel.messages()) == 1


def test_a_limit_for_longer_than_the_patience_is_reported(channel: Channel) -> None:
    channel.fail("auth.test", status=429, headers={"Retry-After": "600"}, text="")
    [problem] = channel.deliver(drift("role")).problems
    assert problem == "127.0.0.1 limits the requests of this app; retry after 600 s"
    assert channel.time.slept == []


@pytest.mark.parametrize("text", ["<html>", answer("fatal_error"), "[]"])
def test_a_server_error_is_tried_again(channel: Channel, text: str) -> None:
    channel.fail("conversations.history", status=503, text=text, times=2)
    assert not channel.deliver(drift("role")).problems
    assert len(channel.messages()) == 1


@pytest.mark.parametrize("status", [500, 200])
def test_a_message_whose_answer_was_lost_is_not_posted_twice(channel: Channel, status: int) -> None:
    channel.fail("chat.postMessage", status=status, text="<html>", worked=True)
    assert channel.deliver(drift("role")).notes == ("production: posted a message",)
    assert len(channel.messages()) == 1


def test_a_reply_whose_answer_was_lost_is_a_problem_and_not_sent_twice(channel: Channel) -> None:
    channel.deliver(drift("role"))
    channel.fail("chat.postMessage", status=500, text="", worked=True)
    [problem] = channel.deliver(drift("age")).problems
    assert problem == "production: 127.0.0.1 answered 500; retry later"
    assert len(channel.replies()) == 1


def test_a_failing_target_does_not_stop_the_others(channel: Channel) -> None:
    channel.fail("chat.postMessage", text=answer("restricted_action"))
    done = channel.deliver(drift("role"), drift("role", target="staging"))
    assert done.notes == ("staging: posted a message",)
    assert len(done.problems) == 1


def test_what_is_no_slack_is_reported(channel: Channel) -> None:
    channel.fail("auth.test", status=200, text="<html>", times=3)
    [problem] = channel.deliver(drift("role")).problems
    assert problem.endswith("but not as Slack's API does; check slack.api_url")


def test_a_slack_that_hangs_is_reported(channel: Channel) -> None:
    channel.fail("auth.test", hang=2, times=3)
    [problem] = channel.deliver(drift("role"), timeout=0.2).problems
    assert "did not answer within 0." in problem or "gave up on 127.0.0.1" in problem


def test_no_token_is_ever_sent_to_another_server(channel: Channel) -> None:
    channel.fail("auth.test", status=302, headers={"Location": "http://localhost:1/"}, text="")
    [problem] = channel.deliver(drift("role")).problems
    assert "but not as Slack's API does" in problem
    assert TOKEN not in problem


WRONG = [
    ({}, {}, "no token; set SLACK_BOT_TOKEN or slack.token, and slack.channel"),
    ({"SLACK_BOT_TOKEN": "t"}, {}, "no channel; set slack.channel or DRIFT_SLACK_CHANNEL"),
    ({"SLACK_BOT_TOKEN": "s3cret\nX: 1"}, {"channel": "C0123456"}, "invalid characters"),
    ({"DRIFT_SLACK_CHANNEL": "C0123456"}, {}, "no token"),
    ({"SLACK_BOT_TOKEN": "t", "DRIFT_SLACK_CHANNEL": "#general"}, {}, "'#general' is not the ID"),
    ({"SLACK_WEBHOOK_URL": "http://x.example/s3cret"}, {}, "is not encrypted"),
    ({"SLACK_WEBHOOK_URL": "s3cret"}, {}, "is not an address"),
    (
        {"SLACK_BOT_TOKEN": "t"},
        {"channel": "C0123456", "api_url": "http://slack.example/api"},
        "slack.api_url is not encrypted",
    ),
]


@pytest.mark.parametrize(("environment", "settings", "message"), WRONG)
def test_missing_or_malformed_settings_are_reported_before_the_checks(
    environment: dict[str, str], settings: dict[str, str], message: str
) -> None:
    section = Slack(**settings)  # type: ignore[arg-type]
    context = Context(settings=Settings(targets=(), slack=section), environment=environment)
    with pytest.raises(UsageError) as raised:
        SlackReporter(context)
    text = str(raised.value)
    assert text.startswith("slack: ")
    assert message in text
    assert "s3cret" not in text
    assert "\n" not in text
