"""All other commands: show, doctor, rules, init, demo, and the help of each."""

from __future__ import annotations

from pathlib import Path

import pytest

import drift
from drift.cli.main import COMMANDS
from tests.snapshots.transcript import NEW_CLICK, Transcript

MODELS = ("--models", "shop:metadata")


def test_show(transcript: Transcript, drifted: str) -> None:
    transcript.run("show", "--database", drifted)
    transcript.run("show", "users", "status", "--database", drifted)
    transcript.run("show", "user", "--database", drifted)
    transcript.matches("show")


def test_rules(transcript: Transcript) -> None:
    for names in ([], ["missing-column"], ["extra-*"], ["missing-colum"]):
        transcript.run("rules", *names)
    transcript.matches("rules")


def test_doctor(transcript: Transcript, drifted: str) -> None:
    transcript.run("doctor")
    transcript.run("doctor", "--database", drifted, *MODELS)
    transcript.run("doctor", "--database", "postgresql://reader@127.0.0.1:1/shop", *MODELS)
    transcript.matches("doctor")


def test_init(transcript: Transcript) -> None:
    transcript.run("init", "--dry-run")
    transcript.run("init", "--yes", "--models", "shop:metadata", "--no-workflow", "--no-gate")
    transcript.run("init", "--yes", "--models", "shop:metadata", "--no-workflow", "--no-gate")
    transcript.matches("init")


def test_plan(transcript: Transcript, drifted: str) -> None:
    options = ("--no-verify", "--database", drifted, *MODELS)
    transcript.run("plan", *options)
    transcript.run("plan", *options, "--rule", "missing-index", "--small", "0", "--format", "sql")
    transcript.run("plan", *options, "--rule", "missing-index", "--format", "markdown")
    transcript.run("plan", *options, "--table", "user")
    transcript.run("plan", *options, "--finding", "0123456789abcdef")
    transcript.run("plan", *options, "--decide", "users.email=convert")
    transcript.run("plan", "--adopt", "--database", drifted, *MODELS)
    transcript.matches("plan")


def test_demo(transcript: Transcript, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(Path(drift.__file__).parents[1])
    transcript.run("demo")
    transcript.matches("demo")


@NEW_CLICK
@pytest.mark.parametrize("name", ["", *COMMANDS])
def test_help(transcript: Transcript, name: str) -> None:
    transcript.run(*filter(None, [name, "--help"]))
    transcript.matches(f"help-{name}" if name else "help")
