"""Whatever GitHub fails to answer: nothing is done twice, and what is wrong is said."""

from __future__ import annotations

import time
from typing import Any

import pytest
from urllib3 import ProxyManager

from drift.report.report import Report
from drift.reporters.github.place import Place
from drift.reporters.github.transport import Transport
from tests.programs import free_port
from tests.reporters.github.emulator import OWNER, TOKEN
from tests.reporters.github.proxy import Fault
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
def test_what_may_be_done_twice_is_tried_again(shop: Shop, way: str) -> None:
    shop.fail("GET", "/issues", **WAYS[way])
    shop.deliver(drift("role"))
    shop.fail("PATCH", "/issues/1", **WAYS[way])
    assert not shop.deliver(drift("role", "email")).problems
    assert shop.issue()["title"] == "Schema drift in production: 2 errors"


def test_a_comment_of_a_run_that_broke_off_is_not_written_again(shop: Shop) -> None:
    shop.deliver(drift("role"))
    shop.fail("PATCH", "/issues/1", status=500, times=3)
    [problem] = shop.deliver(drift("role", "email")).problems
    assert problem == "production: 127.0.0.1 answered 500 (as the test wanted it)"
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
    assert problem.startswith("127.0.0.1 answered 403: it limits the requests of this token; try")
    assert problem.endswith(" UTC")
    assert shop.time.slept == []
    text = '{"message": "You have exceeded a secondary rate limit."}'
    shop.fail("GET", "/issues", status=403, text=text)
    [problem] = shop.deliver(drift("role")).problems
    assert "try again after" in problem


HINTS = [
    (401, "the token is not valid"),
    (403, "`permissions: issues: write`"),
    (404, "does not exist, or the token may not see it"),
    (410, "issues are disabled in octocat/shop"),
    (418, "this was not expected"),
]


@pytest.mark.parametrize(("status", "hint"), HINTS)
def test_a_refusal_says_what_to_do(shop: Shop, status: int, hint: str) -> None:
    shop.fail("GET", "/issues", status=status)
    [problem] = shop.deliver(drift("role")).problems
    assert problem.startswith(f"127.0.0.1 answered {status} (as the test wanted it): ")
    assert hint in problem
    assert shop.flow() == ["GET /issues"]


WHO = [
    ({"status": 401}, "127.0.0.1 answered 401 (as the test wanted it): the token is not valid"),
    ({"status": 302, "headers": {"Location": "//evil.example.com/"}}, "127.0.0.1 redirects to an"),
    (
        {"status": 302, "headers": {"Location": "/else"}},
        "127.0.0.1 answered 302: this is at another address now, which is not followed; check "
        "github.api_url",
    ),
    ({"status": 403, "headers": {"Retry-After": "99"}}, "127.0.0.1 answered 403: it limits the r"),
    ({"status": 200, "text": "[]", "times": 3}, "127.0.0.1 answered 200 with something that Git"),
]


@pytest.mark.parametrize(("fault", "told"), WHO)
def test_whose_the_token_is_may_be_refused_as_well(
    shop: Shop, fault: dict[str, Any], told: str
) -> None:
    shop.proxy.faults.append(Fault(method="GET", path="/user", **fault))
    [problem] = shop.deliver(drift("role")).problems
    assert problem.startswith(told)
    assert shop.flow() == []


def test_a_refusal_to_write_names_the_target_and_not_the_token(shop: Shop) -> None:
    text = f'{{"message": "{TOKEN} may not\\u001b[31m"}}'
    shop.fail("POST", "/issues", status=403, text=text)
    [problem] = shop.deliver(drift("role")).problems
    assert problem.startswith(
        "production: 127.0.0.1 answered 403 (*** may not\\x1b[31m): the token"
    )
    assert TOKEN not in problem


def test_a_refusal_in_no_words_of_githubs_is_told_as_well(shop: Shop) -> None:
    shop.fail("GET", "/labels/schema-drift", status=403, text="<html>")
    [problem] = shop.deliver(drift("role")).problems
    assert problem.startswith("production: 127.0.0.1 answered 403: the token may not do this")


