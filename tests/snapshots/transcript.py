"""Records what commands print, and compares it with a file of `expected`."""

from __future__ import annotations

import difflib
import os
import re
import shlex
from importlib.metadata import version
from pathlib import Path

import pytest

from drift import __version__
from tests import command

EXPECTED = Path(__file__).parent / "expected"
NEW_CLICK = pytest.mark.skipif(
    tuple(map(int, version("click").split(".")[:2])) < (8, 5),
    reason="older versions of click lay out help, and word errors, in another way",
)
UPDATE = bool(os.environ.get("DRIFT_UPDATE_SNAPSHOTS"))

_VOLATILE = (
    (re.escape(__version__), "VERSION"),
    (r"PostgreSQL\s+\d+(\.\d+)?", "PostgreSQL 18.0"),
    (r"on\s+localhost,\s+role\s+reader,\s+PostgreSQL", "on localhost, role reader, PostgreSQL"),
    (r'connection to server (on socket "[^"]+"|at "localhost"[^:]*)', "connection to server"),
    (r"(?:/tmp|/dev/shm/d-\w+)/drift-\w+", "/socket"),
    (r"on\s+/socket,\s+role\s+drift,\s+PostgreSQL", "on /socket, role drift, PostgreSQL"),
    (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", "2026-01-01 00:00:00 UTC"),
    (r"\b\d+\.\d+ s\b", "0.1 s"),
    (r'("\w*(?:started_at|TimeUtc)": )"[^"]+"', r'\1"2026-01-01T00:00:00Z"'),
    (r'("duration": )[\d.]+', r"\g<1>0.1"),
    (r'(timestamp=)"[^"]+"', r'\1"2026-01-01T00:00:00"'),
    (r'\b(time=)"[\d.]+"', r'\1"0.1"'),
    (r"^(drift_\w+_timestamp_seconds\S*) \d+$", r"\1 1767225600"),
    (r"^(drift_\w+_duration_seconds\S*) [\d.]+$", r"\1 0.1"),
    (r"\r\n", "\n"),
)
"""What differs from one run, server or version to the next, with what stands in its place."""


class Transcript:
    """Commands with their output; `replaced` are the words of this run that others lack."""

    def __init__(self, replaced: dict[str, str]) -> None:
        """Begin an empty transcript."""
        self.replaced = replaced
        self.text = ""

    def run(self, *arguments: str, environment: dict[str, str] | None = None) -> None:
        """Run a command, and add all that it prints, and its exit code."""
        outcome = command.drift(
            *arguments, env=os.environ | {"COLUMNS": "80"} | (environment or {})
        )
        shown = [f"{name}={shlex.quote(value)}" for name, value in (environment or {}).items()]
        self.text += self._stable(f"$ {' '.join((*shown, shlex.join(['drift', *arguments])))}\n")
        self.text += self._stable(outcome.stdout)
        for line in self._stable(outcome.stderr).splitlines():
            self.text += f"stderr: {line}\n"
        self.text += f"exit code {outcome.returncode}\n\n"

    def write(self, title: str, text: str) -> None:
        """Add text that a command has written elsewhere."""
        self.text += self._stable(f"{title}:\n{text}\n")

    def matches(self, name: str) -> None:
        """Compare the transcript with the file of that name; or write it."""
        path = EXPECTED / f"{name}.txt"
        if UPDATE:
            path.write_text(self.text, encoding="utf-8")
        expected = path.read_text(encoding="utf-8")
        lines = difflib.unified_diff(expected.splitlines(), self.text.splitlines(), lineterm="")
        assert self.text == expected, (
            f"{path.name} differs; to accept it, run with DRIFT_UPDATE_SNAPSHOTS=1\n"
            + "\n".join(lines)
        )

    def _stable(self, text: str) -> str:
        for word, name in self.replaced.items():
            text = text.replace(word, name)
        for pattern, name in _VOLATILE:
            text = re.sub(pattern, name, text, flags=re.MULTILINE)
        return text
