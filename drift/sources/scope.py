"""What is asked of a database: which schemas, and of which tables the details."""

from __future__ import annotations

import msgspec
from psycopg import sql as compose

from drift.sources.tenants import expression

DEFAULT = None
"""Stands for the default schema in a request."""


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What to read: the schemas, where None is the connection's default one, and the tables.

    `tables` are (schema, name); None reads the details of every table. `tenants` are patterns of
    schemas that should all be alike.
    """

    schemas: tuple[str | None, ...] = (DEFAULT,)
    tables: frozenset[tuple[str | None, str]] | None = None
    tenants: tuple[str, ...] = ()


_SQL = """
WITH locks AS MATERIALIZED (
  SELECT DISTINCT relation FROM pg_locks
  WHERE locktype = 'relation' AND mode = 'AccessExclusiveLock' AND pid <> pg_backend_pid()
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
),
namespaces AS MATERIALIZED (
  SELECT n.oid, n.nspname FROM pg_namespace n
  WHERE n.nspname = ANY ({named}::name[])
     OR n.nspname ~ {tenants} AND n.nspname !~ '^(pg_|information_schema$)'
     OR {default} AND (n.nspname = 'public' OR n.nspname IN (
          SELECT json_array_elements_text(current_setting('drift.search_path')::json)))
),
relations AS MATERIALIZED (
  SELECT c.oid, n.nspname AS schema, c.relname AS name, c.relkind, c.relpersistence, c.reloptions,
         c.relispartition,
         c.oid IN (SELECT relation FROM locks) AS locked,
         CASE WHEN c.relispartition THEN 'partition'
              WHEN EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass
                           AND d.objid = c.oid AND d.deptype = 'e') THEN 'extension'
              WHEN c.relnatts = 1 AND EXISTS (
                     SELECT FROM pg_attribute a WHERE a.attrelid = c.oid
                     AND a.attname = 'version_num' AND a.atttypid = 'varchar'::regtype)
              THEN 'alembic' END AS managed
  FROM pg_class c JOIN namespaces n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relpersistence <> 't'
),
wanted AS MATERIALIZED (SELECT * FROM relations r WHERE {wanted})
"""


def scope(request: Request) -> compose.Composable:
    """Compose the head of a statement, which names what is looked at: `wanted` are the tables."""
    named = [schema for schema in request.schemas if schema is not None]
    return compose.SQL(_SQL).format(  # the text is all ours
        named=compose.Literal(named),
        default=compose.Literal(DEFAULT in request.schemas),
        wanted=_wanted(request),
        tenants=compose.Literal(expression(request.tenants)),
    )


def _wanted(request: Request) -> compose.Composable:
    if request.tables is None:
        return compose.SQL("true")
    anywhere = sorted(name for schema, name in request.tables if schema is None)
    placed = sorted((schema, name) for schema, name in request.tables if schema is not None)
    return compose.SQL(
        "r.name = ANY ({}::name[]) OR (r.schema, r.name) IN "
        "(SELECT s, t FROM unnest({}::name[], {}::name[]) u(s, t))"
    ).format(
        compose.Literal(anywhere),
        compose.Literal([schema for schema, _ in placed]),
        compose.Literal([name for _, name in placed]),
    )