def test_a_label_that_may_not_be_made_is_a_problem(shop: Shop) -> None:
    shop.fail("POST", "/labels", status=403)
    assert "`permissions: issues: write`" in shop.deliver(drift("role")).problems[0]
    assert shop.issues() == []


def test_one_target_that_fails_does_not_stop_the_others(shop: Shop) -> None:
    shop.fail("POST", "/issues", status=422)
    delivery = shop.deliver(drift("role"), drift("role", target="staging"))
    assert [text.split(":")[0] for text in delivery.problems] == ["production"]
    assert delivery.notes == (f"staging: opened {shop.name}#1",)


def test_an_issue_that_is_left_without_its_label_is_said_and_found_again(shop: Shop) -> None:
    shop.fail("POST", "/issues", alter=lambda issue: {**issue, "labels": ["other"]})
    [note] = shop.deliver(drift("role")).notes
    assert note == (
        f"production: opened {shop.name}#1, which GitHub left without its label 'schema-drift': "
        "the token's account needs at least the role Triage for that"
    )
    shop.ask("PATCH", "/issues/1", {"labels": []})
    assert shop.deliver(drift("role")).notes == (f"production: {shop.name}#1 is unchanged",)


def test_a_repository_that_was_renamed_is_followed_at_its_listing(shop: Shop) -> None:
    there = {"Location": f"{shop.proxy.url}/repos/{shop.name}/issues"}
    old = Fault(method="GET", path="/repos/octocat/old/issues", status=301, headers=there, times=9)
    shop.proxy.faults.append(old)
    reporter = shop.reporter({"GITHUB_REPOSITORY": "octocat/old"})
    assert reporter.deliver(Report(checks=(drift("role"),))).notes == (
        "production: opened octocat/old#1",
    )
    asked = [str(one) for one in shop.proxy.seen if "/old/" in one.path]
    assert asked == ["GET /repos/octocat/old/issues"]
    assert shop.issue()["title"] == "Schema drift in production: 1 error"


def test_what_is_written_is_sent_again_where_the_repository_has_moved_to(shop: Shop) -> None:
    moved = shop.proxy.url + f"/repos/{shop.name}"
    for path in ("/issues", "/labels"):
        shop.fail("POST", path, status=307, headers={"Location": f"{moved}{path}"})
    assert shop.deliver(drift("role")).notes == (f"production: opened {shop.name}#1",)
    assert shop.issue()["title"] == "Schema drift in production: 1 error"


@pytest.mark.parametrize(
    "there", ["https://127.0.0.1/x", "http://localhost:1/x", "http://[x", "//evil.example.com/"]
)
def test_the_token_is_never_sent_to_another_server(shop: Shop, there: str) -> None:
    shop.fail("GET", "/issues", status=302, headers={"Location": there})
    [problem] = shop.deliver(drift("role")).problems
    assert problem.startswith("127.0.0.1 redirects to another server, which is not followed")
    assert shop.flow() == ["GET /issues"]


def test_a_redirect_in_circles_ends(shop: Shop) -> None:
    here = {"Location": f"{shop.proxy.url}/repos/{shop.name}/issues"}
    shop.fail("GET", "/issues", status=302, headers=here, times=9)
    assert shop.deliver(drift("role")).problems == ("127.0.0.1 redirects without end",)


def test_the_next_page_is_asked_for_at_the_same_address(shop: Shop) -> None:
    link = '<https://evil.example.com/steal?page=2&after=x>; rel="next"'
    shop.fail("GET", "/issues", status=200, text="[]", headers={"Link": link})
    assert not shop.deliver(drift()).problems
    assert shop.proxy.seen[2].query == {"page": "2", "after": "x"}
    assert shop.flow() == ["GET /issues"] * 3


def test_every_request_says_who_asks_and_for_which_version(shop: Shop) -> None:
    shop.deliver(drift("role"))
    for seen in shop.proxy.seen:
        assert seen.headers["Authorization"] == f"Bearer {TOKEN}"
        assert seen.headers["X-GitHub-Api-Version"] == "2022-11-28"
        assert seen.headers["User-Agent"].startswith("sqlalchemy-drift/")
        assert seen.headers["Accept"] == "application/vnd.github+json"


