"""Whole commands on three databases, which change between the runs."""

from __future__ import annotations

import datetime
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.check.fleet import Fleet
from tests.report.contract import json_report
from tests.reporters.sentry.receiver import Receiver, receiver

HISTORY = ("check", "--history", "history.jsonl")


def age(fleet: Fleet, days: int) -> None:
    """Move the runs of the history some days back."""
    path = fleet.folder / "history.jsonl"
    path.write_text(
        re.sub(
            r'"at":"([^"]+)"',
            lambda match: f'"at":"{_earlier(match[1], days)}"',
            path.read_text(),
        )
    )


def _earlier(moment: str, days: int) -> str:
    parsed = datetime.datetime.fromisoformat(moment) - datetime.timedelta(days=days)
    return parsed.isoformat().replace("+00:00", "Z")


def runs(fleet: Fleet) -> dict[str, str]:
    """Make three runs, some days apart; return what the third one writes in each format.

    db0: `a` stays, `b` goes and comes back, `c` goes; db1: `a` stays, the second run cannot reach
    the database, `d` is new; db2: `a` stays, `e` is ignored in the third run.
    """
    first, second, third = fleet.databases
    for database in fleet.databases:
        database.execute("ALTER TABLE users ADD COLUMN a text")
    first.execute("ALTER TABLE users ADD COLUMN b text, ADD COLUMN c text")
    third.execute("ALTER TABLE users ADD COLUMN e text")
    assert fleet.run(*HISTORY).returncode == 1
    age(fleet, 4)
    first.execute("ALTER TABLE users DROP COLUMN b")
    fleet.configure(db1="postgresql://127.0.0.1:1/x")
    assert fleet.run(*HISTORY).returncode == 2
    age(fleet, 3)
    first.execute("ALTER TABLE users ADD COLUMN b text, DROP COLUMN c")
    second.execute("ALTER TABLE users ADD COLUMN d text")
    fleet.configure()
    ignore = "ignore: [{rule: extra-column, object: public.users.e, reason: known}]\n"
    config = fleet.folder / "drift.yaml"
    config.write_text(ignore + config.read_text())
    names = ("json", "markdown", "html", "sarif", "junit")
    outputs = [f"--output={name}={name}.out" for name in names]
    printed = fleet.run(*HISTORY, *outputs)
    assert printed.returncode == 1, printed.stderr
    texts = {name: (fleet.folder / f"{name}.out").read_text() for name in names}
    return texts | {"text": printed.stdout, "history": (fleet.folder / "history.jsonl").read_text()}


def test_three_runs_in_all_formats(three: Fleet) -> None:
    texts = runs(three)
    checks = {check["target"]: check for check in json_report(texts["json"])["checks"]}
    ages = {
        f"{name}.{item['object']['name']}": f"{item['status']} {item['days']}"
        for name, check in checks.items()
        for item in check["findings"]
    }
    assert ages == {
        "db0.a": "still 7", "db0.b": "back 0", "db1.a": "still 7", "db1.d": "new 0",
        "db2.a": "still 7",
    }  # fmt: skip
    [gone] = checks["db0"]["changes"]["gone"]
    assert (gone["path"], gone["days"]) == ("public.users.c", 7)
    [ignored] = checks["db2"]["changes"]["ignored"]
    assert ignored["path"] == "public.users.e"
    assert checks["db2"]["changes"]["gone"] == []
    _people_read(texts)
    states = re.findall(r'"baselineState": "(\w+)"', texts["sarif"])
    assert sorted(states) == [
        "absent", "new", "new", "unchanged", "unchanged", "unchanged", "updated",
    ]  # fmt: skip
    lines = [json.loads(line) for line in texts["history"].splitlines()]
    assert [len(line.get("events", {})) for line in lines[1:]] == [3, 1, 3]
    assert lines[2]["failed"] == 1


def _people_read(texts: dict[str, str]) -> None:
    """The sentences that text, Markdown, HTML and JUnit have in common."""
    week = f"{datetime.datetime.now(datetime.UTC).date() - datetime.timedelta(days=7)}"
    gone = "1 back, 1 still there, 1 gone (public.users.c, was there 7 days)"
    for name in ("text", "html", "junit"):
        text = " ".join(re.sub(r"<[^>]*>", " ", texts[name]).split())
        assert gone in text, name
        assert f"since {week} (7 days)" in text, name
        assert f"back, first seen {week}" in text, name
        assert "1 ignored since" in text, name
    assert f"| {week} (7 days) |" in texts["markdown"]
    assert "1 gone (`public.users.c`, was there 7 days)" in texts["markdown"]
    for name, shared in (("text", "db0 and 2 others"), ("markdown", "**`db0` and 2 others**")):
        assert texts[name].count("In several databases") == 1
        assert shared in texts[name]
    assert texts["text"].count("extra-column  warning  since") == 1
    assert "Findings per day: " in texts["html"]
    assert texts["text"].splitlines()[-3].startswith("db0: 2 warnings; ")


def test_merged_reports_have_a_history(three: Fleet) -> None:
    three.databases[0].execute("ALTER TABLE users ADD COLUMN a text")
    three.run("check", "--output", "json=a.json")
    for status in ("new", "still"):
        merged = three.run("merge", "a.json", "--history", "merged", "--format", "json")
        [check] = [c for c in json_report(merged.stdout)["checks"] if c["target"] == "db0"]
        assert [item["status"] for item in check["findings"]] == [status]


