"""The Python files of a project that may declare models."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from drift.lazy_regex import lazy_regex

_LEFT_OUT = frozenset(
    "__pycache__ node_modules site-packages build dist venv env tests test migrations alembic "
    "versions docs examples".split()
)
_NO_MODELS = lazy_regex(r"test_|conftest\.py|setup\.py")


def python_files(root: Path) -> Iterator[Path]:
    """Yield the files below a folder, without environments, tests, migrations and the like."""
    for folder, folders, names in os.walk(root):
        here = Path(folder)
        folders[:] = sorted(
            name
            for name in folders
            if name not in _LEFT_OUT
            and not name.startswith(".")
            and not (here / name / "pyvenv.cfg").exists()
        )
        for name in sorted(names):
            if name.endswith(".py") and not _NO_MODELS.match(name):
                yield here / name
