"""Finds migrations that were edited after they were added, by the history that git keeps."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from drift.report import causes
from drift.report.finding import Finding
from drift.sources.migrations.scripts import touched
from drift.texts import clip

if TYPE_CHECKING:
    from drift.sources.migrations.graph import ScriptGraph

_SECONDS = 5
_HASH = 10
"""Characters of a commit's id in a sentence."""


def with_edits(
    findings: Iterable[Finding], graph: ScriptGraph, current: Iterable[str]
) -> Iterator[Finding]:
    """Yield the findings; those of a database unlike its revision name migrations edited later.

    A migration that is edited after it ran leaves the database as the old text made it. Only
    migrations that name the finding's table are looked up.
    """
    applied = graph.ancestors(current)
    for finding in findings:
        table = finding.object.table
        if table is None or finding.cause not in {causes.BY_HAND, causes.STAMPED, causes.MIXED}:
            yield finding
            continue
        scripts = (graph.scripts[name] for name in sorted(applied & graph.scripts.keys()))
        files = (script.path for script in scripts if table in touched([script]))
        sentences = filter(None, map(edited, files))
        evidence = "; ".join((finding.evidence, *sentences))
        yield msgspec.structs.replace(finding, evidence=evidence)


def edited(path: Path) -> str:
    """Return `3f2a_roles.py was edited after it was added (commit 1a2b3c4d5e, 2026-10-02)`.

    "" if it was not, or if git does not know.
    """
    commits = _commits(path)
    if len(commits) < 2:
        return ""
    commit, day = commits[0]
    return f"{clip(path.name)} was edited after it was added (commit {commit[:_HASH]}, {day})"


@cache
def _commits(path: Path) -> tuple[tuple[str, str], ...]:
    """Return the commits that changed a file, the latest first: id and day.

    Renames do not count. No text of the file is read, so that git runs no program for it.
    """
    command = [
        "git", "--no-optional-locks", "-c", "core.fsmonitor=false", "log", "--format=%H %as",
        "--diff-filter=AM", "--no-show-signature", "--", path.name,
    ]  # fmt: skip
    try:
        done = subprocess.run(  # noqa: S603 — a fixed command; the name of the file comes after --
            command,
            cwd=path.parent,
            capture_output=True,
            timeout=_SECONDS,
            check=True,
            text=True,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.SubprocessError, UnicodeError):
        return ()
    lines = (line.split() for line in done.stdout.splitlines())
    return tuple((words[0], words[1]) for words in lines if len(words) == 2)
