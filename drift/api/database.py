"""The database of the Python interface: a URL or an engine in, an address out."""

from __future__ import annotations

from typing import Any

from drift.errors import UsageError
from drift.sources.database.connection import Address, parse


def address_of(database: Any) -> Address:
    """Return the address of a database. Raises UsageError for what is none."""
    return parse(_url(database))


def _url(database: Any) -> str:
    if isinstance(database, str):
        return database
    url = getattr(database, "url", database)
    if hasattr(url, "render_as_string"):
        return str(url.render_as_string(hide_password=False))
    raise UsageError(
        f"{type(database).__name__} is no database; pass a URL, an Engine or a Connection"
    )
