"""The audit, every format and all receivers in one run; a second run repeats nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from drift.formats import FORMATS
from drift.reporters import REPORTERS
from tests.formats.readers import NUMBERS_ONLY
from tests.reporters.github import emulator, proxy
from tests.reporters.github.emulator import OWNER, TOKEN
from tests.reporters.sentry.bugsink import Bugsink, bugsink
from tests.reporters.slack import workspace
from tests.reporters.slack.workspace import TOKEN as SLACK_TOKEN
from tests.reporters.slack.workspace import Workspace
from tests.reporters.webhook import receiver as webhook
from tests.reporters.webhook.receiver import KEY, Receiver, documented
from tests.servers import Database
from tests.system.checking import drift

HOOK_TOKEN = "thetokenofthehook-zxcvb1"
REPORTS = [word for name in REPORTERS for word in ("--report", name)]


class Receivers:
    """A GitHub, a Sentry, a Slack and a webhook, all of the test's own."""

    def __init__(
        self,
        hub: emulator.Emulator,
        before: proxy.Proxy,
        sink: Bugsink,
        slack: Workspace,
        hook: Receiver,
    ) -> None:
        self.hub, self.before, self.sink = hub, before, sink
        self.slack, self.hook = slack, hook
        hub.ask("POST", "/user/repos", {"name": "whole"})
        before.reset()
        self.dsn = sink.project()
        self.environment = {
            "SENTRY_DSN": self.dsn,
            "GITHUB_API_URL": before.url,
            "GITHUB_REPOSITORY": f"{OWNER}/whole",
            "GITHUB_TOKEN": TOKEN,
            "SLACK_BOT_TOKEN": SLACK_TOKEN,
            "DRIFT_WEBHOOK_URL": hook.url,
            "DRIFT_WEBHOOK_SECRET": KEY,
        }

    def configuration(self, models: str = "drift.demo.models:Base") -> str:
        """Return a configuration with the channel: the address of Slack is no variable."""
        url = f"{self.slack.url}/api"
        return f"models: {models}\nslack: {{api_url: '{url}', channel: C000000001}}\n"

    def messages(self) -> list[dict[str, Any]]:
        """Return the messages in Slack's channel."""
        found = self.slack.ask("conversations.history", channel="C000000001")
        return [message for message in found["messages"] if message.get("metadata")]


@pytest.fixture
def receivers(tmp_path: Path) -> Iterator[Receivers]:
    with (
        proxy.running() as before,
        emulator.running(before.url, tmp_path) as hub,
        bugsink(tmp_path / "bugsink") as sink,
        workspace.running(tmp_path) as slack,
        webhook.running() as hook,
    ):
        before.upstream = hub.url
        slack.invite("C000000001", SLACK_TOKEN)
        yield Receivers(hub, before, sink, slack, hook)
        assert before.wrong == slack.wrong == []


@pytest.fixture
def audit(database: Database) -> Database:
    """Return the database that the audit found."""
    script = files("drift.demo").joinpath("production.sql")
    database.execute(script.read_text("utf-8"))
    return database


def test_one_run_prints_writes_and_sends_and_the_next_one_repeats_nothing(
    audit: Database, receivers: Receivers, tmp_path: Path
) -> None:
    outputs = [f"--output={name}={tmp_path / 'out' / name}" for name in FORMATS]
    command = [sys.executable, "-m", "drift", "check", "--database", audit.url]
    command += [*outputs, *REPORTS]
    folder = tmp_path / "empty"
    folder.mkdir()
    (folder / "drift.yaml").write_text(receivers.configuration())
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
    assert "drift: slack: default: posted a message" in told[0]
    assert "drift: slack: default: the message is unchanged" in told[1]
    assert all("drift: webhook: report posted to 127.0.0.1" in text for text in told)
    assert len(receivers.messages()) == 1
    assert [documented()(one.headers, one.body, KEY) for one in receivers.hook.posted] == [True] * 2
    issues = receivers.sink.issues(receivers.dsn)
    assert len(issues) == 6
    assert {issue["digested_event_count"] for issue in issues} == {2}
    [issue] = receivers.hub.ask("GET", f"/repos/{OWNER}/whole/issues?state=all")
    assert "last_login_at" in issue["body"]


def test_the_doctor_asks_all_receivers_and_sends_a_test(
    audit: Database, receivers: Receivers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    (folder / "drift.yaml").write_text(receivers.configuration())
    monkeypatch.chdir(folder)
    arguments = ("doctor", "--database", audit.url)
    outcome = drift(*arguments, **receivers.environment)
    assert outcome.exit_code == 0, outcome.output
    assert "ok    sentry: 127.0.0.1 answers" in outcome.stdout
    assert "ok    github: " in outcome.stdout
    assert "ok    slack: the app reads the channel C000000001" in outcome.stdout
    assert "ok    webhook: 127.0.0.1 answers" in outcome.stdout
    assert receivers.sink.issues(receivers.dsn) == []
    sent = drift(*arguments, "--send-test", **receivers.environment)
    assert sent.exit_code == 0, sent.output
    assert len(receivers.sink.issues(receivers.dsn)) == 1
    [issue] = receivers.hub.ask("GET", f"/repos/{OWNER}/whole/issues?state=all")
    assert issue["state"] == "closed"
    assert "ok    slack: posted and deleted a test message" in sent.stdout
    assert "ok    webhook: test posted to 127.0.0.1" in sent.stdout


SPY = """
import os
from importlib.resources import files
from pathlib import Path
from drift.demo.models import Base
Path("seen").write_text(repr(sorted(os.environ.items())))
"""
CONFIGURATION = """
github: {token: "${TOKEN_OF_OURS}"}
webhook: {headers: {Authorization: "Bearer ${TOKEN_OF_THE_HOOK}"}}
sentry: {dsn: "${SENTRY_DSN}"}
"""


@pytest.mark.parametrize("command", ["check", "doctor"])
def test_the_models_do_not_see_the_credentials_that_the_reports_arrive_with(
    audit: Database, receivers: Receivers, tmp_path: Path, command: str
) -> None:
    folder = tmp_path / "spied"
    folder.mkdir()
    (folder / "spy.py").write_text(SPY)
    (folder / "drift.yaml").write_text(receivers.configuration("spy:Base") + CONFIGURATION)
    known = dict(receivers.environment)
    dsn, token = known.pop("SENTRY_DSN"), known.pop("GITHUB_TOKEN")
    known |= {"DRIFT_SENTRY_DSN": dsn, "TOKEN_OF_OURS": token, "GH_TOKEN": token}
    known |= {"SENTRY_DSN": "http://of-the-application@127.0.0.1:1/1", "GITHUB_TOKEN": "another"}
    known |= {"DRIFT_SLACK_TOKEN": known["SLACK_BOT_TOKEN"], "TOKEN_OF_THE_HOOK": HOOK_TOKEN}
    arguments = [sys.executable, "-m", "drift", command, "--database", audit.url]
    outcome = subprocess.run(
        [*arguments, *REPORTS],
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
    for secret in (SLACK_TOKEN, HOOK_TOKEN, KEY, receivers.hook.url):
        assert secret not in seen
    assert "of-the-application" in seen
    assert "('GITHUB_TOKEN', 'another')" in seen
    if command == "check":
        assert f"github: default: opened {OWNER}/whole#1" in outcome.stderr
        assert len(receivers.sink.issues(dsn)) == 6
