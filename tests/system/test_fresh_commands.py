"""Every command works in a new interpreter, which has imported nothing for it yet."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from drift.cli.main import COMMANDS
from tests.servers import Database

MODELS = """
import sqlalchemy as sa
metadata = sa.MetaData()
sa.Table("users", metadata, sa.Column("email", sa.Text, nullable=False))
"""
CONFIGURATION = "models: app:metadata\n"
RUNS = {
    "check": "check --format json",
    "diff": "diff models production",
    "plan": "plan --no-verify",
    "accept": "accept --all --reason later",
    "show": "show",
    "snapshot": "snapshot -o schema.json",
    "sources": "sources",
    "rules": "rules missing-column",
    "doctor": "doctor",
    "init": "init --yes --no-workflow -c other.yaml",
    "merge": "merge report.json",
    "demo": "demo --plan",
    "completion": "completion bash",
    "help": "help ratchet",
}


def test_every_command_is_run() -> None:
    assert list(RUNS) == list(COMMANDS)


@pytest.mark.parametrize("line", RUNS.values(), ids=RUNS)
def test_a_command_works_in_a_new_interpreter(
    line: str, tmp_path: Path, database: Database
) -> None:
    database.execute("CREATE TABLE users (id int)")
    (tmp_path / "app.py").write_text(MODELS)
    targets = "targets:\n  production:\n    database: ${DATABASE_URL}\n"
    (tmp_path / "drift.yaml").write_text(CONFIGURATION + targets)
    if line.startswith("merge"):
        drift("check --output json=report.json", tmp_path, database)
    done = drift(line, tmp_path, database)
    assert done.returncode in {0, 1}, done.stderr
    assert done.stdout or "wrote" in done.stderr, done
    assert "Traceback" not in done.stderr


def drift(line: str, folder: Path, database: Database) -> subprocess.CompletedProcess[str]:
    """Run the command in the folder of a project, in an interpreter of its own."""
    return subprocess.run(
        [sys.executable, "-m", "drift", *line.split()],
        cwd=folder,
        env=os.environ | {"DATABASE_URL": database.url},
        capture_output=True,
        text=True,
        check=False,
    )
