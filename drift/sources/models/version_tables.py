"""The names of Alembic's version table, as the project's own files give them.

The files are read as text: nothing of the project is imported or run.
"""

from __future__ import annotations

import configparser
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

DEFAULT = "alembic_version"
_MOST_BYTES = 1_000_000
_NAME = re.compile(r"""\bversion_table["']?\s*[=:]\s*["']([^"'\n]{1,63})["']""", re.IGNORECASE)


def version_tables(*roots: Path) -> tuple[str, ...]:
    """Return the names that Alembic environments in the folders configure, and the default."""
    names = {DEFAULT}
    for root in dict.fromkeys(roots):
        for ini in (root / "alembic.ini", root / "migrations" / "alembic.ini"):
            for section in _sections(ini):
                names.add(section.get("version_table") or DEFAULT)
        for folder in _folders(root):
            names.update(_NAME.findall(_text(folder / "env.py")))
    return tuple(sorted(names))


def _folders(root: Path) -> Iterator[Path]:
    """Yield the folders that may hold an `env.py`."""
    yield root / "alembic"
    yield root / "migrations"
    for section in _sections(root / "alembic.ini"):
        yield _folder(root, section.get("script_location", ""))
    try:
        tool = tomllib.loads(_text(root / "pyproject.toml")).get("tool", {})
        yield _folder(root, str(tool["alembic"]["script_location"]))
    except (tomllib.TOMLDecodeError, KeyError, TypeError, AttributeError):
        return


def _folder(root: Path, location: str) -> Path:
    """Return the folder of a `script_location`, which may be `package.module:folder`."""
    package, colon, folder = location.replace("%(here)s", ".").partition(":")
    return root / package.replace(".", "/") / folder if colon else root / package


def _sections(ini: Path) -> list[configparser.SectionProxy]:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(_text(ini))
    except configparser.Error:
        return []
    return [parser[name] for name in parser.sections() if "script_location" in parser[name]]


def _text(path: Path) -> str:
    """Return the text of a file; "" if it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(_MOST_BYTES).decode("utf-8", errors="replace")
    except (OSError, ValueError):
        return ""
