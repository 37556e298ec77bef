"""A channel per test, in one workspace for all."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from tests.reporters.slack import workspace
from tests.reporters.slack.channel import Channel
from tests.reporters.slack.workspace import OTHER, TOKEN, Workspace

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def slack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    with workspace.running(tmp_path_factory.mktemp("slack")) as running:
        yield running


@pytest.fixture
def channel(slack: Workspace) -> Iterator[Channel]:
    """Yield an empty channel; no message to it may be one that Slack's SDK does not know."""
    made = slack.ask("conversations.create", name=f"drift-{next(_numbers)}")["channel"]["id"]
    slack.invite(made, TOKEN, OTHER)
    slack.seen.clear()
    slack.wrong.clear()
    slack.faults.clear()
    yield Channel(slack, made)
    assert slack.wrong == []
