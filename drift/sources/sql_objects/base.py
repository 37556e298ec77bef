"""A scratch database with the tables of the expected side, and copies of it for the objects."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from drift.errors import DatabaseError
from drift.kinds.sql import types
from drift.kinds.sql_object import SqlObject
from drift.redaction import known
from drift.sources.sql_objects.creation import create, create_with_stand_ins, settle
from drift.sources.sql_objects.trees import Trees, trees

if TYPE_CHECKING:
    import psycopg

    from drift.scratch import Scratch, ScratchDatabase

_ROLE = "drift_objects"
"""The role that creates the definitions of the live database, on a server of our own.

It is no superuser: a text that a server claims to be a definition can load no library.
"""
_SCHEMAS = b"""
SELECT nspname FROM pg_catalog.pg_namespace WHERE nspname !~ '^(pg_|information_schema$)'
"""


class LiveCopy(NamedTuple):
    """The live objects of a copy, why others could not be created, and parsed queries."""

    failed: Mapping[Any, str]
    objects: Mapping[str, tuple[Any, ...]]
    trees: Trees


class Base:
    """A scratch database with the tables, and the declared objects that a copy of it has."""

    def __init__(
        self,
        scratch: Scratch,
        statements: tuple[Iterable[str], Iterable[str]],
        path: Sequence[str],
        seconds: float,
    ) -> None:
        """Run the statements: those for schemas and extensions, and those for tables."""
        self._scratch, self._path, self._seconds = scratch, path, seconds
        self._database = scratch.keep(scratch.database())
        with self._connected(self._database) as connection:
            first, needed = statements
            create(connection, {statement: (statement,) for statement in first})
            self._use_role(connection, owner=True)
            create(connection, {statement: (statement,) for statement in needed})
        self.objects: Mapping[str, tuple[Any, ...]] = {}
        self.failed: Mapping[SqlObject, str] = {}
        self.trees: Trees = {}

    def declare(self, objects: Iterable[SqlObject], kinds: Collection[str]) -> None:
        """Create the declared objects in a copy, and read them."""
        statements = {item: item.statements for item in objects}
        with self._copy() as database:
            with self._connected(database) as connection:
                self.failed = create(connection, statements)
                self.trees = trees(connection)
            self.objects = _read(database, kinds, self._seconds)

    def with_live(
        self,
        first: Iterable[str],
        items: Mapping[Any, Sequence[str]],
        stand_ins: Mapping[Any, str],
        kinds: Collection[str],
    ) -> LiveCopy:
        """Create live objects in a copy of the tables."""
        with self._copy() as database:
            with self._connected(database) as connection:
                self._use_role(connection)
                create(connection, {statement: (statement,) for statement in first})
                failed = create_with_stand_ins(connection, items, stand_ins)
                parsed = trees(connection)
            return LiveCopy(failed, _read(database, kinds, self._seconds), parsed)

    def _copy(self) -> AbstractContextManager[ScratchDatabase]:
        return self._scratch.database(template=str(self._database.parameters["dbname"]))

    def _use_role(self, connection: psycopg.Connection[Any], *, owner: bool = False) -> None:
        """Continue without the privileges of a superuser, if the server is our own."""
        if not self._database.is_bundled:
            return
        if owner:
            self._database.create_role(_ROLE)
            for (schema,) in connection.execute(_SCHEMAS).fetchall():
                own = f"ALTER SCHEMA {types.quote(schema)} OWNER TO {_ROLE}"
                connection.execute(own.encode())
        connection.execute(f"SET ROLE {_ROLE}".encode())

    @contextmanager
    def _connected(self, database: ScratchDatabase) -> Iterator[psycopg.Connection[Any]]:
        import psycopg

        try:
            with psycopg.connect(database.url, autocommit=True) as connection:
                settle(connection, self._path, self._seconds)
                yield connection
        except psycopg.Error as problem:
            line = str(problem).partition("\n")[0]
            raise DatabaseError(f"scratch: {known().message(line)}") from None


def _read(
    database: ScratchDatabase, kinds: Collection[str], seconds: float
) -> Mapping[str, tuple[Any, ...]]:
    from drift.sources.database.connection import Timeouts, connect, parse
    from drift.sources.database.reflection import reflect
    from drift.sources.database.scope import Scope

    limits = Timeouts(statement=seconds)
    scope = Scope(everywhere=True, tables=frozenset(), kinds=frozenset(kinds))
    with connect(parse(database.url), limits) as connection:
        reflection = reflect(connection, scope, limits)
        connection.execute("ROLLBACK")
    return {kind: reflection.schema.objects[kind] for kind in kinds}
