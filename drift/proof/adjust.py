"""Changes the synthetic rows until the prechecks of a plan pass: a text holds UUIDs then.

Values that most rows have wrong are replaced in all of them; other rows are deleted.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg

from drift.kinds.sql import types
from drift.kinds.sql.text import string_literal
from drift.plan import ddl
from drift.plan.operation import TableName
from drift.plan.step import Plan, Precheck
from drift.proof.candidates import mentioned
from drift.proof.clone import Clone
from drift.proof.prechecks import Placed, placed, violations
from drift.proof.seed import Seed, do
from drift.proof.values import N

_ALTERNATIVES = (
    "uuid", "integer", "bigint", "numeric", "boolean", "date", "timestamp with time zone", "jsonb",
    "inet", "interval", "time without time zone", "macaddr", "double precision",
)  # fmt: skip
_ROUNDS = 3
"""Rounds of deleting rows, and those that refer to them."""


class Adjustment:
    """Fills the clone so that the plan's early prechecks find no row."""

    def __init__(
        self, connection: psycopg.Connection[Any], seed: Seed, plan: Plan, clone: Clone
    ) -> None:
        """Take the owner's session, and the seed that fills the tables."""
        self._connection = connection
        self._seed = seed
        self._plan = plan
        self._clone = clone
        self._overrides: dict[tuple[TableName, str], str] = {}

    def fill(self) -> int:
        """Fill the tables and return the number of rows."""
        self._overrides = {**dict(self._of_other_ends()), **dict(self._of_type_changes())}
        rows = self._seed.fill(self._clone.absent, self._overrides)
        failing = [each for each in self._placed() if self._failures(each.precheck)]
        known = len(self._overrides)
        for each in failing:
            self._replace(each)
        if len(self._overrides) > known:
            rows = self._seed.fill(self._clone.absent, self._overrides)
        for _ in range(_ROUNDS):
            rows -= sum(self._delete(each) for each in failing)
            orphans = self._seed.delete_orphans(self._clone.absent)
            rows -= orphans
            if not orphans:
                break
        return rows

    def _placed(self) -> list[Placed]:
        return placed(self._plan, (t for t in self._seed.tables if t not in self._clone.absent))

    def _of_type_changes(self) -> Iterator[tuple[tuple[TableName, str], str]]:
        """Yield values of the new type as the old one, for columns whose type the plan changes."""
        for step in self._plan.running:
            for operation in step.operations:
                old = operation.options.get("converts")
                if operation.action != "alter_type" and old is None:
                    continue
                wanted = operation.item
                table, name = self._root(ddl.table_name(wanted), old or str(wanted.name))
                present = self._column(table, name)
                was_text = present is not None and self._is_text(present.type)
                if was_text and not self._is_text(wanted.type):
                    yield (table, name), self._seed.values.text(wanted.type)

    def _of_other_ends(self) -> Iterator[tuple[tuple[TableName, str], str]]:
        """Yield values for texts that a column of another type refers to, such as a UUID.

        A plan may add the foreign key once it has changed the type of one end.
        """
        for table in self._seed.tables:
            for key in self._seed.foreign_keys(table):
                for name in key.columns:
                    root = self._root(table, name)
                    own, other = self._column(table, name), self._column(*root)
                    if own is None or other is None or root == (table, name):
                        continue
                    if self._is_text(other.type) and not self._is_text(own.type):
                        yield root, self._seed.values.text(own.type)

    def _is_text(self, type_: str) -> bool:
        family = types.bare(types.family(self._seed.values.base(type_)))
        return family in {"text", "character varying", "character", "bpchar", "citext"}

    def _column(self, table: TableName, name: str) -> Any:
        return next((c for c in self._seed.columns(table) if c.name == name), None)

    def _root(self, table: TableName, name: str) -> tuple[TableName, str]:
        """Return the column that a foreign key's column takes its values from."""
        for _ in range(20):
            targets = [
                ((key.target_schema, key.target_table), target)
                for key in self._seed.foreign_keys(table)
                for own, target in zip(key.columns, key.target_columns, strict=False)
                if own == name and (key.target_schema, key.target_table) != table
            ]
            if not targets:
                break
            table, name = targets[0]
        return table, name

    def _failures(self, precheck: Precheck) -> int:
        try:
            return len(violations(self._connection, precheck))
        except psycopg.Error:
            if self._connection.closed:
                raise
            return 0

    def _replace(self, each: Placed) -> None:
        """Look for values that pass, if most rows fail."""
        failures = self._failures(each.precheck)
        for table in each.tables[:1]:
            columns = {str(c.name): c for c in self._seed.columns(table) if not c.generated}
            path = ddl.path(*table)
            row = self._connection.execute(f"SELECT count(*) FROM {path}".encode()).fetchone()
            if not row or failures * 2 < row[0]:
                return
            for name in sorted(mentioned(each.precheck.query, columns)):
                if self._is_text(columns[name].type):
                    self._try(each.precheck, table, name, failures)

    def _try(self, precheck: Precheck, table: TableName, name: str, failures: int) -> None:
        best = failures
        root = self._root(table, name)
        for type_ in (*_ALTERNATIVES, *self._seed.values.enums):
            value = self._seed.values.text(type_)
            left = self._with(precheck, table, name, value)
            if left < best:
                best, self._overrides[root] = left, value
            if not left:
                break

    def _with(self, precheck: Precheck, table: TableName, name: str, value: str) -> int:
        """Return the failures if all rows had this value, which is not kept."""
        path, column = ddl.path(*table), types.quote(name)
        statement = (
            f"UPDATE {path} t SET {column} = {value} FROM (SELECT ctid AS id, tableoid AS part,"
            f" row_number() OVER () - 1 AS {N} FROM {path}) n"
            f" WHERE t.ctid = n.id AND t.tableoid = n.part AND t.{column} IS NOT NULL"
        )
        try:
            with self._connection.transaction(force_rollback=True):
                self._connection.execute(statement.encode())
                return len(violations(self._connection, precheck))
        except psycopg.Error:
            if self._connection.closed:
                raise
            return 1_000_000

    def _delete(self, each: Placed) -> int:
        """Delete the rows that a precheck names, or else each row without which it finds less."""
        if not each.tables or not self._failures(each.precheck):
            return 0
        table = each.tables[0]
        columns = mentioned(each.precheck.query, (str(c.name) for c in self._seed.columns(table)))
        same = " OR ".join(f"t.{types.quote(c)}::text = q.value" for c in sorted(columns))
        statement = (
            f"DELETE FROM {ddl.path(*table)} t USING ({each.precheck.query}) q"
            f" WHERE t.ctid::text = q.value{f' OR {same}' if same else ''}"
        )
        before = self._count(table)
        path, names = ddl.path(*table), ", ".join(map(types.quote, sorted(columns)))
        again = (
            f"DELETE FROM {path} t USING (SELECT ctid AS id, tableoid AS part, row_number() OVER"
            f" (PARTITION BY {names} ORDER BY ctid) AS number FROM {path}) d"
            f" WHERE t.ctid = d.id AND t.tableoid = d.part AND d.number > 1"
        )
        attempts = [statement, again if names else "", _greedy(table, each.precheck)]
        if "GROUP BY" in each.precheck.query:  # one row of each group may stay
            attempts = attempts[1:] + attempts[:1]
        for attempt in attempts:
            if attempt and (failures := self._failures(each.precheck)):
                self._attempt(attempt, each.precheck, failures)
        return before - self._count(table)

    def _count(self, table: TableName) -> int:
        query = f"SELECT count(*) FROM {ddl.path(*table)}"
        row = self._connection.execute(query.encode()).fetchone()
        return int(row[0]) if row else 0

    def _attempt(self, statement: str, precheck: Precheck, failures: int) -> None:
        """Run a statement that deletes rows; undo it unless the precheck finds less then."""
        try:
            with self._connection.transaction():
                self._connection.execute(statement.encode())
                if len(violations(self._connection, precheck)) >= failures:
                    raise psycopg.Rollback
        except psycopg.Error:
            if self._connection.closed:
                raise


def _greedy(table: TableName, precheck: Precheck) -> str:
    """Return a block that deletes each row without which the precheck finds less."""
    count = f"EXECUTE {string_literal(f'SELECT count(*) FROM ({precheck.query}) q')} INTO"
    path = ddl.path(*table)
    return do(f"""DECLARE r record; known bigint; now bigint;
BEGIN
  {count} known;
  FOR r IN SELECT ctid AS id, tableoid AS part FROM {path} LOOP
    EXIT WHEN known = 0;
    BEGIN
      DELETE FROM {path} WHERE ctid = r.id AND tableoid = r.part;
      {count} now;
      IF now >= known THEN RAISE EXCEPTION 'kept'; END IF;
      known := now;
    EXCEPTION WHEN raise_exception THEN NULL;
    END;
  END LOOP;
END""")
