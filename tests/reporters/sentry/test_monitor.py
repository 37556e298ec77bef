"""Check-ins: before the checks, and after them."""

from __future__ import annotations

import time

import pytest

from drift.config.receivers import Monitor
from drift.report.report import Failure, Report
from drift.reporters.interface import Delivery
from tests.report.examples import finding, report
from tests.reporters.sentry.conftest import reporter
from tests.reporters.sentry.receiver import Receiver

MONITOR = Monitor(slug="schema-drift", schedule="17 4 * * *", timezone="Europe/Paris")


@pytest.mark.parametrize(
    ("found", "status"),
    [
        (report(), "ok"),
        (report(finding()), "ok"),
        (Report(checks=(), failures=(Failure(target="shop", reason="down"),)), "error"),
    ],
)
def test_a_run_checks_in_and_out_under_one_id(server: Receiver, found: Report, status: str) -> None:
    sender = reporter(server.dsn, monitor=MONITOR, release="shop@1")
    assert sender.start() == Delivery()
    time.sleep(0.05)
    sender.deliver(found)
    first, last = server.payloads("check_in")
    assert (first["status"], last["status"]) == ("in_progress", status)
    assert first["check_in_id"] == last["check_in_id"]
    assert "duration" not in first
    assert 0.05 <= last["duration"] < 5
    for check_in in (first, last):
        assert check_in["monitor_slug"] == "schema-drift"
        assert check_in["environment"] == "production"
        assert check_in["release"] == "shop@1"
        assert check_in["monitor_config"] == {
            "schedule": {"type": "crontab", "value": "17 4 * * *"},
            "checkin_margin": 480,
            "max_runtime": 30,
            "timezone": "Europe/Paris",
        }


def test_without_a_monitor_nothing_is_sent_before_the_checks(server: Receiver) -> None:
    assert reporter(server.dsn).start() == Delivery()
    assert server.bodies == []


def test_the_notes_tell_of_the_check_in(server: Receiver) -> None:
    sender = reporter(server.dsn, monitor=MONITOR)
    assert sender.deliver(report()).notes == ("the check-in sent to 127.0.0.1",)
    found = sender.deliver(report(finding()))
    assert found.notes == ("1 event and the check-in sent to 127.0.0.1",)


def test_two_runs_have_two_ids(server: Receiver) -> None:
    for _ in range(2):
        reporter(server.dsn, monitor=MONITOR).start()
    first, second = server.payloads("check_in")
    assert first["check_in_id"] != second["check_in_id"]


def test_several_targets_check_in_as_production(server: Receiver) -> None:
    reporter(server.dsn, monitor=MONITOR, targets=("shop", "stock")).start()
    assert server.payloads("check_in")[0]["environment"] == "production"


def test_a_failing_check_in_is_reported_and_delays_little(server: Receiver) -> None:
    server.answers = [(0, {})]
    began = time.monotonic()
    delivery = reporter(server.dsn, monitor=MONITOR).start()
    assert time.monotonic() - began < 3
    [problem] = delivery.problems
    assert "the check-in was not delivered: 127.0.0.1 did not answer" in problem


def test_a_limit_on_events_does_not_stop_check_ins(server: Receiver) -> None:
    server.answers = [(200, {}), (429, {"X-Sentry-Rate-Limits": "60:error:key"})]
    delivery = reporter(server.dsn, monitor=MONITOR).deliver(report(finding()))
    assert delivery.notes == ("the check-in sent to 127.0.0.1",)
    assert len(delivery.problems) == 1


def test_a_limit_on_monitors_does_not_stop_events(server: Receiver) -> None:
    server.answers = [(429, {"X-Sentry-Rate-Limits": "60:monitor:key"}), (200, {})]
    delivery = reporter(server.dsn, monitor=MONITOR).deliver(report(finding()))
    assert delivery.notes == ("1 event sent to 127.0.0.1",)
    assert "the check-in was not delivered" in delivery.problems[0]
