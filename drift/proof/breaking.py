"""Rows that break the assumptions of a plan: each precheck must find one, or says nothing.

They are inserted into a copy of the clone, and rolled back. Constraints that would refuse such
a row today are dropped before: the row stands for a live one that came in before the constraint.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import psycopg

from drift.kinds.sql import types
from drift.kinds.sql.text import string_literal
from drift.plan import ddl
from drift.plan.operation import TableName
from drift.plan.step import Plan
from drift.proof.candidates import mentioned
from drift.proof.content import shape
from drift.proof.measure import Meter
from drift.proof.prechecks import Placed, violations
from drift.proof.sandbox import Sandbox, failure
from drift.proof.seed import Seed
from drift.proof.values import N

_LITERAL = re.compile(r"'((?:[^']|'')*)'")
_NUMBER = re.compile(r"(?<![\w.'\"])-?\d+(?![\w.'\"])")
_VALUES = (
    "drift: no such value", "", "x" * 300, "-1", "0", "9999999", "9999999999", "0.123456789",
    "123456.789", "2099-12-31", "2020-01-01 00:00:00.123456",
    "ffffffff-ffff-ffff-ffff-ffffffffffff", "[]", "{}", "t", "f",
)  # fmt: skip
_CONSTRAINTS = """
SELECT conname FROM pg_constraint
WHERE conrelid = {table} AND contype IN ('p', 'u', 'c', 'x', 'f') AND conislocal
"""
_UNIQUE_INDEXES = """
SELECT n.nspname, c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
JOIN pg_namespace n ON n.oid = c.relnamespace WHERE i.indrelid = {table} AND i.indisunique
"""


class Broken(NamedTuple):
    """A precheck, and the statement that inserted a row that it finds; "" if none was made.

    `reason` is the error of the precheck, which ends the plan, too, but names no row.
    """

    placed: Placed
    insert: str = ""
    reason: str = ""


class Breaker:
    """Makes the rows in a session of the copy."""

    def __init__(self, connection: psycopg.Connection[Any], seed: Seed) -> None:
        """Take the session, and the facts about the tables."""
        self._connection = connection
        self._seed = seed

    def break_(self, each: Placed) -> Broken:
        """Try rows until the precheck finds one."""
        broken = Broken(each)
        for table in each.tables:
            try:
                with self._connection.transaction(force_rollback=True):
                    self._relax(table)
                    broken = self._caught(each, table)
            except psycopg.Error as problem:
                if self._connection.closed:
                    raise
                broken = Broken(each, reason=failure(problem))
            if broken.insert:
                break
        return broken

    def _caught(self, each: Placed, table: TableName) -> Broken:
        before = len(violations(self._connection, each.precheck))
        failed = Broken(each)
        for insert in self._inserts(each, table):
            is_caught, reason = self._attempt(insert, each, before)
            if is_caught:
                return Broken(each, insert)
            if reason and not failed.reason:
                failed = Broken(each, insert, reason)
        return failed

    def _attempt(self, insert: str, each: Placed, before: int) -> tuple[bool, str]:
        """Return whether the precheck finds the row, and its error if it fails because of it."""
        try:
            with self._connection.transaction(force_rollback=True):
                self._connection.execute(insert.encode())
                try:
                    return len(violations(self._connection, each.precheck)) > before, ""
                except psycopg.DataError as problem:
                    return False, failure(problem)
        except psycopg.Error:
            if self._connection.closed:
                raise
            return False, ""

    def _relax(self, table: TableName) -> None:
        """Drop the constraints and disable the triggers that refuse rows of the table."""
        path, number = ddl.path(*table), ddl.to_regclass(table)
        names = self._connection.execute(_CONSTRAINTS.format(table=number).encode()).fetchall()
        for (name,) in names:
            self._drop(f"ALTER TABLE {path} DROP CONSTRAINT {types.quote(name)} CASCADE")
        indexes = self._connection.execute(_UNIQUE_INDEXES.format(table=number).encode())
        for schema, name in indexes.fetchall():
            self._drop(f"DROP INDEX {ddl.path(schema, name)} CASCADE")
        self._drop(f"ALTER TABLE {path} DISABLE TRIGGER USER")
        for column in self._seed.columns(table):
            if not column.nullable and not column.identity:
                name = types.quote(str(column.name))
                self._drop(f"ALTER TABLE {path} ALTER COLUMN {name} DROP NOT NULL")

    def _drop(self, statement: str) -> None:
        try:
            with self._connection.transaction():
                self._connection.execute(statement.encode())
        except psycopg.Error:
            if self._connection.closed:
                raise

    def _inserts(self, each: Placed, table: TableName) -> Iterator[str]:
        """Yield statements: a row again, or with another value in a column of the query."""
        kinds = {str(c.name): c.type for c in self._seed.columns(table) if not c.generated}
        query = each.precheck.query
        named = sorted(mentioned(query, kinds))
        literals = [text.replace("''", "'") for text in _LITERAL.findall(query)]
        near = [str(int(n) + step) for n in _NUMBER.findall(query) for step in (-1, 0, 1)]
        unique = {
            name: self._seed.values.expression(kinds[name]).replace(N, "7777")
            for name in self._seed.unique_columns(table)
            if name in kinds
        }
        # a row with new keys is one that the constraints of today accept
        others = {name: value for name, value in unique.items() if name not in named}
        values = dict.fromkeys((*_VALUES, *near, *literals))
        for fresh in (unique, others) if others != unique else (unique,):
            yield _insert(table, kinds, fresh)
            for name in named:
                yield _insert(table, kinds, fresh | {name: "NULL"})
            for value in values:
                for name in named:
                    text = f"{{{value}}}" if kinds[name].endswith("[]") else value
                    typed = f"{string_literal(text)}::{kinds[name]}"
                    yield _insert(table, kinds, fresh | {name: typed})


def _insert(table: TableName, columns: Iterable[str], changes: Mapping[str, str]) -> str:
    """Return a statement that copies the row with the fewest NULLs, with changed values."""
    path, names = ddl.path(*table), ", ".join(map(types.quote, columns))
    values = ", ".join(changes.get(name, types.quote(name)) for name in columns)
    return (
        f"INSERT INTO {path} ({names}) OVERRIDING SYSTEM VALUE SELECT {values} FROM {path}"
        f" ORDER BY num_nulls({names}), ctid LIMIT 1"
    )


class Failure(NamedTuple):
    """The first step that failed on a broken row, and whether it left anything behind.

    Without a title, no such row could be inserted under the constraints of today.
    """

    title: str
    is_whole: bool


def fail(sandbox: Sandbox, plan: Plan, broken: list[Broken]) -> Failure | None:
    """Run the plan without its prechecks over a broken row, until a step fails.

    None if no step failed.
    """
    meter = Meter(sandbox, plan)
    if not any(_insert_broken(meter.connection, each) for each in broken if each.insert):
        return Failure("", is_whole=True)
    for step in plan.running:
        before = shape(meter.connection)
        try:
            meter.run(step)
        except psycopg.Error:
            if meter.connection.closed:
                raise
            whole = not step.transactional or shape(meter.connection) == before
            return Failure(step.title, whole)
    return None


def _insert_broken(connection: psycopg.Connection[Any], broken: Broken) -> bool:
    try:
        return connection.execute(broken.insert.encode()).rowcount > 0
    except psycopg.Error:
        if connection.closed:
            raise
        return False
