"""Runs SQL files on a scratch database, whose schema is the source."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from drift.config.yaml_source import display_path
from drift.errors import MigrationsError, UsageError
from drift.redaction import known
from drift.scratch import ScratchDatabase
from drift.sources.interface import Context
from drift.sources.migrations.failures import ROLE, advice
from drift.sources.reflected import Reflected
from drift.sources.scratch_database import reflected
from drift.sources.sql_files.files import files_of, text_of
from drift.sources.sql_files.script import Statement, statements

if TYPE_CHECKING:
    import psycopg

_IGNORED = frozenset(
    "\\connect \\c \\restrict \\unrestrict \\set \\unset \\echo \\qecho \\warn \\timing \\pset "
    "\\encoding \\x \\t \\a \\q \\quit \\.".split()
)
"""Commands of psql that change nothing in the schema."""
_INCLUDES = frozenset("\\i \\ir \\include \\include_relative".split())
_SKIPPED = re.compile(
    r"(?:GRANT|REVOKE)\b|ALTER\s+DEFAULT\s+PRIVILEGES\b|ALTER\s+SYSTEM\b|ALTER\b.*\sOWNER\s+TO\b"
    r"|(?:CREATE|ALTER|DROP)\s+(?:DATABASE|ROLE|USER(?!\s+MAPPING)|GROUP|TABLESPACE|SUBSCRIPTION)\b"
    r"|COMMENT\s+ON\s+(?:DATABASE|ROLE|TABLESPACE|SUBSCRIPTION)\b|SECURITY\s+LABEL\b",
    re.IGNORECASE | re.DOTALL,
)
"""Owners, privileges, and objects of the whole server: drift does not compare them."""
_TOLERATED = (
    ("42704", re.compile(r"SET\b", re.IGNORECASE)),  # a setting of another version
    ("42P06", re.compile(r"CREATE\s+SCHEMA\s+\"?public\b", re.IGNORECASE)),  # exists
)
_MOST_ROLES, _MOST_INCLUDES = 50, 20


class SqlSide:
    """A scratch database in which SQL files were run."""

    def __init__(self, database: ScratchDatabase, name: str, context: Context) -> None:
        self._database, self._name, self._context = database, name, context

    @cached_property
    def _reflected(self) -> Reflected:
        return Reflected(reflected(self._database.url, self._context.target), "sql", self._name)

    def expected(self) -> Reflected:
        """Read the schema of the scratch database."""
        return self._reflected

    def database(self) -> str:
        """Return the URL of the scratch database, which stays until the server is closed."""
        return self._database.url


class MissingRole(Exception):  # noqa: N818 — the run is repeated with the role
    """A statement names a role that the server does not have."""


def open_sql(value: str, context: Context) -> SqlSide:
    """Run a file, or the files of a folder; paths begin as those of snapshots do."""
    if not value:
        raise UsageError("sql: names no file; write sql:FILE or sql:FOLDER")
    path = Path(*context.target.path[-1:], value)
    files, name = files_of(path, context.note), display_path(path)
    context.scratch.begin()
    context.note(f"{context.target.name}: running the SQL files of {name} ({len(files)})")
    for _ in range(_MOST_ROLES):
        database = context.scratch.keep(context.scratch.database())
        try:
            _run_all(files, database, context.target.migrations.timeout)
            return SqlSide(database, name, context)
        except MissingRole as missing:
            database.create_role(str(missing))
    raise MigrationsError(f"sql: {name} names more than {_MOST_ROLES} roles")


def _run_all(files: Sequence[Path], database: ScratchDatabase, seconds: float) -> None:
    """Run each file in a session of its own: the settings of one are not those of the next."""
    import psycopg

    for path in files:
        with psycopg.connect(database.url, autocommit=True) as connection:
            timer = threading.Timer(seconds, connection.cancel)
            timer.daemon = True
            timer.start()
            try:
                for name, statement in _statements(path):
                    _run(connection, statement, f"{name}:{statement.line}", database)
            finally:
                timer.cancel()


def _statements(path: Path, depth: int = 0) -> Iterator[tuple[Path, Statement]]:
    """Yield the statements of a file, and of those that it includes."""
    databases: set[str] = set()
    for statement in statements(text_of(path), str(path)):
        if not statement.is_command:
            if not _SKIPPED.match(statement.text):
                yield path, statement
            continue
        command, *words = statement.text.split()
        if command in {"\\q", "\\quit"}:
            return
        if command in {"\\connect", "\\c"}:
            databases |= set(words[:1]) - {"-", "template1", "postgres"}
        if command in _INCLUDES and words and depth < _MOST_INCLUDES:
            yield from _statements(_included(path, command, words[0]), depth + 1)
        elif command not in _IGNORED or len(databases) > 1:
            reason = "the file holds several databases; dump only one"
            if command not in _IGNORED:
                reason = f"psql's {command} is not supported; remove it"
            raise MigrationsError(f"{path}:{statement.line}: {reason}")


def _included(path: Path, command: str, word: str) -> Path:
    name = word.strip("'\"")
    return path.parent / name if command in {"\\ir", "\\include_relative"} else Path(name)


def _run(
    connection: psycopg.Connection[Any], statement: Statement, at: str, database: ScratchDatabase
) -> None:
    """Run a statement. Raises MigrationsError, and MissingRole if the role may be created."""
    import psycopg

    try:
        connection.execute(statement.text.encode())
    except psycopg.Error as problem:
        state = problem.sqlstate
        if any(code == state and text.match(statement.text) for code, text in _TOLERATED):
            return
        line = problem.diag.message_primary or str(problem).partition("\n")[0]
        role = ROLE.search(line)
        if role and state == "42704" and database.is_bundled:
            raise MissingRole(role[1]) from None
        if isinstance(problem, psycopg.errors.QueryCanceled):
            line = "not finished in time; raise migrations: timeout:"
        hint = "".join(f" ({text})" for text in advice(line, of_migrations=False))
        raise MigrationsError(f"{at}: {known().message(line)}{hint}") from None
