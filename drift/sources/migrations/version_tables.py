"""All names that Alembic's version table may have, as any file of the project gives them.

The files are read as text: nothing of the project is imported or run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from drift.lazy_regex import lazy_regex
from drift.sources.migrations.environment_script import DEFAULT
from drift.sources.migrations.options import text_of

if TYPE_CHECKING:
    import configparser

_NAME = lazy_regex(r"""\bversion_table["']?\s*[=:]\s*["']([^"'\n]{1,63})["']""", re.IGNORECASE)


def version_tables(*roots: Path) -> tuple[str, ...]:
    """Return the names that Alembic environments in the folders configure, and the default."""
    names = {DEFAULT}
    for root in dict.fromkeys(roots):
        for ini in (root / "alembic.ini", root / "migrations" / "alembic.ini"):
            for section in _sections(ini):
                names.add(section.get("version_table") or DEFAULT)
        for folder in _folders(root):
            if text := text_of(folder / "env.py"):
                names.update(_NAME.findall(text))
    return tuple(sorted(names))


def _folders(root: Path) -> Iterator[Path]:
    """Yield the folders that may hold an `env.py`."""
    yield root / "alembic"
    yield root / "migrations"
    for section in _sections(root / "alembic.ini"):
        yield _folder(root, section.get("script_location", ""))
    text = text_of(root / "pyproject.toml")
    if not text or "script_location" not in text:  # parsing it takes 1 ms per check
        return
    import tomllib

    try:
        tool = tomllib.loads(text).get("tool", {})
        yield _folder(root, str(tool["alembic"]["script_location"]))
    except (tomllib.TOMLDecodeError, KeyError, TypeError, AttributeError):
        return


def _folder(root: Path, location: str) -> Path:
    """Return the folder of a `script_location`, which may be `package.module:folder`."""
    package, colon, folder = location.replace("%(here)s", ".").partition(":")
    return root / package.replace(".", "/") / folder if colon else root / package


def _sections(ini: Path) -> list[configparser.SectionProxy]:
    text = text_of(ini)
    if not text:
        return []
    import configparser

    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(text)
    except configparser.Error:
        return []
    return [parser[name] for name in parser.sections() if "script_location" in parser[name]]
