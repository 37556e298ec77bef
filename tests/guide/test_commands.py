"""Every command of the guide runs as it stands."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from drift.guide.pages import TOPICS
from tests import command
from tests.guide.blocks import FOLDER, blocks, commands
from tests.guide.project import create
from tests.servers import Database

FINDS = ("drift check", "drift diff", "drift plan", "drift merge", "drift doctor", "pytest")
"""The commands that exit with 1 if something differs."""


@pytest.fixture
def staging(admin: psycopg.Connection[object], dsn: str) -> Iterator[Database]:
    made = Database(admin, dsn)
    yield made
    made.drop()


@pytest.mark.parametrize("topic", TOPICS)
def test_every_command_runs(
    topic: str, tmp_path: Path, database: Database, staging: Database
) -> None:
    page = FOLDER / f"{topic}.md"
    environment = create(tmp_path, database, staging)
    for file, text in blocks(page, "yaml"):
        if file:
            (tmp_path / file).write_text(text, encoding="utf-8")
    for line in commands(page):
        code, output = run(line, tmp_path, environment)
        allowed = (0, 1) if any(name in line for name in FINDS) else (0,)
        assert code in allowed, f"{line}\n{output}"


def run(line: str, folder: Path, environment: dict[str, str]) -> tuple[int, str]:
    """Run a line of a page; return its exit code and all that it printed."""
    line = line.partition(" #")[0].rstrip()
    words = shlex.split(line)
    if words[0] == "drift" and not set("|&;<>$*") & set(line):
        done = command.drift(*words[1:], cwd=folder, env=environment)
    else:
        done = subprocess.run(
            ["bash", "-o", "pipefail", "-c", line], cwd=folder, env=environment, text=True,
            input=f"{environment['DATABASE_URL']}\n", capture_output=True, timeout=120,
            check=False,
        )  # fmt: skip
    return done.returncode, done.stdout + done.stderr
