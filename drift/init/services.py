"""The services of a monorepo: folders with a manifest of their own, and the models in each."""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence
from pathlib import Path

from drift.check.reasons import safe
from drift.formats.vocabulary import plural
from drift.init.layout import project_folder
from drift.init.search import Candidate


def folder(base: Candidate, root: Path) -> str:
    """Return the folder of the service, from the command's folder on; "." for that one."""
    return Path(os.path.relpath(project_folder(base.home, root), root)).as_posix()


def nearest_first(bases: Sequence[Candidate], root: Path) -> list[Candidate]:
    """Return the bases of the current folder's own project first, in the same order otherwise."""
    return sorted(bases, key=lambda base: folder(base, root) != ".")


def described(base: Candidate, root: Path) -> str:
    """Return the base, its number of models, and the folder of its service."""
    below = folder(base, root)
    inside = "" if below == "." else f" in {below}"
    return safe(f"{base.spec} ({plural(base.count, 'model')}){inside}")


def commands(bases: Sequence[Candidate], root: Path) -> str:
    """Return the commands that set up the services of the bases."""
    folders = dict.fromkeys(folder(base, root) for base in bases)
    return safe("; ".join(f"cd {shlex.quote(name)} && drift init" for name in folders))
