"""A run that skips a receiver for a pull request must not use up the alert of the nightly run."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.check.fleet import Fleet
from tests.history.test_runs import configure
from tests.reporters.webhook.receiver import Receiver, running

NEW = "notify: new\n"
RELYING = {
    "webhook": NEW + "webhook: {{url: '{url}'}}\n",
    "slack": NEW + "slack: {{webhook_url: '{url}'}}\n",
    "github": NEW,
}
PULL_REQUEST = {"GITHUB_EVENT_NAME": "pull_request"}
UNCHANGED = "the history was left unchanged, so that a later run can notify"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with running() as server:
        server.answers = [(200, {}, b"ok")]
        yield server


def check(fleet: Fleet, name: str, variables: dict[str, str]) -> str:
    """Run a check that finds differences, with a history; return the standard error."""
    outcome = fleet.run(
        "check", "db0", "--history", "h.jsonl", "--report", name, env=dict(os.environ) | variables
    )
    assert outcome.returncode == 1, outcome.stderr
    return outcome.stderr


def is_recorded(fleet: Fleet) -> bool:
    return "public.users" in (fleet.folder / "h.jsonl").read_text()


@pytest.mark.parametrize("name", RELYING)
def test_a_skipped_run_leaves_the_history_unchanged(
    three: Fleet, receiver: Receiver, name: str
) -> None:
    configure(three, RELYING[name].format(url=receiver.url))
    three.databases[0].execute("ALTER TABLE users ADD COLUMN a text")
    assert UNCHANGED in check(three, name, PULL_REQUEST)
    assert not is_recorded(three)
    assert not receiver.posted


@pytest.mark.parametrize("name", ["webhook", "slack"])
def test_the_next_run_posts_what_a_pull_request_skipped(
    three: Fleet, receiver: Receiver, name: str
) -> None:
    configure(three, RELYING[name].format(url=receiver.url))
    three.databases[0].execute("ALTER TABLE users ADD COLUMN a text")
    check(three, name, PULL_REQUEST)
    for _ in range(2):
        check(three, name, {"GITHUB_EVENT_NAME": "schedule"})
        assert len(receiver.posted) == 1


SLACK = {
    "a webhook": ("slack: {{webhook_url: '{url}'}}\n", False),
    "an unknown destination": ("", False),
    "a channel, which has a message to update": ("slack: {{channel: C0123456789}}\n", True),
}


@pytest.mark.parametrize(("section", "recorded"), SLACK.values(), ids=SLACK)
def test_an_incoming_webhook_relies_on_the_history(
    three: Fleet, receiver: Receiver, section: str, recorded: bool
) -> None:
    configure(three, section.format(url=receiver.url))
    three.databases[0].execute("ALTER TABLE users ADD COLUMN a text")
    assert (UNCHANGED in check(three, "slack", PULL_REQUEST)) != recorded
    assert is_recorded(three) == recorded
