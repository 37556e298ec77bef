"""A live database as a source."""

from __future__ import annotations

import msgspec

from drift import database_url
from drift.config import Target
from drift.errors import UsageError
from drift.sources.database.connection import Timeouts, connect, parse
from drift.sources.database.reflection import Reflection, reflect, require_schemas
from drift.sources.database.retry import persist
from drift.sources.database.schema_patterns import is_pattern
from drift.sources.database.scope import DEFAULT, Scope
from drift.sources.interface import Context, Note
from drift.sources.reflected import Reflected
from drift.sources.spelling import suggestion


class DatabaseSide:
    """A live database, whose schema is read when it is needed."""

    def __init__(self, target: Target, note: Note = lambda _: None) -> None:
        """Take the target, which names the database, and the function for notes about retries."""
        self._target, self._note = target, note

    def expected(self) -> Reflected:
        """Read the schema."""
        return Reflected(self.reflection().schema, "database", self._target.name)

    def database(self) -> str:
        """Return its URL."""
        if self._target.database is None:
            raise UsageError(f"{self._target.name}: no database given")
        return self._target.database

    def reflection(self, *, everywhere: bool = False) -> Reflection:
        """Read the default schema and those that the target names, or every schema."""
        target = self._target
        named = [schema for schema in target.schemas if not is_pattern(schema)]
        scope = Scope(schemas=(DEFAULT, *named), everywhere=everywhere, revisions=True)
        address = parse(self.database())

        def read(connect_seconds: float) -> Reflection:
            limits = Timeouts(connect_seconds, target.statement_timeout, target.lock_timeout)
            with connect(address, limits) as connection:
                reflection = reflect(connection, scope, limits)
                connection.execute("ROLLBACK")
            return reflection

        reflection = persist(
            read, target.connect_timeout, lambda text: self._note(f"{target.name}: {text}")
        )
        require_schemas(named, reflection)
        return reflection


def open_database(value: str, context: Context) -> DatabaseSide:
    """Open a database by its URL, or that of the context's target.

    Raises UsageError for the name of another target: only a diff knows all of them.
    """
    target = context.target
    if value and value != target.name:
        if not database_url.is_url(value) and "=" not in value:
            raise UsageError(
                f"{target.name}: there is no source {value!r}{suggestion(value)} (`drift sources` "
                "lists the sources; `drift diff` compares two targets)"
            )
        target = msgspec.structs.replace(target, database=value)
    return DatabaseSide(target, context.note)
