"""The events that a report becomes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sentry_sdk.consts import DEFAULT_OPTIONS

from drift.formats import Options
from drift.model import Location, ObjectRef, Severity
from drift.report.report import Check, Failure, Report
from tests.report.examples import HOSTILE, check, finding, many, report
from tests.reporters.sentry.conftest import reporter
from tests.reporters.sentry.receiver import Receiver


def sent(server: Receiver, found: Report, **changes: Any) -> list[dict[str, Any]]:
    delivery = reporter(server.dsn, **changes).deliver(found)
    assert delivery.problems == ()
    return server.payloads("event")


def test_each_table_of_each_target_is_one_event(server: Receiver) -> None:
    found = Report(
        checks=(
            check(finding("a"), finding("b"), finding("c", "orders"), target="shop"),
            check(finding("a"), target="warehouse"),
        )
    )
    events = sent(server, found)
    assert [event["fingerprint"] for event in events] == [
        ["schema-drift", "shop", "public.users"],
        ["schema-drift", "shop", "public.orders"],
        ["schema-drift", "warehouse", "public.users"],
    ]
    assert [event["environment"] for event in events] == ["shop", "shop", "warehouse"]


def test_an_event_is_an_exception_with_a_line_for_each_finding(server: Receiver) -> None:
    warning = finding("b", rule="extra-column", severity=Severity.WARNING, message="b is extra")
    [event] = sent(server, report(warning, finding("a", message="a is gone")))
    [exception] = event["exception"]["values"]
    assert exception["type"] == "SchemaDrift"
    assert exception["value"].split("\n") == [
        "a is gone [missing-column, error]",
        "b is extra [extra-column, warning]",
    ]
    assert "synthetic" not in exception["mechanism"]
    assert event["level"] == "error"
    assert event["transaction"] == "public.users"
    assert event["tags"] == {
        "type": "schema_drift",
        "target": "production",
        "table": "public.users",
        "rule": "missing-column",
        "severity": "error",
    }


def test_the_level_is_the_worst_of_the_table(server: Receiver) -> None:
    found = report(
        finding(severity=Severity.INFO), finding(table="orders", severity=Severity.WARNING)
    )
    assert [event["level"] for event in sent(server, found)] == ["warning", "info"]


def test_an_object_outside_of_tables_has_its_own_event(server: Receiver) -> None:
    [event] = sent(server, report(finding(object=ObjectRef("enum", "public", None, "mood"))))
    assert event["tags"]["table"] == "public.mood"


MODELS = """\
class User(Base):
    __tablename__ = "users"
    id = Column(Integer, primary_key=True)
    # Long ago it was a number.
    name = Column(
        String(50),  # as in the form
        nullable=False,
    )

    def greet(self):
        return self.name

    role = Column(String, default="none")
