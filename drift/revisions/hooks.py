"""Runs the project's `[post_write_hooks]` on new files, as Alembic does, and notes failures."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from types import SimpleNamespace
from typing import Any

from alembic.script import write_hooks

from drift.revisions.child import File

_SECONDS = 120
_LONGEST = 300


def run_hooks(files: Sequence[File], hooks: Sequence[Any]) -> Iterator[str]:
    """Yield the failures; each hook is run on each file. Alembic ignores a hook's exit code."""
    results: list[subprocess.CompletedProcess[str]] = []

    def run(command: Sequence[str], **options: Any) -> None:
        options = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT} | options
        results.append(
            subprocess.run(command, check=False, timeout=_SECONDS, text=True, **options)  # noqa: S603
        )

    module: Any = write_hooks
    original, module.subprocess = (
        module.subprocess,
        SimpleNamespace(run=run, DEVNULL=subprocess.DEVNULL),
    )
    try:
        for file in files:
            for hook in hooks:
                yield from _run(file, hook, results)
    finally:
        module.subprocess = original


def _run(file: File, hook: Any, results: list[subprocess.CompletedProcess[str]]) -> Iterator[str]:
    results.clear()
    name = hook.get("_hook_name", "")
    try:
        write_hooks._run_hooks(file.path, [hook])
    except Exception as problem:  # noqa: BLE001 — a hook may be a function of the project's
        yield f"post-write hook {name} failed on {file.path}: {_short(str(problem))}"
    for result in results:
        if result.returncode:
            yield (
                f"post-write hook {name} failed on {file.path} with exit code "
                f"{result.returncode}: {_short(result.stdout or 'no output')}"
            )


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"
