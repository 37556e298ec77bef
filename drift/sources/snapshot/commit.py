"""The commit of Git that a folder is at."""

from __future__ import annotations

import re
import subprocess

_SECONDS = 10
_COMMAND = ("git", "describe", "--always", "--abbrev=40", "--exclude=*", "--dirty=+dirty")
_COMMIT = re.compile(r"[0-9a-f]{40,64}(\+dirty)?")


def commit_of(folder: str) -> str:
    """Return the commit, with +dirty if files differ from it; "" without Git or a repository."""
    try:
        outcome = subprocess.run(  # noqa: S603 — a fixed command
            _COMMAND,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, ValueError, subprocess.SubprocessError):
        return ""
    text = outcome.stdout.decode(errors="replace").strip()
    return text if _COMMIT.fullmatch(text) else ""
