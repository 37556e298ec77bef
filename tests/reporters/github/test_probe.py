"""The probe tells whether issues could be written."""

from __future__ import annotations

from typing import Any

import pytest

from drift.reporters.github.probe import TITLE
from tests.reporters.github.shop import Shop


def test_a_writable_repository_is_reported(shop: Shop) -> None:
    delivery = shop.reporter().probe(send_test=False)
    assert delivery.notes == (
        f"127.0.0.1 accepts the token, which is octocat's, for {shop.name}",
        "the token's user can write and label issues",
    )
    assert delivery.problems == ()
    assert shop.flow() == ["GET", "GET /issues"]
    assert shop.issues() == []


@pytest.mark.parametrize("way", [{}, {"status": 502, "worked": True}, {"status": 502}])
def test_a_test_issue_is_opened_once_and_closed_at_once(shop: Shop, way: dict[str, Any]) -> None:
    if way:
        shop.fail("POST", "/issues", **way)
    delivery = shop.reporter().probe(send_test=True)
    assert delivery.notes[2] == f"opened and closed the test issue {shop.name}#1"
    issue = shop.issue()
    assert (issue["title"], issue["state"]) == (TITLE, "closed")
    assert issue["state_reason"] == "not_planned"
    assert issue["labels"] == []


def test_unknown_permissions_can_be_tried(shop: Shop) -> None:
    nothing = {"admin": False, "push": False, "pull": True}
    for _ in range(2):
        shop.fail("GET", "", alter=lambda found: {**found, "permissions": nothing})
    told = "GitHub does not report whether the token may write issues"
    assert shop.reporter().probe(send_test=False).notes[1] == f"{told}; use --send-test to try it"
    assert shop.reporter().probe(send_test=True).notes[1] == told


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"archived": True}, "is archived; unarchive it, or use another repository"),
        ({"has_issues": False}, "enable them in its settings, under Features"),
    ],
)
def test_a_repository_without_issues_is_a_problem(
    shop: Shop, changes: dict[str, bool], problem: str
) -> None:
    shop.fail("GET", "", alter=lambda found: {**found, **changes})
    delivery = shop.reporter().probe(send_test=True)
    assert delivery.notes == ()
    assert delivery.problems[0].endswith(problem)
    assert shop.issues() == []


def test_a_repository_that_has_moved_is_named(shop: Shop) -> None:
    shop.fail("GET", "", alter=lambda found: {**found, "full_name": "acme/store"})
    assert (
        f"{shop.name} has moved to acme/store; update github.repository"
        in shop.reporter().probe(send_test=False).notes
    )


@pytest.mark.parametrize(
    ("method", "path", "status", "hint"),
    [
        ("GET", "", 401, "the token is not valid"),
        ("GET", "", 404, "does not exist, or the token may not see it"),
        ("GET", "/issues", 403, "`permissions: issues: write`"),
        ("GET", "/issues", 410, "issues are disabled"),
        ("POST", "/issues", 403, "`permissions: issues: write`"),
    ],
)
def test_a_refused_probe_says_what_to_do(
    shop: Shop, method: str, path: str, status: int, hint: str
) -> None:
    shop.fail(method, path, status=status)
    [problem] = shop.reporter().probe(send_test=True).problems
    assert hint in problem
