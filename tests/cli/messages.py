"""What a command prints that could not do its work."""

from __future__ import annotations

import subprocess


def one_message(outcome: subprocess.CompletedProcess[str], *words: str) -> None:
    assert outcome.returncode == 2, outcome
    lines = outcome.stderr.strip().splitlines()
    assert len(lines) == 1, outcome.stderr
    assert "Traceback" not in outcome.stderr
    for word in words:
        assert word in lines[0]