"""


def test_frames_show_the_models_source_with_the_worst_last(
    server: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("models.py").write_text(MODELS)
    mild = finding("a", severity=Severity.INFO, location=Location("models.py", 1))
    bad = finding("b", location=Location("models.py", 5))
    nowhere = finding("c", location=None)
    [event] = sent(server, report(mild, bad, nowhere), options=Options(folder="backend/"))
    first, last = event["exception"]["values"][0]["stacktrace"]["frames"]
    assert first["pre_context"] == []
    assert first["context_line"] == "class User(Base):"
    assert last == {
        "filename": "backend/models.py",
        "function": "public.users.b (missing-column)",
        "lineno": 5,
        "in_app": True,
        "pre_context": [*MODELS.split("\n")[:3], ""],
        "context_line": "    name = Column(",
        "post_context": ["        String(50),", "        nullable=False,", "    )"],
    }


def test_a_line_that_two_findings_share_is_one_frame(server: Receiver) -> None:
    [event] = sent(server, report(finding("a"), finding("b")))
    [frame] = event["exception"]["values"][0]["stacktrace"]["frames"]
    assert "context_line" not in frame


def test_a_finding_without_a_place_in_the_models_has_no_frames(server: Receiver) -> None:
    [event] = sent(server, report(finding(location=None)))
    assert "stacktrace" not in event["exception"]["values"][0]


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/home/me/venv/lib/site-packages/shop/models.py", "shop/models.py"),
        ("/home/me/shop/models.py", "shop/models.py"),
    ],
)
def test_a_path_outside_of_the_repository_does_not_tell_of_the_host(
    server: Receiver, path: str, shown: str
) -> None:
    [event] = sent(server, report(finding(location=Location(path, 1))))
    assert event["exception"]["values"][0]["stacktrace"]["frames"][0]["filename"] == shown
    assert b"/home/me" not in server.bodies[0]


def test_beyond_25_tables_one_event_counts_the_rest(server: Receiver) -> None:
    tables = [
        finding(table=f"t{number:02}", severity=Severity.WARNING if number < 10 else Severity.ERROR)
        for number in range(30)
    ]
    events = sent(server, report(*tables))
    assert len(events) == 26
    assert [event["tags"]["table"] for event in events[:20]] == [
        f"public.t{n}" for n in range(10, 30)
    ]
    rest = events[-1]
    assert rest["fingerprint"] == ["schema-drift", "production", "more-tables"]
    assert rest["level"] == "warning"
    value = rest["exception"]["values"][0]["value"]
    assert value.split("\n")[0].startswith("5 more tables with differences")
    assert "public.t09: 1 warning" in value


def test_exactly_25_tables_have_no_event_for_a_rest(server: Receiver) -> None:
    assert len(sent(server, report(*[finding(table=f"t{number}") for number in range(25)]))) == 25


def test_a_rest_of_several_targets_names_them(server: Receiver) -> None:
    checks = tuple(
        check(*[finding(table=f"t{number}") for number in range(20)], target=name)
        for name in ("shop", "stock", "trade")
    )
    last = sent(server, Report(checks=checks))[-1]
    assert "stock: public.t9: 1 error" in last["exception"]["values"][0]["value"]


def test_a_target_that_could_not_be_checked_is_an_event_without_the_reason(
    server: Receiver,
) -> None:
    found = Report(checks=(), failures=(Failure(target="shop", reason="KeyError: hunter2"),))
    [event] = sent(server, found)
    assert event["fingerprint"] == ["schema-drift", "shop", "could-not-check"]
    assert event["level"] == "error"
    assert "shop could not be checked" in event["exception"]["values"][0]["value"]
    assert b"hunter2" not in server.bodies[0]


@pytest.mark.skipif("max_value_length" not in DEFAULT_OPTIONS, reason="an old SDK cuts by itself")
def test_a_long_value_is_cut_at_a_line_and_says_so(server: Receiver) -> None:
    found = [finding(f"c{number}", message="x" * 3000) for number in range(30)]
    [event] = sent(server, report(*found))
    value = event["exception"]["values"][0]["value"]
    assert 6000 < len(value) <= 8192
    assert value.endswith("more")


@pytest.mark.parametrize(
    ("settings", "variables", "environment"),
    [
        ("live", "staging", "live"),
        (None, "staging", "staging"),
        (None, "eu/west one", "eu-west-one"),
        (None, "None", "production"),
        (None, "x" * 80, "x" * 64),
    ],
)
def test_the_environment_is_a_name_that_sentry_takes(
    server: Receiver, settings: str | None, variables: str, environment: str
) -> None:
    [event] = sent(
        server,
        report(finding()),
        environment={"SENTRY_ENVIRONMENT": variables},
        **({"sentry_environment": settings} if settings else {}),
    )
    assert event["environment"] == environment


def test_a_release_is_sent_only_if_it_is_configured(
    server: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SENTRY_RELEASE", "of-the-process")
    sent(server, report(finding()))
    sent(server, report(finding()), environment={"SENTRY_RELEASE": "shop@1"})
    sent(server, report(finding()), environment={"SENTRY_RELEASE": "shop@1"}, release="shop@2")
    sent(server, report(finding()), environment={"SENTRY_RELEASE": "refs/heads\\main\n"})
    releases = [event.get("release") for event in server.payloads("event")]
    assert releases == [None, "shop@1", "shop@2", "refs-heads-main-x0a"]


def test_names_stay_out_of_fields_that_sentry_scrubs(server: Receiver) -> None:
    [event] = sent(server, report(finding("password_hash")))
    assert not event.keys() & {"contexts", "extra", "user", "request", "server_name", "modules"}
    assert "breadcrumbs" not in event or not event["breadcrumbs"]


def _hostile() -> Report:
    other = Check(
        target=HOSTILE,
        expected_source="models",
        expected_name=HOSTILE,
        database=check().database,
        findings=tuple(
            finding(
                f"{HOSTILE}{number}",
                f"{HOSTILE}{number % 3}{'😀' * 60}",
                message=f"column {HOSTILE} has the default {HOSTILE * 90}",
                location=Location(f"app/{HOSTILE}.py", number + 1),
            )
            for number in range(40)
        ),
    )
    failure = Failure(target=HOSTILE, reason=HOSTILE)
    return Report(checks=(check(*many(60)), other), failures=(failure,))


def test_hostile_names_arrive_as_harmless_text_within_the_limits(server: Receiver) -> None:
    reporter(server.dsn).deliver(_hostile())
    events = server.payloads("event")
    assert len(events) == 1 + 25 + 1
    for event in events:
        [exception] = event["exception"]["values"]
        assert len(exception["value"]) <= 8192
        lines = exception["value"].split("\n")
        frames = exception.get("stacktrace", {"frames": []})["frames"]
        short = [*event["tags"].values(), event["transaction"]]
        assert all(len(text) <= 200 and "\n" not in text for text in short)
        assert len(event["environment"]) <= 64
        assert "/" not in event["environment"]
        texts = [*lines, *short, *event["fingerprint"], event["environment"]]
        texts += [frame[key] for frame in frames for key in ("filename", "function")]
        for text in texts:
            assert text.encode("utf-8")
            assert not any(sign in text for sign in "\n\x1b\u202e\u200b\0")
    assert all(len(body) < 200_000 for body in server.bodies)
    assert all(json.loads(body.split(b"\n")[0])["event_id"] for body in server.bodies)


def test_with_only_new_a_table_without_a_new_finding_has_no_event(server: Receiver) -> None:
    old, new = finding("a", status="still"), finding("b", status="new")
    back = finding("c", "orders", status="back")
    found = report(old, new, back, finding("d", "audit", status="still"))
    failed = Report(checks=found.checks, failures=(Failure(target="x", reason="r"),))
    events = sent(server, failed, notify="new")
    tables = [event["tags"].get("table") for event in events]
    assert tables == [None, "public.users", "public.orders"]
    lines = events[1]["exception"]["values"][0]["value"].splitlines()
    assert lines[0].startswith("column b")
    assert lines[0].endswith(", new]")
    assert lines[1].startswith("column a")
    server.bodies.clear()
    assert len(sent(server, failed)) == 4
    server.bodies.clear()
    quiet = reporter(server.dsn, notify="new").deliver(report(old))
    assert quiet.notes == ("no new differences, so nothing was sent to 127.0.0.1",)
