"""Finds the model of a table that nobody imported: the file is there, the metadata lacks it."""

from __future__ import annotations

import re
import sys
from collections.abc import Collection, Iterable, Iterator
from itertools import islice
from pathlib import Path

from drift.model import Location
from drift.sources.models.project_files import python_files
from drift.sources.models.raised import is_own, shown
from drift.sources.models.source_file import SourceFile, own_names

_MOST_FILES = 5000
_LEFT_OUT = frozenset("tests test docs examples migrations alembic conftest.py setup.py".split())


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
    seen = _imported()
    count = 0
    for package in packages:
        for folder in getattr(sys.modules.get(package), "__path__", ()):
            for path in sorted(Path(folder).rglob("*.py")):
                count += 1
                if count > _MOST_FILES:
                    return
                if str(path) not in seen:
                    seen.add(str(path))
                    yield path


def _imported() -> set[str]:
    files = (own_names(module).get("__file__") for module in list(sys.modules.values()))
    return {str(file) for file in files if file}


def forgotten(roots: Iterable[str], known: Collection[str]) -> dict[str, int]:
    """Return the modules beside the models that declare tables and were never imported.

    Each has the number of its tables; those whose names are `known` are declared elsewhere, too.
    """
    counts: dict[str, int] = {}
    imported = _imported()
    for folder, package in _tops(roots):
        for path in islice(python_files(package) if package.is_dir() else [package], _MOST_FILES):
            module = _dotted(path.relative_to(folder))
            if module and str(path) not in imported and (count := _count(path, known)):
                counts[module] = count
    return counts


def _tops(roots: Iterable[str]) -> Iterator[tuple[Path, Path]]:
    """Yield a folder of the import path with each top-level package and module of the user's in it.

    Folders without an `__init__.py`, such as other services of a repository, are left out.
    """
    names = {root.partition(".")[0] for root in roots}
    for folder in dict.fromkeys(filter(None, map(_home, sorted(names)))):
        for path in sorted(folder.iterdir()):
            own = path.name in names or path.suffix == ".py" or (path / "__init__.py").is_file()
            if own and path.stem.isidentifier() and path.name not in _LEFT_OUT:
                yield folder, path


def _home(module: str) -> Path | None:
    """Return the folder that a top-level module was imported from, unless it is installed."""
    names = own_names(sys.modules.get(module))
    paths = [Path(path) for path in names.get("__path__", ())]
    file = names.get("__file__") or (paths and paths[0] / "__init__.py")
    if not file or not is_own(str(file), ()):
        return None
    return paths[0].parent if paths else Path(file).parent


def _dotted(path: Path) -> str:
    parts = path.with_suffix("").parts
    parts = parts[:-1] if parts[-1] == "__init__" else parts
    return ".".join(parts) if all(map(str.isidentifier, parts)) else ""


def _count(path: Path, known: Collection[str]) -> int:
    """Count the declarative classes of a file that have a table of their own."""
    file = SourceFile(path)
    if not file.mentions(r"__tablename__|table\s*=\s*True"):
        return 0
    sources = [source for several in file.classes.values() for source in several]
    return sum(source.is_table and source.table_name not in known for source in sources)


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
