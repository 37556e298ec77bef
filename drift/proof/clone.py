"""Makes a database with the reflected live schema; it has no data of the live one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
import psycopg

from drift.kinds.sql import types
from drift.model import Schema
from drift.plan import ddl
from drift.plan.operation import TableName
from drift.plan.surroundings import Extension, Surroundings
from drift.proof.dump import Dump, DumpStatements
from drift.proof.sandbox import Sandbox, as_superuser, failure
from drift.proof.scaffold import Statement
from drift.proof.statements import Statements

_PASSES = 6
"""Attempts for statements that need each other, such as views over views."""


class Clone(msgspec.Struct, kw_only=True):
    """The outcome of cloning: the source, and the differences from the live database.

    `absent` are tables that the clone does not have; `partial` are those that lack something.
    """

    source: str = "the catalog"
    notes: list[str] = []
    absent: set[TableName] = set()
    partial: set[TableName] = set()

    def lacks(self, tables: Iterable[TableName]) -> set[TableName]:
        """Return those of the tables that are absent, or that lack something."""
        return (self.absent | self.partial) & set(tables)


class Builder:
    """Builds the clone in a sandbox, in two parts: the rows are inserted between them."""

    def __init__(
        self,
        sandbox: Sandbox,
        live: Schema,
        surroundings: Surroundings,
        dump: Dump | None = None,
    ) -> None:
        """Take the empty database, and the sources of the clone. Raises DatabaseError."""
        self.clone = Clone()
        self._sandbox = sandbox
        self._live = live
        self._reflected = Statements(live, surroundings)
        self._statements: Statements | DumpStatements = self._reflected
        self._settings = search_path(live, surroundings)
        if dump is not None:
            self._statements = DumpStatements(dump, self._reflected)
            self.clone.source = self._statements.source
            self._settings = "SET search_path = ''; SET check_function_bodies = off"

    def build(self, connection: psycopg.Connection[Any]) -> None:
        """Make everything up to the indexes."""
        if self._statements is self._reflected:
            for name, reason in self._reflected.uncloned():
                self.clone.absent.add(name)
                self.clone.notes.append(f"{ddl.path(*name)} was not cloned: {reason}")
        connection.execute(self._settings.encode())
        for stage in self._statements.before_rows():
            self._run(connection, stage)
        self._look_for_tables(connection)

    def finish(self, connection: psycopg.Connection[Any]) -> None:
        """Make the foreign keys, the views and the states of the catalog."""
        connection.execute(self._settings.encode())
        for stage in self._statements.after_rows():
            self._run(connection, stage)
        for statement in self._statements.for_superuser():
            if self._sandbox.is_superuser:
                try:
                    self._sandbox.change_catalog(statement.sql)
                except psycopg.Error as problem:
                    self._lost(statement, failure(problem))
            else:
                self._lost(statement, "the role of the scratch server is not a superuser")

    def _look_for_tables(self, connection: psycopg.Connection[Any]) -> None:
        """Remember the tables that do not exist, for any reason."""
        for table in self._live.objects.get("table", ()):
            name = (table.schema, str(table.name))
            if table.stores_rows and table.managed not in {"extension", "system"}:
                row = connection.execute(f"SELECT {ddl.to_regclass(name)}".encode()).fetchone()
                if row is None or row[0] is None:
                    self.clone.absent.add(name)

    def _run(self, connection: psycopg.Connection[Any], stage: list[Statement]) -> None:
        """Run statements until only those are left that fail again and again."""
        for _ in range(_PASSES):
            failed = self._attempt(connection, stage)
            if not failed or len(failed) == len(stage):
                break
            stage = [statement for statement, _ in failed]
        for statement, reason in failed:
            if statement.otherwise:
                self._run_parts(connection, statement)
            else:
                self._lost(statement, reason)

    def _attempt(
        self, connection: psycopg.Connection[Any], stage: list[Statement]
    ) -> list[tuple[Statement, str]]:
        failed = []
        for statement in stage:
            if statement.table in self.clone.absent:
                continue
            try:
                connection.execute(statement.sql.encode())
            except psycopg.Error as problem:
                if connection.closed:
                    raise
                failed.append((statement, failure(problem)))
        return failed

    def _run_parts(self, connection: psycopg.Connection[Any], statement: Statement) -> None:
        for part in statement.otherwise:
            if not part.sql:
                self._lost(part, "its table could not be created with it")
                continue
            for failed, reason in self._attempt(connection, [part]):
                self._lost(failed, reason)

    def _lost(self, statement: Statement, reason: str) -> None:
        """Note once an object that the clone lacks."""
        if statement.table is not None:
            is_table = statement.what.startswith(("the table", "the partition", "the view"))
            (self.clone.absent if is_table else self.clone.partial).add(statement.table)
        self.clone.notes.append(f"{statement.what} could not be cloned: {reason}")


def search_path(live: Schema, surroundings: Surroundings) -> str:
    """Return the setting by which names of operators and operator classes mean the same."""
    schemas = dict.fromkeys((
        *live.search_path, live.default_schema, *(e.schema for e in surroundings.extensions)
    ))  # fmt: skip
    return f"SET search_path = {', '.join(map(types.quote, schemas))}, pg_temp"


def create_extensions(sandbox: Sandbox, extensions: Iterable[Extension]) -> list[str]:
    """Create extensions before anything else is in the database; return notes about absent ones.

    They are made by the superuser, if there is one: only a superuser may create many of them.
    """
    notes: list[str] = []
    with as_superuser(sandbox.database.url) as connection:
        for extension in extensions:
            name, schema = types.quote(extension.name), types.quote(extension.schema)
            make = f"CREATE EXTENSION IF NOT EXISTS {name}"
            try:
                _own_schema(connection, extension.schema, sandbox.owner["user"])
                try:
                    connection.execute(f"{make} SCHEMA {schema} CASCADE".encode())
                except psycopg.errors.FeatureNotSupported:  # it has a schema of its own
                    connection.execute(f"{make} CASCADE".encode())
            except psycopg.Error as problem:
                notes.append(f"the extension {name} could not be created: {failure(problem)}")
    return notes


def _own_schema(connection: psycopg.Connection[Any], schema: str, owner: str) -> None:
    if schema == "public" or schema.startswith("pg_"):
        return
    connection.execute(
        f"CREATE SCHEMA IF NOT EXISTS {types.quote(schema)}"
        f" AUTHORIZATION {types.quote(owner)}".encode()
    )
