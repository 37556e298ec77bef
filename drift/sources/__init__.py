"""Sources of a schema: a name in, its objects out.

A new source is one file or folder here and one line in `SOURCES`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, TypeAlias

import msgspec

from drift.errors import UsageError

if TYPE_CHECKING:
    from drift.sources.interface import Context, Side

Open: TypeAlias = "Callable[[str, Context], Side]"


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """A source: the spellings of its name, a description, and the function that opens it.

    The function takes the text after the first separator of the name, and the context. `is_path`:
    that text is the path of a file or a folder.
    """

    spellings: tuple[str, ...]
    description: str
    function: str
    is_path: bool = False

    def resolve(self) -> Open:
        """Return the function, whose module is only imported now."""
        module, _, name = self.function.partition(":")
        opened: Open = getattr(import_module(module), name)
        return opened


class Reference(msgspec.Struct, frozen=True, kw_only=True):
    """The name of a source, split: `snapshot:schema.json` is `snapshot` and `schema.json`."""

    source: str
    value: str = ""
    text: str


SOURCES: Mapping[str, Source] = {
    "models": Source(
        spellings=("models", "models:PACKAGE.MODULE:ATTR"),
        description="the SQLAlchemy models of the configuration, or those named",
        function="drift.sources.models.source:open_models",
    ),
    "snapshot": Source(
        spellings=("snapshot:FILE",),
        description="a file that `drift snapshot` wrote; no model is imported",
        function="drift.sources.snapshot.source:open_snapshot",
        is_path=True,
    ),
    "database": Source(
        spellings=("TARGET", "URL"),
        description="a live database: a target of the configuration, or a URL",
        function="drift.sources.database.source:open_database",
    ),
    "migrations": Source(
        spellings=("migrations", "migrations@REVISION"),
        description="Alembic migrations up to the heads or a revision, run on a scratch server",
        function="drift.sources.migrations.source:open_migrations",
    ),
    "sql": Source(
        spellings=("sql:FILE", "sql:FOLDER"),
        description="SQL files, as of pg_dump, Flyway or dbmate, run on a scratch server",
        function="drift.sources.sql_files.source:open_sql",
        is_path=True,
    ),
}

_SEPARATORS = {"models": ":", "snapshot": ":", "migrations": "@", "sql": ":"}


def parse(text: str) -> Reference:
    """Split the name of a source; a name of no other source is a live database.

    >>> parse("migrations@3f2a8c").value
    '3f2a8c'
    """
    for source, separator in _SEPARATORS.items():
        name, present, value = text.partition(separator)
        if source in SOURCES and name == source:
            return Reference(source=source, value=value if present else "", text=text)
    return Reference(source="database", value=text, text=text)


def anchored(text: str, folder: str) -> str:
    """Return the name of a source with an absolute path, if it is a file's; it begins at a folder.

    >>> anchored("snapshot:schema.json", "/app")
    'snapshot:/app/schema.json'
    """
    reference = parse(text)
    if not (SOURCES[reference.source].is_path and reference.value):
        return text
    path = os.path.join(folder, reference.value)  # noqa: PTH118 — pathlib takes time to import
    return f"{reference.source}{_SEPARATORS[reference.source]}{path}"


def open_source(reference: Reference, context: Context) -> Side:
    """Open a source. Raises DriftError if it cannot be read.

    An empty variable leaves a name without its end: `migrations@` is not all migrations.
    """
    source = SOURCES[reference.source]
    end = _SEPARATORS.get(reference.source, "")
    if end and reference.text == f"{reference.source}{end}" and not source.is_path:
        spellings = " or ".join(source.spellings)
        raise UsageError(f"{reference.text!r} is incomplete; write {spellings}")
    return source.resolve()(reference.value, context)
