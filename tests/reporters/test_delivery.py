"""Reporters work in parallel, and every failure of one is reported."""

from __future__ import annotations

import threading

import pytest

from drift.config import GitHub, Sentry, Settings
from drift.report.report import Report
from drift.reporters import REPORTERS, credentials, delivery, resolve
from drift.reporters.interface import Delivery
from tests.report.examples import report


class Hand:
    """A reporter of the test's own: it waits for the other one, or breaks."""

    relies_on_history = False

    def __init__(self, barrier: threading.Barrier | None = None) -> None:
        self.barrier = barrier

    def start(self) -> Delivery:
        return Delivery(notes=("started",))

    def deliver(self, report: Report) -> Delivery:
        if self.barrier is None:
            raise RuntimeError("nobody\nforesaw this")
        self.barrier.wait(10)
        return Delivery(notes=(f"{len(report.checks)} sent",))

    def probe(self, *, send_test: bool) -> Delivery:
        return Delivery(notes=(f"test: {send_test}",))


def test_every_reporter_of_the_list_is_there() -> None:
    for name in REPORTERS:
        assert callable(resolve(name))


def test_a_hanging_reporter_does_not_delay_the_others() -> None:
    barrier = threading.Barrier(2)
    found = delivery.deliver([("a", Hand(barrier)), ("b", Hand(barrier))], report())
    assert found == [("a", Delivery(notes=("1 sent",))), ("b", Delivery(notes=("1 sent",)))]


def test_an_unforeseen_error_counts_as_not_delivered() -> None:
    [(_, one)] = delivery.deliver([("a", Hand())], report())
    assert one.problems == ("internal error: RuntimeError: nobody foresaw this",)


def test_all_are_started_and_probed() -> None:
    hands = [("a", Hand()), ("b", Hand())]
    assert [one.notes for _, one in delivery.start(hands)] == [("started",), ("started",)]
    [(_, one), _] = delivery.probe(hands, send_test=True)
    assert one.notes == ("test: True",)


def test_no_receivers_make_no_deliveries() -> None:
    assert delivery.deliver([], report()) == []


@pytest.mark.parametrize(
    ("settings", "environment"),
    [
        (Settings(targets=(), sentry=Sentry(dsn="https://k3y:s3cret@sentry.io/1")), {}),
        (Settings(targets=()), {"SENTRY_DSN": "https://k3y:s3cret@sentry.io/1"}),
        (Settings(targets=()), {"SENTRY_DSN": "https://k3y:s3cret@[::1/1"}),
    ],
)
def test_keys_are_known_as_secrets(settings: Settings, environment: dict[str, str]) -> None:
    found = set(credentials.secrets(settings, environment))
    assert {"k3y", "s3cret", settings.sentry.dsn or environment["SENTRY_DSN"]} <= found


def test_tokens_are_known_as_secrets() -> None:
    settings = Settings(targets=(), github=GitHub(token="one"))
    found = set(credentials.secrets(settings, {"GITHUB_TOKEN": "two", "GH_TOKEN": "three"}))
    assert {"one", "two", "three"} <= found
