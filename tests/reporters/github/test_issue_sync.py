"""There is one issue per target, kept up to date with what the last check found."""

from __future__ import annotations

import msgspec

from drift.model import Severity
from drift.report.report import Report
from tests.report.examples import HOSTILE
from tests.reporters.github.shop import Shop, drift, failed, found_missing

SOUGHT = ["GET /issues", "GET /issues"]
OPENED = [*SOUGHT, "GET /labels/schema-drift", "POST /labels", "POST /issues", "GET /issues"]
COMMENTED = ["GET /issues", "POST /issues/1/comments", "PATCH /issues/1"]
SEARCHED = ["GET /issues", "GET /issues/1/comments", *COMMENTED[1:]]


def test_an_issue_is_opened_once_and_then_unchanged(shop: Shop) -> None:
    assert shop.deliver(drift("role")).notes == (f"production: opened {shop.name}#1",)
    assert shop.flow() == OPENED
    before = shop.issue()
    assert before["title"] == "Schema drift in production: 1 error"
    assert [label["name"] for label in before["labels"]] == ["schema-drift"]
    assert shop.deliver(drift("role")).notes == (f"production: {shop.name}#1 is unchanged",)
    assert shop.flow() == ["GET /issues"]
    assert shop.issue() == before


def test_a_target_in_sync_gets_no_issue(shop: Shop) -> None:
    delivery = shop.deliver(drift())
    assert delivery.notes == ("production: in sync; there is no issue",)
    assert shop.flow() == SOUGHT
    assert shop.issues() == []


def test_a_change_is_commented_before_the_body_changes(shop: Shop) -> None:
    shop.deliver(drift("role", "email"))
    shop.flow()
    assert shop.deliver(drift("role", "phone")).notes == (f"production: updated {shop.name}#1",)
    assert shop.flow() == COMMENTED
    [comment] = shop.comments()
    new, gone = comment.split("Gone:")
    assert "**1 new**, **1 gone**; now 2 errors ([run](https://" in new
    assert "`public.users.phone`" in new
    assert "`public.users.email`" in gone
    assert "role" not in comment
    body = shop.issue()["body"]
    assert "phone" in body
    assert "email" not in body
    shop.deliver(drift("role", "phone", "name"))
    assert shop.issue()["title"] == "Schema drift in production: 3 errors"
    assert shop.flow() == SEARCHED


def test_the_last_finding_gone_closes_the_issue_as_completed(shop: Shop) -> None:
    shop.deliver(drift("role"))
    shop.flow()
    assert shop.deliver(drift()).notes == (f"production: closed {shop.name}#1",)
    assert shop.flow() == COMMENTED
    issue = shop.issue()
    assert (issue["state"], issue["state_reason"]) == ("closed", "completed")
    assert issue["title"] == "Schema drift in production: none"
    assert "Nothing differs any more." in issue["body"]
    assert "5 tables and 61 columns compared." in issue["body"]
    assert "**1 gone**; none is left" in shop.comments()[0]
    assert shop.deliver(drift()).notes == ("production: in sync",)
    assert shop.flow() == ["GET /issues"]


def test_a_returning_finding_reopens_the_same_issue(shop: Shop) -> None:
    shop.deliver(drift("role"))
    shop.deliver(drift())
    shop.flow()
    assert shop.deliver(drift("role")).notes == (f"production: reopened {shop.name}#1",)
    assert shop.flow() == SEARCHED
    issue = shop.issue()
    assert (issue["state"], issue["state_reason"]) == ("open", "reopened")
    assert "**1 new**" in shop.comments()[1]
    assert shop.deliver(drift("role")).notes == (f"production: {shop.name}#1 is unchanged",)


def test_a_target_that_could_not_be_checked_leaves_its_issue_as_it_is(shop: Shop) -> None:
    shop.deliver(drift("role"))
    before = shop.issue()
    shop.flow()
    delivery = shop.reporter().deliver(failed())
    assert delivery.notes == ("production: not checked, so its issue was left unchanged",)
    assert shop.flow() == []
    both = Report(checks=(drift(target="staging"),), failures=failed().failures)
    assert not shop.reporter().deliver(both).problems
    assert shop.issue() == before


