"""A request whose response is lost is repeated, and nothing is done twice."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.programs import free_port
from tests.reporters.github.shop import Shop, drift

WAYS: dict[str, dict[str, Any]] = {
    "dropped before": {"drop": True},
    "dropped after": {"drop": True, "worked": True},
    "502 before": {"status": 502},
    "502 after": {"status": 502, "worked": True},
    "no JSON after": {"status": 201, "text": "<html>", "worked": True},
}
"""How a request fails, before GitHub has done what was asked or after."""


@pytest.mark.parametrize("way", WAYS)
def test_an_issue_is_opened_once_although_the_answer_is_lost(shop: Shop, way: str) -> None:
    shop.fail("POST", "/issues", **WAYS[way])
    assert shop.deliver(drift("role")).notes == (f"production: opened {shop.name}#1",)
    again = [] if "after" in way else ["POST /issues"]
    assert shop.flow()[4:] == ["POST /issues", "GET /issues", *again, "GET /issues"]
    assert len(shop.issues()) == 1


@pytest.mark.parametrize("way", WAYS)
def test_a_comment_is_written_once_although_the_answer_is_lost(shop: Shop, way: str) -> None:
    shop.deliver(drift("role"))
    shop.fail("POST", "/issues/1/comments", **WAYS[way])
    assert not shop.deliver(drift("role", "email")).problems
    assert len(shop.comments()) == 1
    assert "email" in shop.issue()["body"]


@pytest.mark.parametrize("way", WAYS)
def test_a_label_is_made_once_although_the_answer_is_lost(shop: Shop, way: str) -> None:
    shop.fail("POST", "/labels", **WAYS[way])
    assert not shop.deliver(drift("role")).problems
    assert len(shop.ask("GET", "/labels")) == 1


@pytest.mark.parametrize("way", WAYS)
def test_an_idempotent_request_is_retried(shop: Shop, way: str) -> None:
    shop.fail("GET", "/issues", **WAYS[way])
    shop.deliver(drift("role"))
    shop.fail("PATCH", "/issues/1", **WAYS[way])
    assert not shop.deliver(drift("role", "email")).problems
    assert shop.issue()["title"] == "Schema drift in production: 2 errors"


def test_a_comment_of_a_run_that_broke_off_is_not_written_again(shop: Shop) -> None:
    shop.deliver(drift("role"))
    shop.fail("PATCH", "/issues/1", status=500, times=3)
    [problem] = shop.deliver(drift("role", "email")).problems
    assert problem == "production: 127.0.0.1 answered 500 (as the test wanted it); retry later"
    assert not shop.deliver(drift("role", "email")).problems
    assert len(shop.comments()) == 1
    assert "email" in shop.issue()["body"]


def test_a_comment_is_looked_for_among_the_latest_ones(shop: Shop) -> None:
    shop.deliver(drift("role"))
    for number in range(120):
        shop.ask("POST", "/issues/1/comments", {"body": f"me too {number}"})
    shop.fail("POST", "/issues/1/comments", drop=True, worked=True)
    assert not shop.deliver(drift("role", "email")).problems
    assert len(shop.ask("GET", "/issues/1/comments?per_page=100&page=2")) == 21


def test_a_label_that_somebody_else_makes_meanwhile_is_taken(shop: Shop) -> None:
    shop.fail("POST", "/labels", status=422)
    assert shop.deliver(drift("role")).notes == (f"production: opened {shop.name}#1",)


def test_a_second_goes_by_between_two_requests_that_write(shop: Shop) -> None:
    shop.deliver(drift("role"))
    assert len(shop.time.slept) == 1
    assert 0.9 < shop.time.slept[0] <= 1


@pytest.mark.parametrize("status", [403, 429])
def test_a_short_limit_is_waited_for(shop: Shop, status: int) -> None:
    shop.fail("POST", "/issues", status=status, headers={"Retry-After": "3"})
    assert not shop.deliver(drift("role")).problems
    assert 3 in shop.time.slept
    assert shop.flow()[4:] == ["POST /issues", "POST /issues", "GET /issues"]


def test_a_limit_that_is_soon_reset_is_waited_for(shop: Shop) -> None:
    reset = str(int(time.time()) + 4)
    headers = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": reset}
    shop.fail("GET", "/issues", status=403, headers=headers)
    assert not shop.deliver(drift("role")).problems
    assert any(2 < slept <= 4 for slept in shop.time.slept)


def test_a_long_limit_is_a_problem_that_says_when_it_ends(shop: Shop) -> None:
    headers = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "4102444800"}
    shop.fail("GET", "/issues", status=403, headers=headers)
    [problem] = shop.deliver(drift("role")).problems
    assert problem.startswith("127.0.0.1 answered 403: it limits the requests of this token; retry")
    assert problem.endswith(" UTC")
    assert shop.time.slept == []
    text = '{"message": "You have exceeded a secondary rate limit."}'
    shop.fail("GET", "/issues", status=403, text=text)
    [problem] = shop.deliver(drift("role")).problems
    assert "retry after" in problem


def test_a_receiver_that_is_down_costs_seconds_and_is_named(shop: Shop) -> None:
    address = f"http://127.0.0.1:{free_port()}"
    began = time.monotonic()
    delivery = shop.deliver(drift("role"), drift("role", target="staging"), api_url=address)
    assert delivery.problems == (
        "127.0.0.1 cannot be reached (Connection refused); check github.api_url",
    )
    assert time.monotonic() - began < 5
    assert sum(shop.time.slept) < 12


def test_a_hanging_receiver_costs_one_timeout(shop: Shop) -> None:
    shop.fail("GET", "/issues", status=200, text="[]", hang=2, times=9)
    began = time.monotonic()
    [problem] = shop.deliver(drift("role"), timeout=0.8).problems
    assert problem.startswith("127.0.0.1 did not answer within 0.")
    assert time.monotonic() - began < 5
    assert shop.flow() == ["GET /issues"]


def test_no_request_is_sent_after_the_patience_is_used_up(shop: Shop) -> None:
    checks = [drift("role", target=name) for name in ("one", "two", "three")]
    shop.fail("GET", "/labels/.*", status=502, hang=4, times=9)
    delivery = shop.deliver(*checks, timeout=3.2)
    assert len(delivery.problems) == 3
    assert delivery.problems[0].startswith("one: 127.0.0.1 did not answer within ")
    assert delivery.problems[2] == "three: gave up on 127.0.0.1 after repeated failures"
