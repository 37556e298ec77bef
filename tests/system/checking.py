"""How tests check metadata, or a command line, against a database."""

from __future__ import annotations

import re
from collections.abc import Iterable
from importlib.metadata import version
from typing import Any, NamedTuple

from click.testing import CliRunner

from drift.check import target as app
from drift.cli.main import cli
from drift.config import Target
from drift.report.finding import Finding
from drift.report.report import Check
from drift.sources.models.loader import Models


def check(url: str, *metadatas: Any, **target: Any) -> Check:
    """Compare metadata with the database at `url`."""
    return app.check(
        Target(name="test", database=url, **target),
        note=lambda _text: None,
        expected=Models("test", metadatas),
    )


def brief(findings: Iterable[Finding]) -> list[str]:
    """Return `severity rule path` for each finding, sorted."""
    return sorted(f"{f.severity} {f.rule} {f.object.path}" for f in findings)


def found(url: str, *metadatas: Any, **target: Any) -> list[str]:
    """Return the findings of a check in brief."""
    return brief(check(url, *metadatas, **target).findings)


def timeless(text: str) -> str:
    """Return a report of any format without when it was made."""
    text = re.sub(r'"(started_at|duration|shard|(start|end)TimeUtc)": [^,\n}]+,?', r'"\1"', text)
    text = re.sub(r'(timestamp|time)="[^"]*"', r"\1", text)
    return re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC, in [\d.,]+ s", "at …", text)


class Outcome(NamedTuple):
    """How a command ended; `output` is all that it printed."""

    exit_code: int
    stdout: str
    stderr: str
    output: str


def drift(*arguments: str, **environment: str | None) -> Outcome:
    """Run the command in this process."""
    # Older versions of click have both streams in one, or each alone.
    mixed = version("click").startswith("8.1.")
    separate: dict[str, Any] = {"mix_stderr": False} if mixed else {}
    result = CliRunner(**separate).invoke(
        cli, list(arguments), env=environment, catch_exceptions=False, prog_name="drift"
    )
    printed = f"{result.stdout}{result.stderr}" if mixed else result.output
    return Outcome(result.exit_code, result.stdout, result.stderr, printed)