def test_an_incomplete_check_does_not_remove_findings(shop: Shop) -> None:
    shop.deliver(drift("role", "email"))
    before = shop.issue()
    for check in (drift("role", complete=False), drift(complete=False)):
        [told] = shop.deliver(check).notes
        assert told.endswith("was left unchanged: not everything could be read")
    assert shop.issue() == before
    marker = before["body"].splitlines()[0]
    shop.ask("PATCH", "/issues/1", {"body": marker})
    assert "left unchanged" in shop.deliver(drift("role", complete=False)).notes[0]
    shop.ask("PATCH", "/issues/1", {"body": before["body"]})
    shop.deliver(drift("role", "phone", complete=False))
    assert shop.issue()["title"] == "Schema drift in production: 2 errors"


def test_closed_as_not_planned_is_muted_until_something_else_differs(shop: Shop) -> None:
    shop.deliver(drift("role"))
    shop.ask("PATCH", "/issues/1", {"state": "closed", "state_reason": "not_planned"})
    before = shop.issue()
    shop.flow()
    [note] = shop.deliver(drift("role")).notes
    assert note == f"production: {shop.name}#1 is muted: closed as not planned"
    assert shop.flow() == ["GET /issues"]
    assert shop.issue() == before
    shop.deliver(drift("role", "email"))
    assert shop.issue()["state"] == "open"
    assert "**1 new**" in shop.comments()[0]


def test_a_muted_finding_that_was_gone_reopens_the_issue(shop: Shop) -> None:
    shop.deliver(drift("role"))
    shop.ask("PATCH", "/issues/1", {"state": "closed", "state_reason": "not_planned"})
    shop.flow()
    assert shop.deliver(drift()).notes == (
        f"production: in sync; {shop.name}#1 was already closed",
    )
    assert shop.flow() == ["GET /issues", "PATCH /issues/1"]
    assert shop.issue()["state_reason"] == "not_planned"
    shop.deliver(drift("role"))
    assert shop.issue()["state"] == "open"


def test_closed_as_completed_while_it_still_differs_is_opened_again(shop: Shop) -> None:
    shop.deliver(drift("role"))
    shop.ask("PATCH", "/issues/1", {"state": "closed", "state_reason": "completed"})
    shop.flow()
    assert shop.deliver(drift("role")).notes == (f"production: reopened {shop.name}#1",)
    assert shop.flow() == COMMENTED
    assert shop.issue()["state"] == "open"
    assert "still there" in shop.comments()[0]


def test_a_new_text_for_the_same_findings_changes_the_body_without_a_comment(shop: Shop) -> None:
    shop.deliver(drift("role"))
    milder = msgspec.structs.replace(found_missing("role"), severity=Severity.WARNING)
    shop.flow()
    [note] = shop.deliver(msgspec.structs.replace(drift(), findings=(milder,))).notes
    assert note == f"production: updated the text of {shop.name}#1; the findings are the same"
    assert shop.flow() == ["GET /issues", "PATCH /issues/1"]
    assert shop.issue()["title"] == "Schema drift in production: 1 warning"


def test_the_lowest_number_wins_and_the_others_are_closed(shop: Shop) -> None:
    shop.deliver(drift("role"))
    body, fields = shop.issue()["body"], {"title": "copy", "labels": ["schema-drift"]}
    for _ in range(2):
        shop.ask("POST", "/issues", {**fields, "body": body})
    shop.ask("PATCH", "/issues/3", {"state": "closed"})
    shop.flow()
    assert shop.deliver(drift("role")).notes == (f"production: {shop.name}#1 is unchanged",)
    closing = ["POST /issues/2/comments", "PATCH /issues/2", "PATCH /issues/3"]
    assert shop.flow() == ["GET /issues", *closing]
    first, second, third = shop.issues()
    assert [issue["state"] for issue in (first, second, third)] == ["open", "closed", "closed"]
    assert second["state_reason"] == "not_planned"
    assert "for this target it is #1" in shop.comments(2)[0]
    assert shop.comments(3) == []
    shop.deliver(drift("role"))
    assert shop.flow() == ["GET /issues"]


