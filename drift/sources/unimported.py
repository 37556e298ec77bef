"""Finds the model of a table that nobody imported: the file is there, the metadata lacks it."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from drift.model import Location
from drift.sources.raised import shown

_MOST_FILES = 5000


def declarations(tables: Iterable[str], packages: Iterable[str]) -> dict[str, Location]:
    """Return where modules that were never imported declare tables: table → file and line.

    Only the files of the packages named are read, and nothing of them is executed.
    """
    wanted = set(tables)
    if not wanted:
        return {}
    found: dict[str, Location] = {}
    for path in _never_imported(packages):
        for name, line in _tables(path):
            if name in wanted:
                found.setdefault(name, Location(shown(str(path)), line))
    return found


def _never_imported(packages: Iterable[str]) -> Iterator[Path]:
    files = (getattr(module, "__file__", None) for module in list(sys.modules.values()))
    imported = {str(file) for file in files if file}
    count = 0
    for package in packages:
        for folder in getattr(sys.modules.get(package), "__path__", ()):
            for path in sorted(Path(folder).rglob("*.py")):
                count += 1
                if count > _MOST_FILES:
                    return
                if str(path) not in imported:
                    yield path


_TABLE = re.compile(
    r"__tablename__\s*(?::[^=\n]+)?=\s*[\"']([^\"']+)[\"']|\bTable\(\s*[\"']([^\"']+)"
)


def _tables(path: Path) -> Iterator[tuple[str, int]]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return
    for match in _TABLE.finditer(text):
        yield match[1] or match[2], text.count("\n", 0, match.start()) + 1
