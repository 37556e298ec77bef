"""Finds migrations that were edited or deleted after they were added, by the history of git."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import msgspec

from drift.lazy_regex import lazy_regex
from drift.report import causes
from drift.report.finding import Finding
from drift.sources.migrations.scripts import touched
from drift.texts import clip

if TYPE_CHECKING:
    from drift.sources.migrations.graph import ScriptGraph

Commit: TypeAlias = tuple[str, str]
"""The id and the day of a commit."""

_SECONDS = 5
_ID = lazy_regex(r"[\w-]{1,64}")
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
    commits = _log(path.parent, "--diff-filter=AM", "--", path.name)
    if len(commits) < 2:
        return ""
    return f"{clip(path.name)} was edited after it was added ({_named(commits[0])})"


def deleted(revision: str, folders: Iterable[Path]) -> str:
    """Return `3f2a_roles.py was deleted (commit 1a2b3c4d5e, 2026-10-02)`; "" if git does not know.

    The file of a revision is known by its name, which Alembic begins with the id.
    """
    if not _ID.fullmatch(revision):
        return ""
    for folder in folders:
        commits = _log(folder, "--diff-filter=D", "--", f"*{revision}*.py")
        if commits:
            return f"the file of {revision} was deleted ({_named(commits[0])})"
    return ""


def _named(commit: Commit) -> str:
    return f"commit {commit[0][:_HASH]}, {commit[1]}"


@cache
def _log(folder: Path, *arguments: str) -> tuple[Commit, ...]:
    """Return the commits that `git log` lists, the latest first: id and day.

    git reads the names of files and no text of them, so that it runs no program for it.
    """
    command = [
        "git", "--no-optional-locks", "-c", "core.fsmonitor=false", "log", "--format=%H %as",
        "--no-show-signature", *arguments,
    ]  # fmt: skip
    try:
        done = subprocess.run(  # noqa: S603 — a fixed command; names of files come after --
            command,
            cwd=folder,
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