def test_each_target_has_its_own_issue_despite_hostile_names(shop: Shop) -> None:
    checks = [drift("role", target=name) for name in ("production", "staging", HOSTILE)]
    shop.deliver(*checks)
    assert [note.split(":")[0] for note in shop.deliver(*checks).notes[:2]] == [
        "production",
        "staging",
    ]
    assert len(shop.issues()) == 3
    shop.flow()
    shop.deliver(*checks)
    assert shop.flow() == ["GET /issues"]


def test_missing_labels_are_created(shop: Shop) -> None:
    shop.ask("POST", "/labels", {"name": "database", "color": "00ff00"})
    labels = ("drift: schema/änderung?", "database", "critical")
    shop.deliver(drift("role"), labels=labels)
    assert [label["name"] for label in shop.issue()["labels"]] == list(labels)
    made = {label["name"]: label["color"] for label in shop.ask("GET", "/labels")}
    assert made == {"drift: schema/änderung?": "b60205", "database": "00ff00", "critical": "b60205"}
    shop.flow()
    shop.deliver(drift("role"), labels=labels)
    assert shop.flow() == ["GET /issues"]


def test_the_default_label_replaces_an_empty_list(shop: Shop) -> None:
    shop.deliver(drift("role"), labels=())
    assert [label["name"] for label in shop.issue()["labels"]] == ["schema-drift"]


def test_the_issue_is_found_behind_two_hundred_others(shop: Shop) -> None:
    for number in range(205):
        shop.ask("POST", "/issues", {"title": f"bug {number}", "labels": ["bug"]})
    shop.deliver(drift("role"), labels=("bug",))
    shop.flow()
    assert shop.deliver(drift("role"), labels=("bug",)).notes == (
        f"production: {shop.name}#206 is unchanged",
    )
    assert shop.flow() == ["GET /issues"] * 3


def test_pull_requests_in_the_listing_are_passed_over(shop: Shop) -> None:
    shop.deliver(drift("role"))

    def as_pull_requests(issues: list[dict[str, object]]) -> list[dict[str, object]]:
        url = "https://github.example.com/pull/1"
        links = {"url": url, "html_url": url, "diff_url": url, "patch_url": url}
        return [{**issue, "pull_request": links} for issue in issues]

    shop.fail("GET", "/issues", alter=as_pull_requests, times=3)
    assert shop.deliver(drift("role")).notes == (f"production: opened {shop.name}#2",)


def test_a_body_that_a_person_changed_is_restored(shop: Shop) -> None:
    shop.deliver(drift("role"))
    marker = shop.issue()["body"].splitlines()[0]
    shop.ask("PATCH", "/issues/1", {"body": f"A word from me.\r\n\r\n{marker}\r\n"})
    assert shop.deliver(drift("role")).notes == (f"production: updated {shop.name}#1",)
    assert "The differences have changed: 1 error" in shop.comments()[0]
    assert shop.deliver(drift("role")).notes == (f"production: {shop.name}#1 is unchanged",)


def test_a_broken_state_is_ignored(shop: Shop) -> None:
    shop.deliver(drift("role"))
    body = shop.issue()["body"]
    for broken in ("AAAA", "A", "eJxLTAYAAk0BJw=="):
        lines = body.split("\n")
        lines[1] = f"{lines[1].rsplit(' ', 2)[0]} {broken} -->"
        shop.ask("PATCH", "/issues/1", {"body": "\n".join(lines)})
        assert shop.deliver(drift("role")).notes == (f"production: {shop.name}#1 is unchanged",)
    shop.deliver(drift("email"))
    assert "The differences have changed: 1 error" in shop.comments()[0]


def test_a_marker_that_is_quoted_is_no_marker(shop: Shop) -> None:
    shop.deliver(drift("role"))
    quoted = "> " + shop.issue()["body"].replace("\n", "\n> ")
    shop.ask("POST", "/issues", {"title": "about", "body": quoted, "labels": ["schema-drift"]})
    shop.deliver(drift("role"))
    assert [issue["state"] for issue in shop.issues()] == ["open", "open"]
