"""The audit, every format and both receivers in one run; a second run repeats nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from drift.formats import FORMATS
from tests.formats.readers import NUMBERS_ONLY
from tests.reporters.github import emulator, proxy
from tests.reporters.github.emulator import OWNER, TOKEN
from tests.reporters.sentry.bugsink import Bugsink, bugsink
from tests.servers import Database
from tests.system.checking import drift

AUDIT = ("--models", "drift.demo.models:Base")


class Receivers:
    """A GitHub and a Sentry, both of the test's own."""

    def __init__(self, hub: emulator.Emulator, before: proxy.Proxy, sink: Bugsink) -> None:
        self.hub, self.before, self.sink = hub, before, sink
        hub.ask("POST", "/user/repos", {"name": "whole"})
        before.reset()
        self.dsn = sink.project()
        self.environment = {
            "SENTRY_DSN": self.dsn,
            "GITHUB_API_URL": before.url,
            "GITHUB_REPOSITORY": f"{OWNER}/whole",
            "GITHUB_TOKEN": TOKEN,
        }


@pytest.fixture
def receivers(tmp_path: Path) -> Iterator[Receivers]:
    with (
        proxy.running() as before,
        emulator.running(before.url, tmp_path) as hub,
        bugsink(tmp_path / "bugsink") as sink,
    ):
        before.upstream = hub.url
        yield Receivers(hub, before, sink)
        assert before.wrong == []


@pytest.fixture
def audit(database: Database) -> Database:
    """Return the database that the audit found."""
    script = Path(__file__).parents[2] / "drift" / "demo" / "production.sql"
    database.execute(script.read_text())
    return database


def test_one_run_prints_writes_and_sends_and_the_next_one_repeats_nothing(
    audit: Database, receivers: Receivers, tmp_path: Path
) -> None:
    outputs = [f"--output={name}={tmp_path / 'out' / name}" for name in FORMATS]
    command = [sys.executable, "-m", "drift", "check", "--database", audit.url, *AUDIT]
    command += [*outputs, "--report", "sentry", "--report", "github"]
    folder = tmp_path / "empty"
    folder.mkdir()
    told = []
    for _ in range(2):
        outcome = subprocess.run(
            command,
            cwd=folder,
            env=os.environ | receivers.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert outcome.returncode == 1, outcome.stderr
        told.append(outcome.stderr)
    for name in FORMATS:
        word = "missing-" if name in NUMBERS_ONLY else "batches"
        assert word in (tmp_path / "out" / name).read_text()
    assert "drift: sentry: 6 events sent to 127.0.0.1" in told[0]
    assert f"drift: github: default: opened {OWNER}/whole#1" in told[0]
    assert f"drift: github: default: {OWNER}/whole#1 is unchanged" in told[1]
    issues = receivers.sink.issues(receivers.dsn)
    assert len(issues) == 6
    assert {issue["digested_event_count"] for issue in issues} == {2}
    [issue] = receivers.hub.ask("GET", f"/repos/{OWNER}/whole/issues?state=all")
    assert "last_login_at" in issue["body"]


def test_the_doctor_asks_both_receivers_and_sends_a_test(
    audit: Database, receivers: Receivers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    monkeypatch.chdir(folder)
    arguments = ("doctor", "--database", audit.url, *AUDIT)
    outcome = drift(*arguments, **receivers.environment)
    assert outcome.exit_code == 0, outcome.output
    assert "ok    sentry: 127.0.0.1 answers" in outcome.stdout
    assert "ok    github: " in outcome.stdout
    assert receivers.sink.issues(receivers.dsn) == []
    sent = drift(*arguments, "--send-test", **receivers.environment)
    assert sent.exit_code == 0, sent.output
    assert len(receivers.sink.issues(receivers.dsn)) == 1
    [issue] = receivers.hub.ask("GET", f"/repos/{OWNER}/whole/issues?state=all")
    assert issue["state"] == "closed"


SPY = """
import os
from pathlib import Path
from drift.demo.models import Base
Path("seen").write_text(repr(sorted(os.environ.items())))
"""
CONFIGURATION = """
models: spy:Base
github: {token: "${TOKEN_OF_OURS}"}
sentry: {dsn: "${SENTRY_DSN}"}
"""


@pytest.mark.parametrize("command", ["check", "doctor"])
def test_the_models_do_not_see_the_credentials_that_the_reports_arrive_with(
    audit: Database, receivers: Receivers, tmp_path: Path, command: str
) -> None:
    folder = tmp_path / "spied"
    folder.mkdir()
    (folder / "spy.py").write_text(SPY)
    (folder / "drift.yaml").write_text(CONFIGURATION)
    known = dict(receivers.environment)
    dsn, token = known.pop("SENTRY_DSN"), known.pop("GITHUB_TOKEN")
    known |= {"DRIFT_SENTRY_DSN": dsn, "TOKEN_OF_OURS": token, "GH_TOKEN": token}
    known |= {"SENTRY_DSN": "http://of-the-application@127.0.0.1:1/1", "GITHUB_TOKEN": "another"}
    arguments = [sys.executable, "-m", "drift", command, "--database", audit.url]
    outcome = subprocess.run(
        [*arguments, "--report", "sentry", "--report", "github"],
        cwd=folder,
        env=os.environ | known,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert outcome.returncode == (1 if command == "check" else 0), outcome.stdout + outcome.stderr
    seen = (folder / "seen").read_text()
    assert dsn not in seen
    assert token not in seen
    assert "of-the-application" in seen
    assert "('GITHUB_TOKEN', 'another')" in seen
    if command == "check":
        assert f"github: default: opened {OWNER}/whole#1" in outcome.stderr
        assert len(receivers.sink.issues(dsn)) == 6