def test_enterprise_has_its_api_below_a_path(shop: Shop) -> None:
    url = f"{shop.proxy.url}/api/v3/"
    assert shop.deliver(drift("role"), api_url=url).notes == (f"production: opened {shop.name}#1",)


def test_a_receiver_that_is_down_costs_seconds_and_is_named(shop: Shop) -> None:
    address = f"http://127.0.0.1:{free_port()}"
    began = time.monotonic()
    delivery = shop.deliver(drift("role"), drift("role", target="staging"), api_url=address)
    assert delivery.problems == ("127.0.0.1 cannot be reached: Connection refused",)
    assert time.monotonic() - began < 5
    assert sum(shop.time.slept) < 12


def test_a_host_that_does_not_exist_is_named(shop: Shop) -> None:
    delivery = shop.deliver(drift("role"), api_url="http://no-such-host.invalid")
    [problem] = delivery.problems
    assert problem.startswith("no-such-host.invalid cannot be reached: ")
    assert "/repos" not in problem


def test_a_receiver_that_hangs_is_given_up(shop: Shop) -> None:
    shop.fail("GET", "/issues", status=200, text="[]", hang=2, times=9)
    began = time.monotonic()
    [problem] = shop.deliver(drift("role"), timeout=0.8).problems
    assert problem.startswith("127.0.0.1 did not answer within 0.")
    assert time.monotonic() - began < 2


def test_once_it_was_waited_for_long_enough_nothing_more_is_tried(shop: Shop) -> None:
    checks = [drift("role", target=name) for name in ("one", "two", "three")]
    shop.fail("GET", "/labels/.*", status=502, hang=4, times=9)
    delivery = shop.deliver(*checks, timeout=3.2)
    assert len(delivery.problems) == 3
    assert delivery.problems[0].startswith("one: 127.0.0.1 did not answer within ")
    assert delivery.problems[2] == "three: 127.0.0.1 was given up: it failed for too long"


def test_what_is_no_api_is_told_apart(shop: Shop) -> None:
    shop.fail("GET", "/issues", status=200, text="<html>", times=3)
    [problem] = shop.deliver(drift("role")).problems
    assert problem.endswith("something that GitHub's API does not answer; is this its address?")


@pytest.mark.parametrize(
    ("environment", "proxied"),
    [
        ({"http_proxy": "PROXY"}, True),
        ({"ALL_PROXY": "PROXY", "NO_PROXY": "other.example.com, .test"}, True),
        ({"HTTP_PROXY": "PROXY", "no_proxy": "example.com"}, False),
        ({"HTTP_PROXY": "PROXY", "no_proxy": "*"}, False),
        ({"HTTPS_PROXY": "PROXY"}, False),
    ],
)
def test_a_proxy_of_the_environment_is_used(
    shop: Shop, environment: dict[str, str], proxied: bool
) -> None:
    address = shop.proxy.url.replace("//", "//user:p%40ss@")
    known = {name: value.replace("PROXY", address) for name, value in environment.items()}
    place = Place(repository=shop.name, api_url="http://github.example.com", token=TOKEN)
    transport = Transport(place, known)
    manager = transport._pool
    assert isinstance(manager, ProxyManager) is proxied
    if isinstance(manager, ProxyManager):
        assert manager.proxy_headers == {"proxy-authorization": "Basic dXNlcjpwQHNz"}
    assert OWNER not in repr(place)


def test_a_proxy_that_is_no_address_is_said_without_its_password(shop: Shop) -> None:
    environment = {"HTTP_PROXY": "http://me:hunter2@proxy:port"}
    [problem] = shop.reporter(environment).deliver(Report(checks=(drift("role"),))).problems
    assert problem.startswith("127.0.0.1 cannot be reached: the proxy's address cannot be used")
    assert "hunter2" not in problem
