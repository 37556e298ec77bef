"""A response that refuses a request becomes a sentence that says what to do."""

from __future__ import annotations

from typing import Any

import pytest

from tests.reporters.github.emulator import TOKEN
from tests.reporters.github.proxy import Fault
from tests.reporters.github.shop import Shop, drift

HINTS = [
    (401, "the token is not valid"),
    (403, "`permissions: issues: write`"),
    (404, "does not exist, or the token may not see it"),
    (410, "issues are disabled in octocat/shop"),
    (418, "unexpected response; check github.api_url"),
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
    (
        {"status": 302, "headers": {"Location": "//evil.example.com/"}},
        "127.0.0.1 redirected to another",
    ),
    (
        {"status": 302, "headers": {"Location": "/else"}},
        "127.0.0.1 redirected to another address (HTTP 302); check github.api_url",
    ),
    ({"status": 403, "headers": {"Retry-After": "99"}}, "127.0.0.1 answered 403: it limits the r"),
    ({"status": 200, "text": "[]", "times": 3}, "127.0.0.1 answered 200, but not as GitHub"),
]


@pytest.mark.parametrize(("fault", "told"), WHO)
def test_a_refusal_to_name_the_token_account_is_reported(
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


def test_a_refusal_without_a_message_is_reported(shop: Shop) -> None:
    shop.fail("GET", "/labels/schema-drift", status=403, text="<html>")
    [problem] = shop.deliver(drift("role")).problems
    assert problem.startswith("production: 127.0.0.1 answered 403: the token may not do this")


def test_a_label_that_may_not_be_made_is_a_problem(shop: Shop) -> None:
    shop.fail("POST", "/labels", status=403)
    assert "`permissions: issues: write`" in shop.deliver(drift("role")).problems[0]
    assert shop.issues() == []


def test_a_failing_target_does_not_stop_the_others(shop: Shop) -> None:
    shop.fail("POST", "/issues", status=422)
    delivery = shop.deliver(drift("role"), drift("role", target="staging"))
    assert [text.split(":")[0] for text in delivery.problems] == ["production"]
    assert delivery.notes == (f"staging: opened {shop.name}#1",)


def test_an_issue_without_its_label_is_reported_and_found_again(shop: Shop) -> None:
    shop.fail("POST", "/issues", alter=lambda issue: {**issue, "labels": ["other"]})
    [note] = shop.deliver(drift("role")).notes
    assert note == (
        f"production: opened {shop.name}#1, but GitHub did not set its label 'schema-drift'; give "
        "the token's account at least the role Triage"
    )
    shop.ask("PATCH", "/issues/1", {"labels": []})
    assert shop.deliver(drift("role")).notes == (f"production: {shop.name}#1 is unchanged",)


def test_a_response_that_is_not_the_api_is_reported(shop: Shop) -> None:
    shop.fail("GET", "/issues", status=200, text="<html>", times=3)
    [problem] = shop.deliver(drift("role")).problems
    assert problem.endswith("but not as GitHub's API does; check github.api_url")
