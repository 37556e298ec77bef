"""Events on a real server that groups them into issues."""

from __future__ import annotations

from pathlib import Path

import pytest

from drift.config.receivers import Monitor
from drift.model import Location
from tests.report.examples import HOSTILE, finding, report
from tests.reporters.sentry.bugsink import MOST_EVENTS, Bugsink
from tests.reporters.sentry.conftest import reporter

DRIFT = report(finding(), finding("total", "orders"))


def test_two_runs_are_one_issue_per_table_with_two_events(sink: Bugsink) -> None:
    dsn = sink.project()
    for _ in range(2):
        delivery = reporter(dsn).deliver(DRIFT)
        assert delivery.notes == ("2 events sent to 127.0.0.1",)
        assert delivery.problems == ()
    issues = sink.issues(dsn)
    assert [issue["transaction"] for issue in issues] == ["public.orders", "public.users"]
    assert [issue["digested_event_count"] for issue in issues] == [2, 2]
    assert {issue["calculated_type"] for issue in issues} == {"SchemaDrift"}


def test_a_resolved_issue_that_drifts_again_is_reopened(sink: Bugsink) -> None:
    dsn = sink.project()
    reporter(dsn).deliver(DRIFT)
    sink.resolve(dsn)
    assert all(issue["is_resolved"] for issue in sink.issues(dsn))
    reporter(dsn).deliver(report(finding()))
    states = {issue["transaction"]: bool(issue["is_resolved"]) for issue in sink.issues(dsn)}
    assert states == {"public.users": False, "public.orders": True}


def test_a_wrong_key_is_reported(sink: Bugsink) -> None:
    key, _, rest = sink.project().removeprefix("http://").partition("@")
    wrong = f"http://{key[::-1]}@{rest}"
    for delivery in (reporter(wrong).deliver(DRIFT), reporter(wrong).probe(send_test=False)):
        assert "127.0.0.1 refused the DSN's key" in delivery.problems[0]
        assert "HTTP 403" in delivery.problems[0]


def test_an_event_that_is_too_large_is_reported(
    sink: Bugsink, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    many = (f"    {'long_' * 40}{number} = Column(Integer)\n" for number in range(900))
    Path("models.py").write_text(f"class Big(Base):\n{''.join(many)}")
    large = [
        finding(f"c{number}", "big", location=Location("models.py", 10 * number + 10))
        for number in range(80)
    ]
    dsn = sink.project()
    delivery = reporter(dsn).deliver(report(finding(), *large))
    assert delivery.notes == ("1 event sent to 127.0.0.1",)
    assert (
        "1 of 2 events not delivered: 127.0.0.1 refused the event as too large"
        in delivery.problems[0]
    )
    assert [issue["transaction"] for issue in sink.issues(dsn)] == ["public.users"]


def test_an_exhausted_quota_is_reported(sink: Bugsink) -> None:
    dsn = sink.project()
    found = report(*[finding(table=f"t{number}") for number in range(20)])
    for delivery in [reporter(dsn).deliver(found) for _ in range(2)]:
        assert "rate limit or quota, HTTP 429" in delivery.problems[0]
    assert len(sink.issues(dsn)) <= MOST_EVENTS


def test_a_probe_makes_no_issue_and_a_test_event_makes_one(sink: Bugsink) -> None:
    dsn = sink.project()
    assert reporter(dsn).probe(send_test=False).problems == ()
    assert sink.issues(dsn) == []
    assert reporter(dsn).probe(send_test=True).problems == ()
    assert len(sink.issues(dsn)) == 1


def test_check_ins_are_ignored_by_a_server_without_monitors(sink: Bugsink) -> None:
    dsn = sink.project()
    sender = reporter(dsn, monitor=Monitor(slug="drift", schedule="17 4 * * *"))
    assert sender.start().problems == ()
    assert sender.deliver(report(finding())).problems == ()
    assert len(sink.issues(dsn)) == 1


def test_hostile_names_become_issues(sink: Bugsink) -> None:
    dsn = sink.project()
    found = report(finding(HOSTILE, HOSTILE, message=HOSTILE), target=HOSTILE)
    assert reporter(dsn).deliver(found).problems == ()
    [issue] = sink.issues(dsn)
    assert "\\x1b[31m" in issue["transaction"]
