"""A live database as a source."""

from __future__ import annotations

import msgspec

from drift.config import Target
from drift.errors import UsageError
from drift.sources.database.connection import Timeouts, connect, parse
from drift.sources.database.reflection import Reflection, reflect
from drift.sources.database.scope import DEFAULT, Scope
from drift.sources.interface import Context
from drift.sources.reflected import Reflected


class DatabaseSide:
    """A live database, whose schema is read when it is needed."""

    def __init__(self, target: Target) -> None:
        self._target = target

    def expected(self) -> Reflected:
        """Read the schema."""
        schema = self.reflection().schema
        return Reflected(schema, "database", self._target.name)

    def database(self) -> str:
        """Return its URL."""
        if self._target.database is None:
            raise UsageError(f"{self._target.name}: no database given")
        return self._target.database

    def reflection(self) -> Reflection:
        """Read the default schema and those that the target names."""
        target = self._target
        limits = Timeouts(target.connect_timeout, target.statement_timeout, target.lock_timeout)
        scope = Scope(schemas=(DEFAULT, *target.schemas))
        with connect(parse(self.database()), limits) as connection:
            reflection = reflect(connection, scope, limits)
            connection.execute("ROLLBACK")
        return reflection


def open_database(value: str, context: Context) -> DatabaseSide:
    """Open a database by its URL, or that of the context's target."""
    target = context.target
    if value and value != target.name:
        target = msgspec.structs.replace(target, database=value)
    return DatabaseSide(target)
