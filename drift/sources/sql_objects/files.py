"""Objects that are declared in SQL files of the project, which the key `sql` names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from drift.errors import UsageError
from drift.kinds.grant.statements import parse
from drift.kinds.sql_object import SqlObject
from drift.lazy_regex import lazy_regex
from drift.model import Location
from drift.sources.interface import Note
from drift.sources.models.own_code import display_path
from drift.sources.sql_files.files import text_of
from drift.sources.sql_files.script import statements
from drift.sources.sql_objects.header import sql_objects

_DECLARES = lazy_regex(r"(?:CREATE|ALTER|COMMENT)\b", re.IGNORECASE)
_GRANTS = lazy_regex(r"(?:GRANT|REVOKE)\b", re.IGNORECASE)
_NEVER = lazy_regex(
    r"(?:CREATE|ALTER)\s+(?:DATABASE|ROLE|USER|GROUP|TABLESPACE|SUBSCRIPTION|SYSTEM|SERVER)\b"
    r"|ALTER\b.*\bOWNER\s+TO\b",
    re.IGNORECASE | re.DOTALL,
)
"""Objects of a whole server, and owners, which drift does not compare."""


def objects(paths: Sequence[str], folder: str, note: Note) -> Iterator[SqlObject]:
    """Yield the objects that files declare, in the order of their names. Raises UsageError."""
    for text in paths:
        for file in _files(Path(folder, text), text):
            yield from _of_file(file, note)


def _files(path: Path, text: str) -> Sequence[Path]:
    if not path.exists():
        raise UsageError(f"sql: {text} does not exist; write a file or a folder of the project")
    files = [path] if path.is_file() else sorted(path.rglob("*.sql"))
    if not files:
        raise UsageError(f"sql: the folder {text} has no .sql file")
    return files


def _of_file(file: Path, note: Note) -> Iterator[SqlObject]:
    name, skipped = display_path(str(file)), 0
    for statement in statements(text_of(file), name):
        if _declares(statement.text):
            yield from sql_objects(statement.text, Location(name, statement.line))
        else:
            skipped += 1
    if skipped:
        count = "1 statement" if skipped == 1 else f"{skipped:,} statements"
        note(f"sql: skipped {count} of {name} that drift does not compare")


def _declares(statement: str) -> bool:
    """Return whether a statement declares an object, or privileges on tables and schemas."""
    if _GRANTS.match(statement):
        return parse(statement) is not None
    return bool(_DECLARES.match(statement)) and not _NEVER.match(statement)
