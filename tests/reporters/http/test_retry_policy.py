"""The limits of the retry policy hold for all requests to a receiver together."""

from __future__ import annotations

from typing import Any

import pytest

from drift.reporters.http.retries import Clock, RequestError, Retries, RetryableError


class Slow:
    """Requests that take five seconds of a clock that nobody waits for, and fail or succeed."""

    def __init__(self, *problems: RequestError | None, **policy: Any) -> None:
        self.problems = list(problems)
        self.sent: list[float] = []
        self.now = 100.0
        clock = Clock(monotonic=lambda: self.now, sleep=self.sleep)
        self.retries = Retries(
            **{"host": "example.com", "timeout": 10.0, "patience": 20.0, "clock": clock, **policy}
        )

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def run(self, arrived: str | None = None) -> str:
        return self.retries.run(self.send, lambda: arrived)

    def send(self, timeout: float) -> str:
        self.sent.append(timeout)
        self.now += 5
        if problem := self.problems.pop(0):
            raise problem
        return "sent"


def retryable(wait: float | None = None, *, unclear: bool = False) -> RetryableError:
    return RetryableError("failed", wait=wait, unclear=unclear)


def test_a_success_costs_no_patience() -> None:
    slow = Slow(*[None] * 9)
    assert [slow.run() for _ in range(9)] == ["sent"] * 9
    assert slow.sent == [10.0] * 9


def test_attempts_end_after_the_third_one() -> None:
    slow = Slow(*[retryable() for _ in range(3)], patience=99.0)
    with pytest.raises(RetryableError, match="failed"):
        slow.run()
    assert len(slow.sent) == 3


def test_failing_and_waiting_use_up_the_patience_of_later_requests() -> None:
    slow = Slow(retryable(wait=4.5), retryable(wait=4.5), None)
    with pytest.raises(RetryableError):
        slow.run()
    assert slow.sent == [10.0, 10.0]
    assert slow.run() == "sent"
    assert slow.sent[-1] == 5.5


def test_no_request_is_sent_without_patience() -> None:
    slow = Slow(patience=1.0)
    with pytest.raises(RequestError, match=r"gave up on example\.com after repeated failures"):
        slow.run()
    assert slow.sent == []


def test_no_request_is_sent_after_the_deadline() -> None:
    slow = Slow(None, None, deadline=111.0)
    assert [slow.run(), slow.run()] == ["sent", "sent"]
    with pytest.raises(RequestError, match=r"gave up on example\.com: sending everything took too"):
        slow.run()


def test_a_long_wait_is_not_begun() -> None:
    slow = Slow(retryable(wait=60.0))
    with pytest.raises(RetryableError):
        slow.run()
    assert slow.now == 105.0


def test_an_unclear_failure_is_retried_only_if_that_is_allowed() -> None:
    with pytest.raises(RetryableError):
        Slow(retryable(unclear=True), None, unclear=False).run()
    assert Slow(retryable(unclear=True), None).run() == "sent"


def test_a_request_that_has_arrived_is_not_sent_again() -> None:
    slow = Slow(retryable(unclear=True))
    assert slow.run(arrived="found") == "found"
