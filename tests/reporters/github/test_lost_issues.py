"""Deleted and transferred issues are replaced; a lock is distinguished from missing permissions."""

from __future__ import annotations

from typing import Any

import pytest

from tests.reporters.github.shop import Shop, drift

DELETED = '{"message": "This issue was deleted"}'
LOCKED = '{"message": "Unable to create comment because issue is locked."}'
GONE: dict[str, dict[str, Any]] = {
    "deleted": {"status": 410, "text": DELETED},
    "deleted and hidden": {"status": 404, "text": '{"message": "Not Found"}'},
    "transferred": {"status": 301, "text": '{"message": "Moved Permanently"}'},
}


def leave(shop: Shop, way: str, method: str, path: str, **more: Any) -> None:
    """Let a request find that its issue is gone; a transferred one has another address."""
    there = f"{shop.proxy.url}/repositories/7/issues/5"
    headers = {"Location": there} if way == "transferred" else {}
    shop.fail(method, path, headers=headers, times=9, **GONE[way], **more)


@pytest.mark.parametrize("way", GONE)
@pytest.mark.parametrize("request_", [("POST", "/issues/1/comments"), ("PATCH", "/issues/1")])
def test_an_issue_that_is_gone_is_replaced(shop: Shop, way: str, request_: tuple[str, str]) -> None:
    shop.deliver(drift("role"))
    gone = shop.issue()["body"]
    shop.ask("PATCH", "/issues/1", {"body": ""})
    shop.fail("GET", "/issues", alter=lambda _: [{**shop.issues()[0], "body": gone}])
    leave(shop, way, *request_)
    assert shop.deliver(drift("role", "email")).notes == (
        f"production: opened {shop.name}#2; deleted or transferred: {shop.name}#1",
    )
    assert not any("/repositories/7" in one.path for one in shop.proxy.seen)
    assert "email" in shop.issues()[1]["body"]


@pytest.mark.parametrize("way", GONE)
def test_an_issue_that_is_gone_has_nothing_to_close(shop: Shop, way: str) -> None:
    shop.deliver(drift("role"))
    leave(shop, way, "POST", "/issues/1/comments")
    assert shop.deliver(drift()).notes == (
        f"production: in sync; there is no issue; deleted or transferred: {shop.name}#1",
    )


@pytest.mark.parametrize("way", GONE)
def test_the_remaining_one_of_two_issues_is_updated(shop: Shop, way: str) -> None:
    shop.deliver(drift("role"))
    fields = {"title": "copy", "labels": ["schema-drift"], "body": shop.issue()["body"]}
    shop.ask("POST", "/issues", fields)
    leave(shop, way, "(POST|PATCH)", "/issues/1(/comments)?")
    leave(shop, way, "POST", "/issues/1/comments")
    assert shop.deliver(drift("role", "email")).notes == (f"production: updated {shop.name}#2",)


@pytest.mark.parametrize("way", GONE)
def test_a_second_issue_that_is_gone_is_no_problem(shop: Shop, way: str) -> None:
    shop.deliver(drift("role"))
    fields = {"title": "copy", "labels": ["schema-drift"], "body": shop.issue()["body"]}
    shop.ask("POST", "/issues", fields)
    leave(shop, way, "POST", "/issues/2/comments")
    assert shop.deliver(drift("role")).notes == (f"production: {shop.name}#1 is unchanged",)


def test_disabled_issues_are_still_reported(shop: Shop) -> None:
    shop.deliver(drift("role"))
    shop.fail("POST", "/issues/1/comments", status=410)
    shop.fail("POST", "/issues", status=410)
    [problem] = shop.deliver(drift("role", "email")).problems
    assert problem == (
        "production: 127.0.0.1 answered 410 (as the test wanted it): issues are disabled in "
        f"{shop.name}; enable them in its settings, under Features"
    )


def lock(shop: Shop) -> None:
    shop.ask("PUT", "/issues/1/lock", {})
    shop.fail("POST", "/issues/1/comments", status=403, text=LOCKED, times=9)


def test_a_locked_issue_is_kept_up_to_date_without_comments(shop: Shop) -> None:
    shop.deliver(drift("role"))
    lock(shop)
    why = ", without a comment: its conversation is locked; unlock it to get comments"
    for names, done in ((("role", "email"), "updated"), ((), "closed"), (("role",), "reopened")):
        delivery = shop.deliver(drift(*names))
        assert delivery.problems == ()
        assert delivery.notes == (f"production: {done} {shop.name}#1{why}",)
    assert shop.issue()["title"] == "Schema drift in production: 1 error"
    assert shop.comments() == []


def test_a_locked_issue_that_may_not_be_changed_is_named(shop: Shop) -> None:
    shop.deliver(drift("role"))
    lock(shop)
    shop.fail("PATCH", "/issues/1", status=403)
    assert shop.deliver(drift("role", "email")).problems == (
        f"production: {shop.name}#1 is locked, and the token may not change it; unlock it",
    )


def test_missing_permissions_are_distinguished_from_a_lock(shop: Shop) -> None:
    shop.deliver(drift("role"))
    shop.fail("POST", "/issues/1/comments", status=403)
    assert "`permissions: issues: write`" in shop.deliver(drift("role", "email")).problems[0]


def test_a_second_issue_that_is_locked_is_closed_without_a_comment(shop: Shop) -> None:
    shop.deliver(drift("role"))
    fields = {"title": "copy", "labels": ["schema-drift"], "body": shop.issue()["body"]}
    shop.ask("POST", "/issues", fields)
    shop.ask("PUT", "/issues/2/lock", {})
    shop.fail("POST", "/issues/2/comments", status=403, text=LOCKED)
    assert shop.deliver(drift("role")).problems == ()
    assert shop.issues()[1]["state"] == "closed"
