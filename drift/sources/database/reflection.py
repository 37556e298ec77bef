"""Reads the live schema: one statement for every kind, out of `pg_catalog`.

The catalog tables are read, and not the `information_schema` views over them: those hide
constraints from a role that has only SELECT, and know no index, label or NOT VALID.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any

import msgspec
import psycopg

from drift.errors import DatabaseError
from drift.kinds import KINDS
from drift.kinds.advice.details import PARTS, Details
from drift.model import DatabaseObject, Schema
from drift.report.report import Database
from drift.sources.database.catalog import Server, decode_rows, statement
from drift.sources.database.concurrent_changes import changing
from drift.sources.database.connection import Timeouts
from drift.sources.database.schema_patterns import is_pattern
from drift.sources.database.scope import Scope
from drift.sources.database.server_errors import is_vanished
from drift.sources.database.session import OwnSession, Rows, Session
from drift.sources.database.tenant_groups import TenantGroup
from drift.sources.database.unprintable import Unprinted
from drift.sources.database.version_rows import VersionRows


class Reflection(msgspec.Struct, frozen=True, kw_only=True):
    """The live schema, and the server that it was read from.

    `revisions` are the version tables of the whole database, and `details` the rows for advice, if
    the scope asks for them.
    """

    schema: Schema
    server: Server
    database: Database
    locked: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    under_way: tuple[str, ...] = ()
    tenants: tuple[TenantGroup, ...] = ()
    revisions: tuple[VersionRows, ...] = ()
    details: Details = Details()


def reflect(connection: psycopg.Connection[Any], scope: Scope, timeouts: Timeouts) -> Reflection:
    """Open the transaction and read the live schema."""
    with CatalogReading(OwnSession(connection), scope, timeouts) as reading:
        return reading.finish()


class CatalogReading:
    """A catalog statement that the server works on, and whose rows are read, until `finish`.

    The rows are read by a thread: they are too many for the socket, so that a server whose rows
    are not read stops its work. The thread runs no code but ours; the models are read by the thread
    of their caller, in which signals arrive and context variables are set.
    """

    def __init__(self, session: Session, scope: Scope, timeouts: Timeouts) -> None:
        """Send the statement after those that open the transaction, without waiting."""
        self._session = session
        self._scope = msgspec.structs.replace(scope, search_path=session.search_path)
        self._timeouts = timeouts
        self._rows = self._send(Unprinted())
        self._outcome: dict[str, list[Any]] | Exception = {}
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def __enter__(self) -> CatalogReading:
        return self

    def __exit__(self, *_: object) -> None:
        """Let the thread end before the connection is closed, which frees the thread's memory."""
        self._rows.stop()
        self._thread.join()

    def _send(self, unprinted: Unprinted) -> Rows:
        return self._session.rows(statement(self._scope, unprinted), self._timeouts)

    def _read(self) -> None:
        try:
            self._outcome = decode_rows(self._rows)
        except Exception as problem:  # noqa: BLE001 — raised again in the thread that waits
            self._outcome = problem

    def finish(self) -> Reflection:
        """Return the reflection; send the statement again if an expression could not be printed.

        The function or type that it uses was dropped a moment ago, or it is one that this role's
        session can never print.
        """
        self._thread.join()
        unprinted = Unprinted()
        for attempt in range(_ATTEMPTS):
            if not isinstance(self._outcome, Exception):
                break
            problem = self._outcome
            vanished, more = is_vanished(problem), unprinted.after(problem)
            if self._session.closed or not (vanished or more):
                raise problem
            self._session.rollback()
            unprinted = more or unprinted
            if vanished and attempt >= _PATIENCE:
                keep_changing = changing(self._session, self._scope, self._timeouts)
                subjects = unprinted.subjects | keep_changing
                unprinted = msgspec.structs.replace(unprinted, subjects=subjects)
            self._rows = self._send(unprinted)
            self._read()
        if isinstance(self._outcome, Exception):
            raise self._outcome
        return _reflection(self._session, self._scope, self._outcome)


_ATTEMPTS, _PATIENCE = 12, 3
"""Attempts to send the statement, and those after which objects that keep changing are left out."""


def _reflection(session: Session, scope: Scope, objects: Mapping[str, list[Any]]) -> Reflection:
    server: Server = objects["server"][0]
    default = default_schema(scope, server, objects["table"])
    kept = {schema if schema is not None else default for schema in scope.schemas}
    kept |= {group.example for group in objects["tenants"]}
    inside = {
        kind.name: tuple(
            item
            for item in objects[kind.name]
            if scope.everywhere or item.schema in kept or not item.schema
        )
        for kind in KINDS
    }
    return Reflection(
        schema=Schema(
            source="database",
            name=server.database,
            default_schema=default,
            objects=inside,
            search_path=server.search_path,
            not_compared={name: count for name, count in server.not_compared.items() if count},
        ),
        server=server,
        database=Database(
            host=session.host,
            name=server.database,
            role=server.role,
            server_version=server.version,
        ),
        locked=tuple(f"{t.schema}.{t.name}" for t in inside["table"] if t.locked),
        under_way=tuple(f"{i.schema}.{i.table}.{i.name}" for i in inside["index"] if i.under_way),
        tenants=tuple(objects["tenants"]),
        revisions=tuple(objects["revisions"]),
        details=Details(**{name: tuple(objects[name]) for name in PARTS}),
    )


def default_schema(scope: Scope, server: Server, tables: Iterable[DatabaseObject]) -> str:
    """Return the schema of tables that name none.

    It is the connection's, unless another one of its search path, or `public`, holds more of the
    tables that are asked for: the search path of a role that only reads need not hold the
    schema in which the application created its tables. If none of these holds any of them, it is
    the schema of the configuration that holds the most: a tenant's, for example.
    """
    if scope.default is not None:
        return scope.default
    candidates = list(dict.fromkeys((*server.search_path, "public")))
    asked = {name for schema, name in scope.tables or () if schema is None}
    counts = Counter(table.schema for table in tables if table.name in asked)
    if not any(counts[schema] for schema in candidates):
        candidates += scope.others
    return max(candidates, key=lambda schema: (counts[schema], -candidates.index(schema)))


def require_schemas(names: Iterable[str], reflection: Reflection) -> None:
    """Raise DatabaseError if one of the schemas, asked for by the user, does not exist."""
    tenants = {schema for group in reflection.tenants for schema in group.schemas}
    existing = {item.schema for item in reflection.schema.objects["schema"]} | tenants
    for name in names:
        database = reflection.database.name
        if is_pattern(name):
            if not any(fnmatchcase(schema, name) for schema in tenants):
                raise DatabaseError(f'no schema of database "{database}" matches {name}')
        elif name not in existing:
            raise DatabaseError(f'schema "{name}" does not exist in database "{database}"')