def test_a_diff_has_a_history_only_if_it_is_asked_for(three: Fleet) -> None:
    configure(three, "history: history.jsonl\n")
    three.databases[0].execute("ALTER TABLE users ADD COLUMN a text")
    assert three.run("diff", "db1", "db0").returncode == 1
    assert not (three.folder / "history.jsonl").exists()
    for status in ("new", "since "):
        outcome = three.run("diff", "db1", "db0", "--history", "diffs.jsonl")
        assert f"extra-column  warning  {status}" in outcome.stdout


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("hello\n", "the history bad is not a history that drift wrote; name another file"),
        ('{"drift":"history","version":9}\n', "written by a newer drift (version 9 of the history"),
        ('{"drift":"history","version":1}\nx\n', "the history bad:2: the line is damaged"),
    ],
)
def test_a_bad_file_ends_the_command_before_the_check(
    three: Fleet, content: str, message: str
) -> None:
    (three.folder / "bad").write_text(content)
    outcome = three.run("check", "--history", "bad")
    assert outcome.returncode == 2
    assert message in outcome.stderr
    assert outcome.stdout == ""
    assert len(outcome.stderr.splitlines()) == 1
    assert not (three.folder / "imported").exists(), "the models were imported"
    assert (three.folder / "bad").read_text() == content


def configure(fleet: Fleet, more: str) -> None:
    fleet.configure()
    config = fleet.folder / "drift.yaml"
    config.write_text(more + config.read_text())


@pytest.mark.parametrize("more", ["notify: new\n", "sentry: {notify: new}\n"])
def test_new_findings_alone_need_a_history(three: Fleet, more: str) -> None:
    configure(three, more)
    dsn = {"SENTRY_DSN": "https://key@sentry.example.com/1"}
    outcome = three.run("check", "--report", "sentry", env=_environment(dsn))
    assert outcome.returncode == 2
    assert "notify: new for sentry needs the findings of earlier runs; add --history" in (
        outcome.stderr
    )
    assert three.run("check").returncode == 0, "no receiver is asked for"


def _environment(more: dict[str, str]) -> dict[str, str]:
    return dict(os.environ) | more


def test_only_new_findings_are_sent_and_a_lost_event_is_sent_again(three: Fleet) -> None:
    configure(three, "notify: new\nhistory: kept/history.jsonl\n")
    first = three.databases[0]
    first.execute("ALTER TABLE users ADD COLUMN a text; ALTER TABLE orders ADD COLUMN z text")
    down = _environment({"SENTRY_DSN": "http://key@127.0.0.1:1/1"})
    lost = three.run("check", "--report", "sentry", env=down)
    assert lost.returncode == 3
    assert "the history was left unchanged, so that the next run notifies again" in lost.stderr
    with receiver() as server:
        up = _environment({"SENTRY_DSN": server.dsn})
        for tables in (["orders", "users"], []):
            assert three.run("check", "--report", "sentry", env=up).returncode == 1
            assert sorted(_tables(server)) == tables
        first.execute("ALTER TABLE users ADD COLUMN b text")
        outcome = three.run("check", "--report", "sentry", env=up)
        assert "1 event sent" in outcome.stderr
        [event] = _events(server)
    lines = event["exception"]["values"][0]["value"].splitlines()
    assert [re.search(r"column (\w)", line)[1] for line in lines] == ["b", "a"]  # type: ignore[index]
    assert lines[0].endswith(", new]")
    assert ", since " in lines[1]
    assert (three.folder / "kept" / "history.jsonl").exists()


def _events(server: Receiver) -> list[dict[str, Any]]:
    events = server.payloads("event")
    server.bodies.clear()
    return events


def _tables(server: Receiver) -> list[str]:
    return [event["tags"]["table"].removeprefix("public.") for event in _events(server)]


def test_no_secret_gets_into_the_file(three: Fleet) -> None:
    secret = "hunter2hunter2"
    first = three.databases[0]
    first.execute(f"ALTER TABLE users ADD COLUMN {secret} text")
    three.configure(db0=first.url_for("postgres", secret))
    for _ in range(2):
        outcome = three.run(*HISTORY)
        assert outcome.returncode == 1, outcome.stderr
        assert secret not in outcome.stdout
    history = (three.folder / "history.jsonl").read_text()
    assert "extra-column" in history
    assert secret not in history
    first.execute(f"ALTER TABLE users DROP COLUMN {secret}")
    assert "1 gone (public.users.***" in " ".join(three.run(*HISTORY).stdout.split())


def test_a_disk_that_is_full_is_an_error_after_the_report(three: Fleet, tmp_path: Path) -> None:
    three.databases[0].execute("ALTER TABLE users ADD COLUMN a text")
    folder = tmp_path / "kept"
    folder.mkdir()
    three.run("check", "--history", "kept/history")
    path = folder / "history"
    before = path.read_text()
    code = (
        "import resource, sys; from drift.__main__ import main; "
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({len(before) + 20},) * 2); "
        "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
        "sys.argv = ['drift', 'check', '--history', 'kept/history']; main()"
    )
    outcome = subprocess.run(
        [sys.executable, "-c", code], cwd=three.folder, capture_output=True, text=True, check=False
    )
    assert outcome.returncode == 2
    assert "cannot write the history kept/history: File too large" in outcome.stderr
    assert "db0: 1 warning" in outcome.stdout
    assert path.read_text() == before
