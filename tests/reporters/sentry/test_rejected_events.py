"""Accepted, rejected and rate-limited events are counted, with the reason."""

from __future__ import annotations

import time

import pytest

from drift.reporters.interface import Delivery
from tests.report.examples import finding, report
from tests.reporters.sentry.conftest import MANY, THREE, problem_of, reporter
from tests.reporters.sentry.receiver import Receiver


def test_accepted_events_are_counted_with_the_receivers_host(server: Receiver) -> None:
    assert reporter(server.dsn).deliver(THREE) == Delivery(notes=("3 events sent to 127.0.0.1",))


def test_a_report_in_sync_sends_nothing_and_says_so(server: Receiver) -> None:
    delivery = reporter(server.dsn).deliver(report())
    assert delivery.notes == ("no differences, so nothing was sent to 127.0.0.1",)
    assert server.bodies == []


@pytest.mark.parametrize(
    ("status", "meaning", "tries"),
    [
        (400, "did not understand the event; check the DSN", 3),
        (401, "refused the DSN's key; copy the DSN again", 1),
        (403, "refused the DSN's key; copy the DSN again", 1),
        (404, "does not know the project", 1),
        (413, "too large; raise its limit", 3),
        (301, "redirected; update the DSN", 3),
        (418, "sent an unexpected response", 3),
        (500, "had a server error; retry later", 3),
        (502, "had a server error; retry later", 3),
    ],
)
def test_a_refusal_is_explained_and_a_permanent_one_not_repeated(
    server: Receiver, status: int, meaning: str, tries: int
) -> None:
    server.answers = [(status, {})]
    problem = problem_of(reporter(server.dsn).deliver(THREE))
    assert problem.startswith("3 of 3 events not delivered: 127.0.0.1 ")
    assert meaning in problem
    assert problem.endswith(f"(HTTP {status})")
    assert len(server.bodies) == tries


def test_an_event_that_is_too_large_does_not_stop_the_others(server: Receiver) -> None:
    server.answers = [(200, {}), (413, {}), (200, {})]
    delivery = reporter(server.dsn).deliver(THREE)
    assert delivery.notes == ("2 events sent to 127.0.0.1",)
    assert problem_of(delivery).startswith("1 of 3 events not delivered")


@pytest.mark.parametrize("status", [429, 503])
def test_a_short_pause_that_the_receiver_asks_for_is_kept(server: Receiver, status: int) -> None:
    server.answers = [(status, {"Retry-After": "1"}), (200, {})]
    began = time.monotonic()
    assert reporter(server.dsn).deliver(THREE).problems == ()
    assert 1 <= time.monotonic() - began < 4
    first, second, *_ = server.payloads("event")
    assert first["event_id"] == second["event_id"]


def test_repeated_requests_for_a_pause_end_the_attempts(server: Receiver) -> None:
    server.answers = [(503, {"Retry-After": "0"})]
    assert "HTTP 503" in problem_of(reporter(server.dsn).deliver(report(finding())))
    assert len(server.bodies) == 3


@pytest.mark.parametrize(
    "headers", [{"Retry-After": "90"}, {"X-Sentry-Rate-Limits": "90:error;default:key, nonsense"}]
)
def test_a_long_rate_limit_is_kept_without_asking_again(
    server: Receiver, headers: dict[str, str]
) -> None:
    server.answers = [(429, headers)]
    problem = problem_of(reporter(server.dsn).deliver(MANY))
    assert "26 of 26 events not delivered" in problem
    assert "accepts no more for 90 s (rate limit or quota, HTTP 429)" in problem
    assert len(server.bodies) == 1


def test_a_rate_limit_without_a_number_lasts_a_minute(server: Receiver) -> None:
    server.answers = [(429, {})]
    assert "for 60 s" in problem_of(reporter(server.dsn).deliver(THREE))


def test_a_limit_that_comes_with_a_success_counts_for_the_rest(server: Receiver) -> None:
    server.answers = [(200, {"X-Sentry-Rate-Limits": "60::organization"})]
    delivery = reporter(server.dsn).deliver(THREE)
    assert delivery.notes == ("1 event sent to 127.0.0.1",)
    assert "2 of 3 events not delivered" in problem_of(delivery)
    assert "60 s (rate limit);" in problem_of(delivery)


def test_a_limit_of_something_else_does_not_matter(server: Receiver) -> None:
    server.answers = [(200, {"X-Sentry-Rate-Limits": "86400:transaction;span:organization"})]
    assert reporter(server.dsn).deliver(THREE).problems == ()


def test_a_refusal_for_the_limit_of_something_else_is_named(server: Receiver) -> None:
    server.answers = [(429, {"X-Sentry-Rate-Limits": "60:session:key"})]
    assert "rate limit or quota" in problem_of(reporter(server.dsn).deliver(THREE))


def test_a_test_event_arrives(server: Receiver) -> None:
    delivery = reporter(server.dsn).probe(send_test=True)
    assert delivery == Delivery(notes=("1 event sent to 127.0.0.1",))
    assert server.payloads("event")[0]["level"] == "info"


def test_a_probe_without_a_test_event_creates_nothing(server: Receiver) -> None:
    delivery = reporter(server.dsn).probe(send_test=False)
    assert delivery.notes == (
        "127.0.0.1 answers; use --send-test to verify that it accepts events",
    )
    assert [items for _, items in server.envelopes()] == [[]]


def test_a_probe_names_the_problem_that_a_report_would_have(server: Receiver) -> None:
    server.answers = [(403, {})]
    assert "refused the DSN's key" in problem_of(reporter(server.dsn).probe(send_test=False))
