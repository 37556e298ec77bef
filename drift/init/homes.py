"""The folder that modules are imported from: the top, `src`, or a service of a monorepo."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from drift.init.names import Module

MANIFESTS = (
    "pyproject.toml setup.py setup.cfg requirements.txt Pipfile environment.yml environment.yaml "
    "alembic.ini manage.py"
).split()


class Homes:
    """The import folder of each file, by the project's own imports, or else by its files."""

    def __init__(self, root: Path, files: Iterable[Path]) -> None:
        """Take the project's folder and the files whose imports are evidence."""
        self._root = root
        self._votes: Counter[tuple[Path, str]] = Counter()
        # Thousands of files share their folders: each question is asked once.
        self._by_folder = cache(self._by_files)
        holds = cache(_holds)
        for path in files:
            names = set(_imported(Module("", path).tree))
            for folder in self._above(path):
                self._votes.update((folder, name) for name in names if holds(folder, name))

    def of(self, path: Path) -> Path:
        """Return the folder that a file's module is imported from."""
        best, most, name = None, 0, path.stem
        for folder in self._above(path):
            if (votes := self._votes[folder, name]) > most:
                best, most = folder, votes
            name = folder.name
        return best or self._by_folder(path.parent)

    def _above(self, path: Path) -> Iterator[Path]:
        """Yield the folders above a file, up to the project's."""
        for folder in path.parents:
            yield folder
            if folder == self._root:
                return

    def _by_files(self, parent: Path) -> Path:
        """Return the folder of the outermost package; without one, `src` or that of a manifest."""
        folders = list(self._above(parent / "file"))
        packages = [folder for folder in folders[:-1] if (folder / "__init__.py").is_file()]
        if packages:
            return packages[-1].parent
        for folder in folders:
            if folder.name == "src" and folder != self._root:
                return folder
            if any((folder / name).is_file() for name in MANIFESTS):
                return folder
        return self._root


def _holds(folder: Path, name: str) -> bool:
    return (folder / f"{name}.py").is_file() or (folder / name).is_dir()


def _imported(tree: ast.Module) -> Iterator[str]:
    """Yield the top-level names of absolute imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]
