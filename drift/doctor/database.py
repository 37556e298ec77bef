"""Probes the database of a target: the connection, the server, the role and the tables."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from drift.check import reading, role_sql
from drift.check.address import address_of
from drift.check.migration_notes import unreadable
from drift.check.project_migrations import ProjectMigrations, project_migrations
from drift.config import Target
from drift.doctor.result import Result, Status, failed
from drift.errors import DriftError, ModelsError
from drift.kinds.sql.types import quote

if TYPE_CHECKING:
    from drift.sources.database.catalog import Server
    from drift.sources.database.reflection import Reflection
    from drift.sources.database.version_rows import VersionRows
    from drift.sources.interface import Expected

OLDEST = 140000
"""The oldest version of PostgreSQL that the tests run on."""


def probe(target: Target, expected: Expected | None) -> Iterator[Result]:
    """Connect and read the catalog; without an expected side, as far as that goes."""
    try:
        yield from _probe(target, expected)
    except DriftError as problem:
        topic = "models" if isinstance(problem, ModelsError) else "database"
        yield failed(target.name, problem, topic)


def _probe(target: Target, expected: Expected | None) -> Iterator[Result]:
    from drift.sources.database.connection import connect
    from drift.sources.database.reflection import reflect
    from drift.sources.database.scope import Scope

    def result(status: Status, text: str) -> Result:
        return Result(status, target.name, text)

    address, timeouts = address_of(target, os.environ), reading.timeouts_of(target)
    migrations = project_migrations(target) if expected else None
    manner = reading.Manner(migrations=migrations)
    scope = reading.scope_of(target, expected, manner) if expected else Scope(tables=frozenset())
    began = time.monotonic()
    with connect(address, timeouts) as connection:
        yield result(*_connection(connection, time.monotonic() - began))
        reflection = reflect(connection, scope, timeouts)
        seconds = time.monotonic() - began
        connection.execute("ROLLBACK")
    yield result(*_version(reflection.server))
    tables = _version_tables(migrations, reflection)
    yield result(*_role(reflection.server, tables))
    if expected is not None:
        for status, text in _tables(expected, reflection):
            yield result(status, text)
    for table in tables:
        yield result(*_migrations(table, reflection.server))
    yield result("ok", f"catalog: read in {seconds:.2f} s, including the connection")


def _connection(connection: Any, seconds: float) -> tuple[Status, str]:
    info = connection.info
    server = f"{info.host or 'the local socket'}:{info.port}, database {info.dbname}"
    local = not info.host or info.host.startswith("/") or info.host in {"localhost", "127.0.0.1"}
    if local or connection.pgconn.ssl_in_use:
        return "ok", f"connection: {server}, in {seconds:.2f} s"
    return "warn", f"connection: {server}: not encrypted; add sslmode=require to the database's URL"


def _version(server: Server) -> tuple[Status, str]:
    if server.version_number < OLDEST:
        return "warn", f"server: PostgreSQL {server.version}; drift is tested with 14 and newer"
    return "ok", f"server: PostgreSQL {server.version}"


def _role(server: Server, tables: Iterable[VersionRows]) -> tuple[Status, str]:
    if not server.excess:
        return "ok", f"role: {server.role} can only read"
    reading = (line for table in tables for line in role_sql.reading_versions(table))
    statements = dict.fromkeys((*role_sql.creating(server.database), *reading))
    return "warn", (
        f"role: {server.role} {server.excess}; drift only needs CONNECT. Create a role for it: "
        f"{'; '.join(statements)};"
    )


def _version_tables(
    migrations: ProjectMigrations | None, reflection: Reflection
) -> list[VersionRows]:
    """Return the version tables of the project's migrations; none without migrations."""
    names = migrations.environment.table.names if migrations else ()
    return [row for row in reflection.revisions if row.name in names]


def _migrations(table: VersionRows, server: Server) -> tuple[Status, str]:
    """Return whether the rows of a version table can be read."""
    if problem := unreadable(table, server.role):
        return "note", f"migrations: {problem}"
    name = f"{quote(table.schema)}.{quote(table.name)}"
    return "ok", f"migrations: the role can read {name}"


def _tables(expected: Expected, reflection: Reflection) -> Iterator[tuple[Status, str]]:
    """Yield the number of existing tables, and objects that are locked or not compared."""
    live = reflection.schema
    schema = reflection.tenants[0].example if reflection.tenants else live.default_schema
    declared = expected.declare(schema, reflection.server.version_number).objects["table"]
    by_name: dict[tuple[str, str | None], Any] = {
        (table.schema, table.name): table for table in live.objects["table"]
    }
    names = [(table.schema, table.name) for table in declared]
    existing = [by_name[name] for name in names if name in by_name]
    tables = f"tables: {len(existing)} of {len(names)} declared tables exist"
    if existing:
        yield "ok", tables
    else:
        # A single table may be new; if none of several exists, the database is the wrong one.
        hint = ": is this the right database, and were its migrations ever run?"
        yield "ok" if len(names) < 2 else "FAIL", tables + hint
    if unreadable := sum(not table.readable for table in existing):
        yield (
            "note",
            f"privileges: the role cannot read {unreadable} of them; drift compares them all the "
            "same, because it only reads the catalog",
        )
    for name in reflection.locked:
        yield "warn", f"locks: {name} is locked by another session; its expressions cannot be read"
    if live.not_compared:
        counts = ", ".join(f"{kind} ({count})" for kind, count in sorted(live.not_compared.items()))
        yield "note", f"not compared: {counts}"
