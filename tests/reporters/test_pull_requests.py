"""Slack and the webhook get nothing about pull requests, unless their section asks for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from drift.config import Settings, Slack, Webhook
from drift.reporters import resolve
from drift.reporters.interface import Context, Delivery, Reporter
from tests.report.examples import finding, report
from tests.reporters.webhook.receiver import Receiver, running

RUNS: dict[str, tuple[dict[str, str], bool]] = {
    "a pull request": ({"GITHUB_EVENT_NAME": "pull_request"}, True),
    "one of a fork": ({"GITHUB_EVENT_NAME": "pull_request_target"}, True),
    "a merge queue": ({"GITHUB_EVENT_NAME": "merge_group"}, True),
    "a merge request": ({"CI_PIPELINE_SOURCE": "merge_request_event"}, True),
    "a schedule": ({"GITHUB_EVENT_NAME": "schedule"}, False),
    "a pipeline's schedule": ({"CI_PIPELINE_SOURCE": "schedule"}, False),
    "no CI": ({}, False),
}
SECTIONS: dict[str, Any] = {
    "slack": lambda url, **settings: {"slack": Slack(webhook_url=url, **settings)},
    "webhook": lambda url, **settings: {"webhook": Webhook(url=url, **settings)},
}
NAMES = pytest.mark.parametrize("name", SECTIONS)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with running() as server:
        server.answers = [(200, {}, b"ok")]
        yield server


def made(name: str, url: str | None, environment: Mapping[str, str], **settings: Any) -> Reporter:
    sections = SECTIONS[name](url, **settings)
    context = Context(settings=Settings(targets=(), **sections), environment=environment)
    return resolve(name)(context)


@NAMES
@pytest.mark.parametrize(("environment", "is_skipped"), RUNS.values(), ids=RUNS)
def test_a_run_for_a_pull_request_posts_nothing(
    receiver: Receiver, name: str, environment: Mapping[str, str], is_skipped: bool
) -> None:
    reporter = made(name, receiver.url, environment)
    deliveries = [reporter.deliver(report(finding())), reporter.probe(send_test=True)]
    assert len(receiver.posted) == (0 if is_skipped else 2)
    for delivery in deliveries:
        assert delivery.problems == ()
        note = f"skipped for a pull request; set {name}.pull_requests to true to post "
        assert delivery.notes[0].startswith(note) == is_skipped


@NAMES
def test_a_section_may_ask_for_pull_requests(receiver: Receiver, name: str) -> None:
    environment = {"GITHUB_EVENT_NAME": "pull_request"}
    reporter = made(name, receiver.url, environment, pull_requests=True)
    assert reporter.deliver(report(finding())).problems == ()
    assert len(receiver.posted) == 1


@NAMES
def test_a_pull_request_of_a_fork_needs_no_secret(name: str) -> None:
    reporter = made(name, None, {"GITHUB_EVENT_NAME": "pull_request"})
    assert isinstance(reporter.deliver(report(finding())), Delivery)
