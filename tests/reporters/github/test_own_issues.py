"""Only issues and comments of the token's own account are changed, copies are not."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from drift.report.report import Report
from drift.reporters.interface import Delivery
from tests.reporters.github.emulator import BOT, BOTS_TOKEN, OWNER, STRANGER, STRANGERS_TOKEN
from tests.reporters.github.shop import Shop, drift

REPORT = Report(checks=(drift("role"),))


def stranger(shop: Shop, body: str, label: str = "schema-drift") -> dict[str, Any]:
    """Return an issue that somebody else opens, with a label that a maintainer gives it."""
    fields = {"title": "a copy", "body": body}
    made = shop.ask("POST", "/issues", fields, STRANGERS_TOKEN)
    labels = {"labels": [label]}
    changed: dict[str, Any] = shop.ask("PATCH", f"/issues/{made['number']}", labels)
    assert changed["user"]["login"] == STRANGER
    return changed


@pytest.mark.parametrize("check", [drift("role", "email"), drift(), drift("role")])
def test_a_marker_in_an_older_issue_of_somebody_else_changes_nothing(
    shop: Shop, check: Any
) -> None:
    shop.ask("POST", "/labels", {"name": "schema-drift", "color": "00ff00"})
    stranger(shop, "not yet a copy")
    shop.deliver(drift("role"))
    copied = shop.issues()[1]["body"]
    shop.ask("PATCH", "/issues/1", {"body": copied}, STRANGERS_TOKEN)
    before = shop.issues()[0]
    shop.deliver(check)
    theirs, ours = shop.issues()
    assert theirs == before
    assert shop.comments(1) == []
    assert ours["user"]["login"] == OWNER
    assert ours["state"] == ("open" if check.findings else "closed")


def test_a_copy_by_another_account_is_not_updated(shop: Shop) -> None:
    shop.deliver(drift("role"))
    copied = shop.issue()["body"]
    shop.ask("PATCH", "/issues/1", {"body": "", "state": "closed"})
    theirs = stranger(shop, copied)
    assert shop.deliver(drift("role")).notes == (f"production: opened {shop.name}#3",)
    assert shop.issues()[1] == theirs


def test_the_author_is_checked_although_the_query_names_the_creator(shop: Shop) -> None:
    shop.deliver(drift("role"))
    as_theirs = {**shop.issue(), "user": {**shop.issue()["user"], "login": STRANGER}}
    deleted = {**shop.issue(), "user": None}
    shop.fail("GET", "/issues", alter=lambda _: [as_theirs, deleted], times=3)
    assert shop.deliver(drift("role")).notes == (f"production: opened {shop.name}#2",)


def test_a_comment_of_somebody_else_does_not_stand_for_ours(shop: Shop) -> None:
    shop.deliver(drift("role"))
    shop.deliver(drift("role", "email"))
    shop.deliver(drift("role"))
    foreseen = shop.comments()[0].replace(" 2 ", " 4 ", 1)
    shop.ask("POST", "/issues/1/comments", {"body": foreseen}, STRANGERS_TOKEN)
    shop.deliver(drift("role", "email"))
    assert len(shop.comments()) == 4


def test_the_account_is_asked_for_once(shop: Shop) -> None:
    shop.deliver(drift("role"), drift("role", target="staging"))
    asked = [str(one) for one in shop.proxy.seen]
    assert asked.count("GET /user") == 1
    assert {one.query["creator"] for one in shop.proxy.seen if "creator" in one.query} == {OWNER}


@pytest.mark.parametrize(
    ("api", "graphql"),
    [("", "/graphql"), ("/api/v3", "/api/graphql"), ("/api/v3/", "/api/graphql")],
)
def test_the_token_of_an_app_or_a_workflow_keeps_one_issue(
    shop: Shop, api: str, graphql: str
) -> None:
    token = {"GITHUB_TOKEN": BOTS_TOKEN, "GITHUB_API_URL": shop.proxy.url + api}
    told = [shop.reporter(token).deliver(REPORT) for _ in range(2)]
    assert told == [
        Delivery(notes=(f"production: opened {shop.name}#1",)),
        Delivery(notes=(f"production: {shop.name}#1 is unchanged",)),
    ]
    assert shop.issue()["user"]["login"] == BOT
    assert shop.proxy.graphql == [graphql] * 2


@pytest.mark.parametrize("viewer", [None, {"login": ""}, {}])
def test_without_an_account_nothing_is_written(shop: Shop, viewer: dict[str, str] | None) -> None:
    shop.proxy.viewer = viewer
    delivery = shop.reporter({"GITHUB_TOKEN": BOTS_TOKEN}).deliver(REPORT)
    assert delivery.problems == (
        "127.0.0.1 does not name the account of this token, so drift cannot recognize its own "
        "issues; use GITHUB_TOKEN, a GitHub App's token or a personal access token",
    )
    assert shop.issues() == []


def test_a_token_that_writes_as_somebody_else_leaves_no_issue_open(shop: Shop) -> None:
    shop.fail("POST", "/issues", alter=lambda one: {**one, "user": {**one["user"], "login": "x"}})
    [problem] = shop.deliver(drift("role")).problems
    assert problem == (
        f"production: 127.0.0.1 says that the token is {OWNER}'s, but that x opened {shop.name}#1, "
        "which drift would not find again; it was closed; use another token"
    )
    assert shop.issue()["state"] == "closed"


@pytest.mark.parametrize("labels", [[], ["database-drift"]])
def test_an_issue_without_its_label_is_found_all_the_same(shop: Shop, labels: list[str]) -> None:
    shop.deliver(drift("role"))
    shop.ask("PATCH", "/issues/1", {"labels": labels})
    told = [shop.deliver(drift(*names)).notes[0] for names in (("role",), ("role", "email"), ())]
    assert told == [
        f"production: {shop.name}#1 is unchanged",
        f"production: updated {shop.name}#1",
        f"production: closed {shop.name}#1",
    ]
    assert shop.deliver(drift()).notes == ("production: in sync; there is no issue",)
    assert shop.deliver(drift("role")).notes == (f"production: reopened {shop.name}#1",)
    assert [label["name"] for label in shop.issue()["labels"]] == labels


def test_a_label_that_was_renamed_opens_no_second_issue(shop: Shop) -> None:
    shop.deliver(drift("role"))
    shop.ask("PATCH", "/labels/schema-drift", {"new_name": "renamed"})
    assert shop.deliver(drift("role")).notes == (f"production: {shop.name}#1 is unchanged",)


def test_four_runs_at_once_leave_one_issue_open(shop: Shop) -> None:
    def hold(found: Any) -> Any:
        return found

    # Every run has looked twice, and seen nothing, before the first one opens an issue.
    shop.fail("GET", "/issues", alter=hold, hang=1.5, times=8)
    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(lambda _: shop.reporter().deliver(REPORT), range(4)))
    assert [one.problems for one in told] == [()] * 4
    issues = shop.issues()
    assert [(one["number"], one["state"]) for one in issues] == [
        (1, "open"),
        (2, "closed"),
        (3, "closed"),
        (4, "closed"),
    ]
    opened = f"production: opened {shop.name}#1"
    closed = (
        f"production: {shop.name}#1 is unchanged; closed the duplicate {shop.name}#%d, opened at "
    )
    assert sorted(one.notes[0] for one in told) == sorted(
        [opened, *(f"{closed % number}the same time" for number in (2, 3, 4))]
    )
    assert [len(shop.comments(number)) for number in (1, 2, 3, 4)] == [0, 1, 1, 1]
    assert shop.deliver(drift("role")).notes == (f"production: {shop.name}#1 is unchanged",)


def test_a_second_look_that_fails_does_not_undo_the_issue(shop: Shop) -> None:
    shop.fail("GET", "/issues", status=403, skip=2)
    assert shop.deliver(drift("role")).notes == (f"production: opened {shop.name}#1",)
