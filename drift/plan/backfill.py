"""Fills a column in batches, each a transaction of its own, so that no lock is held for long."""

from __future__ import annotations

from drift.kinds.sql import types
from drift.kinds.sql.text import string_literal
from drift.plan import ddl
from drift.plan.context import Context
from drift.plan.operation import Lock, Operation, TableName, Work
from drift.plan.recipe import step
from drift.plan.step import Phase, Step

BATCH = 5_000
"""Rows of a batch."""
PAUSE = 0.05
"""Seconds between two batches, in which others get their turn."""


def backfill(
    table: TableName, column: str, value: str, context: Context, *, where: str = ""
) -> Step:
    """Return the step that gives a value to every row that `where` selects, or that has none.

    The rows are taken in the order of the primary key, so that no batch reads the rows of those
    before it again; without a key, by their position in the table.
    """
    name = types.quote(column)
    condition = where or f"{name} IS NULL"
    if context.short_way(table):
        sql, transactional = _at_once(table, name, value, condition), True
    else:
        key = next((key.columns for key in context.present_of("primary-key", table)), ())
        sql, transactional = _in_batches(table, name, value, condition, key), False
    operation = Operation(
        sql=sql,
        locks={table: Lock.ROW_EXCLUSIVE},
        work=Work.BATCHES,
        transactional=transactional,
    )
    return step(f"fill {ddl.path(*table)}.{name}", Phase.BACKFILL, operation, table=table)


def _at_once(table: TableName, name: str, value: str, condition: str) -> str:
    return f"UPDATE {ddl.path(*table)} SET {name} = {value} WHERE {condition}"


def _in_batches(
    table: TableName, name: str, value: str, condition: str, key: tuple[str, ...]
) -> str:
    path = ddl.path(*table)
    if not key:
        return _by_position(path, name, value, condition)
    columns = ", ".join(map(types.quote, key))
    own = ", ".join(f"t.{types.quote(part)}" for part in key)
    descending = ", ".join(f"{types.quote(part)} DESC" for part in key)
    return _do(f"""DECLARE
  last record;
BEGIN
  SELECT {columns} INTO last FROM {path} LIMIT 0;
  LOOP
    WITH batch AS (
      SELECT {columns} FROM {path}
      WHERE (last IS NULL OR ({columns}) > ({_of_record(key)})) AND ({condition})
      ORDER BY {columns} LIMIT {BATCH}
    ), filled AS (
      UPDATE {path} t SET {name} = {value}
      WHERE ({own}) IN (SELECT {columns} FROM batch) RETURNING {own}
    )
    SELECT {columns} INTO last FROM filled ORDER BY {descending} LIMIT 1;
    EXIT WHEN NOT FOUND;
    COMMIT;
    PERFORM pg_sleep({PAUSE});
  END LOOP;
END""")


def _of_record(key: tuple[str, ...]) -> str:
    return ", ".join(f"last.{types.quote(part)}" for part in key)


def _by_position(path: str, name: str, value: str, condition: str) -> str:
    size = f"pg_relation_size({string_literal(path)}::regclass)"
    return _do(f"""DECLARE
  block bigint := 0;
  pages bigint := {size} / current_setting('block_size')::int;
BEGIN
  WHILE block <= pages LOOP
    UPDATE {path} SET {name} = {value}
    WHERE ctid >= format('(%s,0)', block)::tid AND ctid < format('(%s,0)', block + 100)::tid
      AND ({condition});
    block := block + 100;
    COMMIT;
    PERFORM pg_sleep({PAUSE});
  END LOOP;
END""")


def _do(body: str) -> str:
    return f"DO {ddl.dollar_quoted(body)}"
