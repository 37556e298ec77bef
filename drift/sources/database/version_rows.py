"""SQL for the rows of Alembic's version tables, as a part of the catalog statement.

It never fails and never waits: only if a table can be read does the server build and run the query
that reads it. The query takes an ACCESS SHARE lock on the version table, as any SELECT does, until
the transaction ends; it is the only table of the user's that a check reads.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from drift.sources.database.sql_text import names

MOST_ROWS = 100
"""Revisions that are read: a version table has one per branch."""

LONGEST = 255
"""Characters of a revision that are read; a column of Alembic's has 32."""


class VersionRows(msgspec.Struct, frozen=True, kw_only=True):
    """A version table and its revisions; or why they were not read: a word of `OBSTACLES`."""

    schema: str
    name: str
    obstacle: str = ""
    revisions: tuple[str, ...] = ()


OBSTACLES = ("kind", "privilege", "row-security", "locked", "column")

_READ = (
    # ts_stat runs a query that is given as text, and returns each word of a tsvector as it is.
    # The functions of the types are called, because a superuser may have replaced the cast
    'SELECT pg_catalog.array_to_tsvector(ARRAY[pg_catalog."left"('
    f"pg_catalog.textin(pg_catalog.varcharout(version_num)), {LONGEST})]) FROM ONLY %I.%I "
    f"WHERE version_num OPERATOR(pg_catalog.<>) '''' LIMIT {MOST_ROWS + 1}"
)


def revisions_sql(version_tables: Iterable[str]) -> str:
    """Return a SELECT of `VersionRows`, after the CTEs of the scope.

    Version tables are those that have one of these names, and those whose only column is Alembic's:
    `env.py` may give it any name, in any schema. A policy, a view or a generated column would run
    code of the users'.
    """
    return f"""
SELECT t.schema, t.name, t.obstacle,
       -- CASE keeps the query from being run for a table that cannot be read
       CASE WHEN t.obstacle = '' THEN (
         SELECT coalesce(pg_catalog.json_agg(s.word ORDER BY s.word), '[]')
         FROM pg_catalog.ts_stat(pg_catalog.format('{_READ}', t.schema, t.name)) s)
       ELSE '[]' END AS revisions
FROM (
  SELECT n.nspname AS schema, c.relname AS name,
         CASE WHEN c.relkind <> 'r' OR c.relispartition THEN 'kind'
              WHEN a.atttypid <> 'pg_catalog.varchar'::regtype OR a.attgenerated <> ''
              THEN 'column'
              -- these are NULL if the table is dropped meanwhile
              WHEN pg_catalog.has_schema_privilege(n.oid, 'USAGE') IS NOT TRUE
                OR pg_catalog.has_column_privilege(c.oid, a.attnum, 'SELECT') IS NOT TRUE
              THEN 'privilege'
              WHEN c.relrowsecurity THEN 'row-security'
              WHEN c.oid IN (SELECT relation FROM locks) THEN 'locked'
              ELSE '' END AS obstacle
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attname = 'version_num'
  WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname !~ '^(pg_|information_schema$)'
    AND a.attnum > 0
    AND (c.relname = ANY ({names(version_tables)})
         OR c.relkind = 'r' AND c.relnatts = 1 AND a.atttypid = 'pg_catalog.varchar'::regtype)
  OFFSET 0
) t
"""
