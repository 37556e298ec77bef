"""The live side: one statement reads every kind from `pg_catalog`.

The catalog tables are read, and not the `information_schema` views over them: those hide
constraints from a role that has only SELECT, and know no index, label or NOT VALID.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fnmatch import fnmatchcase
from typing import Any, TypeAlias

import msgspec
import psycopg

from drift.errors import DatabaseError
from drift.kinds import KINDS
from drift.model import DatabaseObject, Schema
from drift.report.report import Database
from drift.sources.database.catalog import Objects, Server, statement
from drift.sources.database.changes import changing
from drift.sources.database.connection import Timeouts, begin
from drift.sources.database.printing import Unprinted
from drift.sources.database.refusals import is_vanished
from drift.sources.database.request import Request
from drift.sources.database.row_stream import Answer
from drift.sources.database.tenants import Tenants, is_pattern

Meanwhile: TypeAlias = Callable[[Callable[[], None]], None]


class Reflection(msgspec.Struct, frozen=True, kw_only=True):
    """The live schema, and the server that it was read from."""

    schema: Schema
    server: Server
    database: Database
    locked: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    under_way: tuple[str, ...] = ()
    tenants: tuple[Tenants, ...] = ()


def reflect(
    connection: psycopg.Connection[Any],
    request: Request,
    timeouts: Timeouts,
    meanwhile: Meanwhile = lambda _: None,
    unprinted: Unprinted = Unprinted(),  # noqa: B008
) -> Reflection:
    """Open the transaction, run the one statement, and read its rows.

    `meanwhile` is what there is to do while the server works; it should call what it is given
    now and then, which takes the rows that have come.
    """
    unencoded = connection.info.parameter_status("server_encoding") == "SQL_ASCII"
    version = connection.info.server_version
    text = begin(timeouts, version, unencoded=unencoded) + statement(request, unprinted)
    answer = Answer(connection.pgconn, text.encode())
    found = Objects()
    meanwhile(lambda: found.read(answer.come()))
    found.read(answer.rest())
    return _reflection(connection, request, found)


def persistently(
    connection: psycopg.Connection[Any],
    request: Request,
    timeouts: Timeouts,
    meanwhile: Meanwhile = lambda _: None,
) -> Reflection:
    """Reflect, again at once if an expression could not be printed.

    The function or type that it uses was dropped a moment ago, or it is one that this role's
    session never can print.
    """
    unprinted = Unprinted()
    for number in range(_ATTEMPTS):
        try:
            return reflect(connection, request, timeouts, meanwhile, unprinted)
        except psycopg.Error as problem:
            vanished, more = is_vanished(problem), unprinted.after(problem)
            if (not vanished and more is None) or connection.closed:
                raise
            connection.execute("ROLLBACK")
            unprinted = more or unprinted
            if vanished and number >= _PATIENCE:
                subjects = unprinted.subjects | changing(connection, request, timeouts)
                unprinted = msgspec.structs.replace(unprinted, subjects=subjects)
    return reflect(connection, request, timeouts, meanwhile, unprinted)


_ATTEMPTS, _PATIENCE = 12, 3
"""How often the statement is sent, and from which attempt on what keeps changing is left out."""


def _reflection(
    connection: psycopg.Connection[Any],
    request: Request,
    found: Objects,
) -> Reflection:
    server: Server = found.of["server"][0]
    default = default_schema(request, server, found.of["table"])
    kept = {schema if schema is not None else default for schema in request.schemas}
    kept |= {tenants.example for tenants in found.of["tenants"]}
    inside = {
        kind.name: tuple(
            item for item in found.of[kind.name] if request.everywhere or item.schema in kept
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
            host=connection.info.host or "",
            name=server.database,
            role=server.role,
            server_version=server.version,
        ),
        locked=tuple(f"{t.schema}.{t.name}" for t in inside["table"] if t.locked),
        under_way=tuple(f"{i.schema}.{i.table}.{i.name}" for i in inside["index"] if i.under_way),
        tenants=tuple(found.of["tenants"]),
    )


def default_schema(request: Request, server: Server, tables: Iterable[DatabaseObject]) -> str:
    """Return the schema of tables that name none.

    It is the connection's, unless another one of its search path, or `public`, holds more of the
    tables that are asked for: the search path of a role that only reads says little about where
    the application created its tables.
    """
    candidates = list(dict.fromkeys((*server.search_path, "public")))
    asked = {name for schema, name in request.tables or () if schema is None}
    counts = dict.fromkeys(candidates, 0)
    for table in tables:
        if table.name in asked and table.schema in counts:
            counts[table.schema] += 1
    return max(candidates, key=lambda schema: (counts[schema], -candidates.index(schema)))


def require_schemas(names: Iterable[str], reflection: Reflection) -> None:
    """Raise DatabaseError where one of the schemas, asked for by the user, does not exist."""
    found = {item.schema for item in reflection.schema.objects["schema"]}
    for name in names:
        database = reflection.database.name
        if is_pattern(name):
            if not any(fnmatchcase(tenants.example, name) for tenants in reflection.tenants):
                raise DatabaseError(f'no schema of database "{database}" matches {name}')
        elif name not in found:
            raise DatabaseError(f'schema "{name}" does not exist in database "{database}"')
