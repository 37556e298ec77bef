"""Requests go to the API's own server only, redirects and pages included."""

from __future__ import annotations

import pytest

from drift.report.report import Report
from tests.reporters.github.emulator import TOKEN
from tests.reporters.github.proxy import Fault
from tests.reporters.github.shop import Shop, drift


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


def test_a_write_follows_the_repository_to_its_new_address(shop: Shop) -> None:
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
    assert problem.startswith(
        "127.0.0.1 redirects to another server, which must not get the credentials"
    )
    assert shop.flow() == ["GET /issues"]


def test_a_redirect_in_circles_ends(shop: Shop) -> None:
    here = {"Location": f"{shop.proxy.url}/repos/{shop.name}/issues"}
    shop.fail("GET", "/issues", status=302, headers=here, times=9)
    assert shop.deliver(drift("role")).problems == ("127.0.0.1 redirects in a loop",)


def test_the_next_page_is_asked_for_at_the_same_address(shop: Shop) -> None:
    link = '<https://evil.example.com/steal?page=2&after=x>; rel="next"'
    shop.fail("GET", "/issues", status=200, text="[]", headers={"Link": link})
    assert not shop.deliver(drift()).problems
    assert shop.proxy.seen[2].query == {"page": "2", "after": "x"}
    assert shop.flow() == ["GET /issues"] * 3


def test_every_request_has_the_headers_that_github_asks_for(shop: Shop) -> None:
    shop.deliver(drift("role"))
    for seen in shop.proxy.seen:
        assert seen.headers["Authorization"] == f"Bearer {TOKEN}"
        assert seen.headers["X-GitHub-Api-Version"] == "2022-11-28"
        assert seen.headers["User-Agent"].startswith("sqlalchemy-drift/")
        assert seen.headers["Accept"] == "application/vnd.github+json"


def test_enterprise_has_its_api_below_a_path(shop: Shop) -> None:
    url = f"{shop.proxy.url}/api/v3/"
    assert shop.deliver(drift("role"), api_url=url).notes == (f"production: opened {shop.name}#1",)


def test_a_host_that_does_not_exist_is_named(shop: Shop) -> None:
    delivery = shop.deliver(drift("role"), api_url="http://no-such-host.invalid")
    [problem] = delivery.problems
    assert problem.startswith("no-such-host.invalid cannot be reached (")
    assert "/repos" not in problem


def test_an_invalid_proxy_address_is_reported_without_its_password(shop: Shop) -> None:
    environment = {"HTTP_PROXY": "http://me:hunter2@proxy:port"}
    [problem] = shop.reporter(environment).deliver(Report(checks=(drift("role"),))).problems
    assert problem.startswith("127.0.0.1 cannot be reached: the proxy's address is not valid")
    assert "hunter2" not in problem
