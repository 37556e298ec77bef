"""Fills a clone with synthetic rows that satisfy its types, keys and checks.

User triggers do not run: a reflected clone has none, and those of a dump come after the rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import psycopg

from drift.kinds.sql import types
from drift.kinds.table.table import Table
from drift.model import Schema
from drift.plan import ddl
from drift.plan.operation import TableName
from drift.plan.step import Plan
from drift.plan.surroundings import Surroundings
from drift.proof.candidates import IS_VALID, Check, mentioned
from drift.proof.rows import Insert, Plot
from drift.proof.sandbox import failure
from drift.proof.values import Values

Overrides = Mapping[tuple[TableName, str], str]
"""Expressions for the values of columns, by table and column."""

_PARTITION_CHECKS = """
SELECT string_agg('(' || pg_get_partition_constraintdef(t.relid) || ')', ' OR ')
FROM pg_partition_tree({table}) t WHERE t.isleaf AND t.level > 0
"""


class Seed:
    """Fills the tables of a clone, parents before children.

    With a `plan`, the rows also satisfy the checks and foreign keys that it adds.
    """

    def __init__(
        self,
        connection: psycopg.Connection[Any],
        live: Schema,
        surroundings: Surroundings,
        plan: Plan | None = None,
    ) -> None:
        """Take the owner's session and the facts about the clone."""
        self._connection = connection
        if connection.info.server_version < 160000:
            connection.execute(IS_VALID)
        self._live = live
        added = [op.item for s in (plan.running if plan else ()) for op in s.operations]
        self._added = [item for item in added if item is not None]
        self.values = Values(live, self._added)
        self.notes: list[str] = []
        partitions = {(part.schema, part.name) for part in surroundings.partitions}
        self.tables: dict[TableName, Table] = {
            (t.schema, str(t.name)): t
            for t in live.objects.get("table", ())
            if t.stores_rows and (t.schema, t.name) not in partitions
            and t.managed not in {"extension", "system", "partition"}
        }  # fmt: skip

    def fill(self, absent: Iterable[TableName] = (), overrides: Overrides | None = None) -> int:
        """Replace the rows, and return their number."""
        self.notes.clear()
        absent = set(absent)
        tables = [table for table in self._in_order() if table not in absent]
        self._empty(tables)
        seeded: set[TableName] = set()
        total = 0
        for table in tables:
            total += self._fill(table, frozenset(seeded), overrides or {})
            seeded.add(table)
        return total - self.delete_orphans(absent)

    def columns(self, table: TableName) -> tuple[Any, ...]:
        """Return the columns of a table."""
        return tuple(self._of("column", table))

    def unique_columns(self, table: TableName) -> set[str]:
        """Return the columns of keys and unique indexes, without those of foreign keys."""
        names = {n for kind in ("primary-key", "unique") for item in self._of(kind, table)
                 for n in item.columns}  # fmt: skip
        names |= {
            k.column for i in self._of("index", table) if i.unique for k in i.keys if k.column
        }
        return names - {n for key in self.foreign_keys(table) for n in key.columns}

    def foreign_keys(self, table: TableName, *, added: bool = True) -> list[Any]:
        """Return the foreign keys of a table; with `added`, those of the plan, too."""
        keys = list(self._of("foreign-key", table))
        if added:
            keys += [i for i in self._added if type(i).__name__ == "ForeignKey"
                     and ddl.table_name(i) == table]  # fmt: skip
        return keys

    def _of(self, kind: str, table: TableName) -> Iterable[Any]:
        return (i for i in self._live.objects.get(kind, ()) if ddl.table_name(i) == table)

    def _in_order(self) -> list[TableName]:
        """Return the tables with parents first; the tables of a cycle keep their order."""
        parents = {
            table: {(k.target_schema, k.target_table) for k in self.foreign_keys(table)} - {table}
            for table in self.tables
        }
        ordered: list[TableName] = []
        waiting = list(self.tables)
        while waiting:
            ready = [t for t in waiting if not parents[t] & set(waiting)] or waiting[:1]
            ordered += ready
            waiting = [table for table in waiting if table not in ready]
        return ordered

    def _empty(self, tables: Iterable[TableName]) -> None:
        paths = ", ".join(ddl.path(*table) for table in tables)
        if paths:
            self._connection.execute(f"TRUNCATE {paths}".encode())

    def _fill(self, table: TableName, seeded: frozenset[TableName], overrides: Overrides) -> int:
        columns = self.columns(table)
        own = {name: sql for (of, name), sql in overrides.items() if of == table}
        key = {name for item in self._of("primary-key", table) for name in item.columns}
        plot = Plot(
            table, columns, tuple(self._checks(table, [str(c.name) for c in columns])),
            tuple(self.foreign_keys(table)), frozenset(key), own, seeded,
        )  # fmt: skip
        if not columns or self._cannot_hold_rows(table):
            return 0
        version = self._connection.info.server_version
        insert = Insert(plot, self.values, server_version=version)
        try:
            rows = self._connection.execute(insert.statement().encode()).rowcount
        except psycopg.Error as problem:
            if self._connection.closed:
                raise
            rows, reason = self._one_by_one(plot), failure(problem)
        else:
            reason = "no value satisfies its checks and partitions"
        if rows == 0:
            self.notes.append(f"{ddl.path(*table)} has no synthetic rows: {reason}")
        return rows

    def _cannot_hold_rows(self, table: TableName) -> bool:
        """Return whether a partitioned table has no partition."""
        if not self.tables[table].partition_key:
            return False
        query = f"SELECT FROM pg_partition_tree({ddl.to_regclass(table)}) t WHERE t.isleaf"
        leaves = self._connection.execute(f"{query} AND t.level > 0 LIMIT 1".encode())
        return leaves.fetchone() is None

    def _one_by_one(self, plot: Plot) -> int:
        """Insert each row by itself, so that a row that is refused does not stop the others.

        If there is none, the values of the checks come from the row's number, too.
        """
        for checks in (plot.checks, ()):
            attempt = plot._replace(checks=checks)
            version = self._connection.info.server_version
            insert = Insert(attempt, self.values, server_version=version)
            try:
                self._connection.execute(_loop(insert).encode())
            except psycopg.Error:
                if self._connection.closed:
                    raise
            path = ddl.path(*plot.table)
            row = self._connection.execute(f"SELECT count(*) FROM {path}".encode()).fetchone()
            if row and row[0]:
                return int(row[0])
        return 0

    def _checks(self, table: TableName, columns: list[str]) -> Iterable[Check]:
        items = [*self._of("check", table)]
        items += [i for i in self._added
                  if type(i).__name__ == "Check" and ddl.table_name(i) == table]  # fmt: skip
        texts = [item.expression for item in items if item.expression]
        if self.tables[table].partition_key:
            query = _PARTITION_CHECKS.format(table=ddl.to_regclass(table))
            row = self._connection.execute(query.encode()).fetchone()
            texts += [row[0]] if row and row[0] else []
        for text in texts:
            names = mentioned(text, columns)
            if names:
                yield Check(text, names)

    def delete_orphans(self, absent: Iterable[TableName] = ()) -> int:
        """Delete rows whose foreign keys refer to no row, and then those that refer to these."""
        present, deleted = self.tables.keys() - set(absent), 0
        statements = [
            _orphans(key)
            for table in present
            for key in self.foreign_keys(table, added=False)
            if (key.target_schema, key.target_table) in present
        ]
        for _ in range(10):
            now = sum(self._connection.execute(sql.encode()).rowcount for sql in statements)
            deleted += now
            if not now:
                break
        return deleted


