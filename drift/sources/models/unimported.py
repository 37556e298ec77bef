"""Finds tables that are declared in modules of the project that were never imported.

The files are read as text: nothing of them is imported or run.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable, Iterator
from itertools import islice
from pathlib import Path

from drift.lazy_regex import lazy_regex
from drift.model import Location
from drift.sources.models.own_code import display_path, is_own, own_names, top_level
from drift.sources.models.project_files import python_files
from drift.sources.models.source_file import SourceFile

_MOST_FILES = 5000
_NO_MODELS = frozenset("tests test docs examples migrations alembic conftest.py setup.py".split())
_TABLE = lazy_regex(
    r"__tablename__\s*(?::[^=\n]+)?=\s*[\"']([^\"']+)[\"']|\bTable\(\s*[\"']([^\"']+)"
)


def declarations(tables: Iterable[str] | None, packages: Iterable[str]) -> dict[str, Location]:
    """Return the locations of tables in modules that were never imported, by table name.

    None stands for any table.
    """
    wanted = None if tables is None else set(tables)
    locations: dict[str, Location] = {}
    for path in () if wanted == set() else _unimported_files(packages):
        text = SourceFile(path).text
        for match in _TABLE.finditer(text):
            name = match[1] or match[2]
            if (wanted is None or name in wanted) and name not in locations:
                line = text.count("\n", 0, match.start()) + 1
                locations[name] = Location(display_path(str(path)), line)
    return locations


def _unimported_files(packages: Iterable[str]) -> Iterator[Path]:
    folders = (f for p in packages for f in getattr(sys.modules.get(p), "__path__", ()))
    paths = (path for folder in folders for path in sorted(Path(folder).rglob("*.py")))
    seen = _imported_files()
    for path in islice(paths, _MOST_FILES):
        if str(path) not in seen:
            seen.add(str(path))
            yield path


def _imported_files() -> set[str]:
    files = (own_names(module).get("__file__") for module in list(sys.modules.values()))
    return {str(file) for file in files if file}


def modules_with_tables(roots: Iterable[str], known: Collection[str]) -> dict[str, int]:
    """Return the modules that were never imported, with the number of their tables.

    Tables whose names are `known` are declared elsewhere, too, and do not count.
    """
    counts: dict[str, int] = {}
    imported = _imported_files()
    for folder, package in _top_level_code(roots):
        for path in islice(python_files(package) if package.is_dir() else [package], _MOST_FILES):
            module = _dotted(path.relative_to(folder))
            if module and str(path) not in imported and (count := _count(path, known)):
                counts[module] = count
    return counts


def _top_level_code(roots: Iterable[str]) -> Iterator[tuple[Path, Path]]:
    """Yield a folder of the import path with each top-level package and module of the user's in it.

    Folders without an `__init__.py`, such as other services of a repository, are left out.
    """
    names = set(map(top_level, roots))
    for folder in dict.fromkeys(filter(None, map(_import_folder, sorted(names)))):
        for path in sorted(folder.iterdir()):
            own = path.name in names or path.suffix == ".py" or (path / "__init__.py").is_file()
            if own and path.stem.isidentifier() and path.name not in _NO_MODELS:
                yield folder, path


def _import_folder(module: str) -> Path | None:
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
    statements = [statement for named in file.classes.values() for statement in named]
    return sum(each.is_table and each.table_name not in known for each in statements)
