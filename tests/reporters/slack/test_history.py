"""An incoming webhook and a history: each change is one message, also after a failed delivery."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.reporters.slack.channel import Channel
from tests.reporters.slack.workspace import HOOK
from tests.servers import Database
from tests.system.checking import drift


def test_a_change_is_one_message_also_after_a_failed_delivery(
    channel: Channel, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "drift.yaml").write_text("models: drift.demo.models:Base\n")
    database.execute("CREATE TABLE users (id int)")
    url = channel.workspace.url + HOOK

    def run() -> tuple[int, int]:
        channel.flow()
        arguments = ("--database", database.url, "--history=h.jsonl", "--report=slack")
        outcome = drift("check", *arguments, DRIFT_SLACK_WEBHOOK_URL=url)
        assert "X000000001" not in outcome.output
        return outcome.exit_code, len(channel.flow())

    channel.fail(HOOK, status=404, text="no_service")
    assert run() == (3, 1)
    assert run() == (1, 1)
    assert run() == (1, 0)
    database.execute("ALTER TABLE users ADD legacy text")
    assert run() == (1, 1)
    assert run() == (1, 0)