def _orphans(key: Any) -> str:
    parent = ddl.path(key.target_schema, key.target_table)
    pairs = list(zip(key.columns, key.target_columns, strict=True))
    given = " AND ".join(f"c.{types.quote(own)} IS NOT NULL" for own, _ in pairs)
    same = " AND ".join(f"p.{types.quote(to)} = c.{types.quote(own)}" for own, to in pairs)
    return (
        f"DELETE FROM {ddl.table_path(key)} c WHERE {given}"
        f" AND NOT EXISTS (SELECT FROM {parent} p WHERE {same})"
    )


def _loop(insert: Insert) -> str:
    """Return a block that inserts row by row out of a temporary table."""
    names = ", ".join(f"c{number}" for number in range(insert.width))
    return do(f"""DECLARE r record;
BEGIN
  CREATE TEMPORARY TABLE drift_rows ({names}) ON COMMIT DROP AS {insert.query()};
  FOR r IN SELECT ctid AS id FROM pg_temp.drift_rows LOOP
    BEGIN
      INSERT INTO {insert.target} SELECT * FROM pg_temp.drift_rows t WHERE t.ctid = r.id;
    EXCEPTION WHEN OTHERS THEN NULL;
    END;
  END LOOP;
END""")


def do(body: str) -> str:
    """Return a DO block; its text is quoted by a word that the body does not have."""
    tag = "$drift$"
    while tag in body:
        tag = f"${tag.strip('$')}_$"
    return f"DO {tag}{body}{tag}"
