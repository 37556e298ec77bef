"""A project with two targets, and the command run in it as a process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias

import drift

Done: TypeAlias = "subprocess.CompletedProcess[str]"
PACKAGES = os.pathsep.join((str(Path(drift.__file__).parent.parent), *filter(None, sys.path)))
TABLE = """
import sqlalchemy
metadata = sqlalchemy.MetaData()
sqlalchemy.Table("users", metadata, sqlalchemy.Column("id", sqlalchemy.Integer),
                 sqlalchemy.Column("name", sqlalchemy.Text))
"""
LONGEST = 60
"""Seconds that a run may take here; it hangs if it takes more."""


def run(
    folder: Path,
    *words: str,
    begin: Sequence[str] = (),
    prepare: Callable[[], object] | None = None,
    **environment: str,
) -> Done:
    """Run drift in the folder as a process."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return subprocess.run(
        [*begin, sys.executable, "-m", "drift", *words], cwd=folder, text=True, check=False,
        capture_output=True, timeout=LONGEST, preexec_fn=prepare,
        env=kept | {"PYTHONPATH": PACKAGES, "GITHUB_ACTIONS": ""} | environment,
    )  # fmt: skip


def findings(text: str) -> list[tuple[str, list[str]]]:
    """Return the targets of a JSON report with their rules."""
    return [
        (check["target"], [finding["rule"] for finding in check["findings"]])
        for check in json.loads(text)["checks"]
    ]


WHOLE = [("one", ["missing-column"]), ("two", ["missing-column"])]
