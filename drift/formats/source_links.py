"""Places in the code, as the repository knows them."""

from __future__ import annotations

from posixpath import normpath
from urllib.parse import quote, urlsplit

from drift.formats.options import Options
from drift.model import Location


def path(place: Location, options: Options) -> str:
    """Return the file's path in the repository; "" for a file outside of it."""
    file, folder = place.file.replace("\\", "/"), options.folder
    if options.root and file.startswith(options.root):
        file, folder = file.removeprefix(options.root), ""
    absolute = file.startswith("/") or file[1:3] == ":/"
    found = normpath(f"{folder}{file}")
    return "" if absolute or found.startswith("../") or found == ".." else found


def url(place: Location | None, options: Options) -> str:
    """Return the line's address on the web; "" where there is none."""
    if place is None or urlsplit(options.links).scheme not in {"http", "https"}:
        return ""
    file = path(place, options)
    base = quote(options.links, safe="/:@?=&%+,;~$!*[]", errors="replace")
    return f"{base}{quote(file, errors='replace')}#L{place.line:d}" if file else ""
