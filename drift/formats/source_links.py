"""The models' lines as paths in the repository and as URLs."""

from __future__ import annotations

from posixpath import normpath
from urllib.parse import quote, urlsplit

from drift.formats.options import Options
from drift.model import Location

DEFAULT_FILE = "drift.yaml"
"""Shown for objects that no model declares: code scanning rejects a result without a file."""


def line(location: Location | None, options: Options) -> tuple[str, int]:
    """Return the file in the repository and the line at which something is shown."""
    file = path(location, options) if location else ""
    if location is None or not file:
        return f"{options.folder}{DEFAULT_FILE}", 1
    return file, max(1, location.line)


def path(location: Location, options: Options) -> str:
    """Return the file's path in the repository; "" for a file outside of it."""
    file, folder = location.file.replace("\\", "/"), options.folder
    if options.root and file.startswith(options.root):
        file, folder = file.removeprefix(options.root), ""
    absolute = file.startswith("/") or file[1:3] == ":/"
    inside = normpath(f"{folder}{file}")
    return "" if absolute or inside.startswith("../") or inside == ".." else inside


def url(location: Location | None, options: Options) -> str:
    """Return the line's URL; "" if it has none."""
    if location is None or urlsplit(options.links).scheme not in {"http", "https"}:
        return ""
    file = path(location, options)
    base = quote(options.links, safe="/:@?=&%+,;~$!*[]", errors="replace")
    return f"{base}{quote(file, errors='replace')}#L{location.line:d}" if file else ""
