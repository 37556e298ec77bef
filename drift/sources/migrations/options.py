"""The keys of `alembic.ini` and of `[tool.alembic]` in `pyproject.toml`, as Alembic reads them."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    import configparser

MOST_BYTES = 1_000_000
"""Bytes of a file that are read; those that people write are far smaller."""

_SEPARATORS = {"space": " ", "newline": "\n", "os": os.pathsep, ":": ":", ";": ";"}


class OptionsError(Exception):
    """A file cannot be read as Alembic reads it; the message names it."""


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """The keys with the folders of the migrations.

    `version_table` is a key of env.py's own, which many read from `alembic.ini`. `has_section` and
    `uses_toml` tell which of the files have keys.
    """

    script_location: str | None = None
    version_locations: tuple[str, ...] = ()
    prepend_sys_path: tuple[str, ...] = ()
    recursive: bool = False
    sourceless: bool = False
    version_table: str | None = None
    has_section: bool = False
    uses_toml: bool = False


def read_options(ini: Path, toml: Path | None, section: str) -> Options:
    """Return the keys of both files, either of which may be missing. Raises OptionsError."""
    if not ini.exists() and not (toml and toml.exists()):
        return Options()
    import configparser

    parser = _ini(ini)
    table = {} if toml is None else _toml(toml)
    try:
        return _options(parser, table, section)
    except (configparser.Error, KeyError, TypeError, ValueError) as problem:
        text = " ".join(str(problem).split())
        raise OptionsError(f"{ini.name}: {text}") from None


def _ini(path: Path) -> configparser.ConfigParser:
    import configparser

    here = path.absolute().parent.as_posix()
    parser = configparser.ConfigParser({"here": here.replace("%", "%%")})
    try:
        parser.read_string(text_of(path) or "", str(path))
    except configparser.Error as problem:
        raise OptionsError(f"{path.name}: {' '.join(str(problem).split())}") from None
    return parser


def _toml(path: Path) -> Mapping[str, Any]:
    import tomllib

    try:
        document = tomllib.loads(text_of(path) or "")
    except tomllib.TOMLDecodeError as problem:
        raise OptionsError(f"{path.name}: {problem}") from None
    tool = document.get("tool", {})
    table = tool.get("alembic", {}) if isinstance(tool, dict) else {}
    if not isinstance(table, dict):
        raise OptionsError(f"{path.name}: tool.alembic is not a table")
    filled: Mapping[str, Any] = _filled(table, {"here": path.absolute().parent.as_posix()})
    return filled


def _filled(value: Any, arguments: Mapping[str, str]) -> Any:
    """Replace `%(here)s` in texts. Keys that Alembic would refuse are of no use here."""
    if isinstance(value, str):
        try:
            return value % arguments
        except (KeyError, TypeError, ValueError):
            return value
    if isinstance(value, dict):
        return {key: _filled(item, arguments) for key, item in value.items()}
    if isinstance(value, list):
        return [_filled(item, arguments) for item in value]
    return value


def _options(parser: configparser.ConfigParser, table: Mapping[str, Any], section: str) -> Options:
    def get(name: str) -> Any:
        return parser.get(section, name, fallback=None) or table.get(name)

    def flag(name: str) -> bool:
        # exactly this word, as Alembic has it
        return get(name) in ("true", True)

    return Options(
        script_location=_text(get("script_location")),
        version_locations=_listed(parser, section, get("version_locations"), r", *|(?: +)"),
        prepend_sys_path=_listed(parser, section, get("prepend_sys_path"), r", *|(?: +)|:"),
        recursive=flag("recursive_version_locations"),
        sourceless=flag("sourceless"),
        version_table=_text(get("version_table")),
        has_section=parser.has_section(section),
        uses_toml=bool(table),
    )


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _listed(
    parser: configparser.ConfigParser, section: str, value: Any, legacy: str
) -> tuple[str, ...]:
    """Split a list of folders at the separator that the section names, or at Alembic's older ones.

    A list of pyproject.toml is one already.
    """
    if not isinstance(value, str):
        return tuple(str(item) for item in value or ())
    names = ("path_separator", "version_path_separator")
    given = (parser.get(section, name, fallback=None) for name in names)
    separator = next(filter(None, given), None)
    if separator is None:
        parts = re.split(legacy, value)
    elif separator in _SEPARATORS:
        parts = value.split(_SEPARATORS[separator])
    else:
        raise ValueError(f"{separator!r} is not a path_separator; use os, space, newline, : or ;")
    return tuple(part.strip() for part in parts if part.strip())


def text_of(path: Path) -> str | None:
    """Return the text of a file; None if it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(MOST_BYTES).decode("utf-8", errors="replace")
    except (OSError, ValueError):
        return None
