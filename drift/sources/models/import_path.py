"""The folders that the models are imported from: those of the project, then the current one."""

from __future__ import annotations

import contextlib
import importlib
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

_NO_CODE = frozenset("__pycache__ node_modules site-packages venv env build dist".split())


def folders(path: Sequence[str]) -> list[str]:
    """Return the folders in the order in which they are searched, before the installed packages.

    `path` are those of the configuration. The current folder comes last, and not at all inside of
    a package below one of them: its modules, such as `types.py`, would hide Python's own.
    """
    here = _current_folder()
    inside = here is not None and (here / "__init__.py").exists()
    below = here is not None and any(here.is_relative_to(folder) for folder in path)
    current = [] if here is None or (inside and below) else [str(here)]
    return list(dict.fromkeys((*path, *current)))


def extend(path: Sequence[str]) -> None:
    """Put the folders at the head of Python's path, as `python -m` does with the current one."""
    missing = [folder for folder in folders(path) if folder not in sys.path]
    if "" in sys.path:
        missing = [folder for folder in missing if folder != str(_current_folder())]
    sys.path[:0] = missing
    importlib.invalidate_caches()


def hint(module: str, path: Sequence[str]) -> str:
    """Return a hint at the folder of the project with a top-level module that was not found."""
    for folder in map(Path, folders(path)):
        for inner in _inner(folder):
            if (inner / f"{module}.py").is_file() or any((inner / module).glob("*.py")):
                name = inner.relative_to(folder).as_posix()
                return (
                    f"; {name}/{module} exists: write path: [{name}] in the configuration, or "
                    f"set PYTHONPATH={name}"
                )
    return ""


def _inner(folder: Path) -> Iterator[Path]:
    """Yield the folders within a folder and within those, as `backend/src` in a repository."""
    children = _children(folder)
    yield from children
    for child in children:
        yield from _children(child)


def _children(folder: Path) -> list[Path]:
    with contextlib.suppress(OSError):
        return sorted(
            child
            for child in folder.iterdir()
            if child.is_dir() and child.name not in _NO_CODE and not child.name.startswith(".")
        )
    return []


def _current_folder() -> Path | None:
    """Return the current folder; models that removed it must not hide other problems."""
    with contextlib.suppress(OSError):
        return Path.cwd()
    return None
