"""The part of a database that is read, and the CTEs that name it in every catalog statement."""

from __future__ import annotations

import msgspec

from drift.sources.database.schema_patterns import regular_expression
from drift.sources.database.sql_text import literal, names
from drift.sources.migrations import environment_script

DEFAULT = None
"""Stands for the default schema in `Scope.schemas`."""


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """The part of a database to read: schemas (None is the connection's default one) and tables.

    `tables` are (schema, name); None reads the details of every table. `tenants` are patterns of
    schemas that should be equal, `version_tables` the names of Alembic's own table, whose rows are
    read with `revisions`. With `any_version_table`, a table with only Alembic's column is one, too.
    With `everywhere`, every schema is read except the system's. `search_path` is the text of the
    setting; None: that of a new session of the role. `details` are facts that only advice needs.
    `kinds` are the optional kinds to read. `default` is the schema of tables that name none; None:
    the search path decides, or else one of `others`. With `examples`, no other schemas that the
    patterns of `tenants` match are read.
    """

    schemas: tuple[str | None, ...] = (DEFAULT,)
    tables: frozenset[tuple[str | None, str]] | None = None
    tenants: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    version_tables: tuple[str, ...] = (environment_script.DEFAULT,)
    revisions: bool = False
    any_version_table: bool = False
    everywhere: bool = False
    search_path: str | None = None
    details: bool = False
    kinds: frozenset[str] = frozenset()
    default: str | None = None
    others: tuple[str, ...] = ()


_SQL = """
WITH -- every CTE is MATERIALIZED: each kind's query uses it, and it must be worked out only once
settings AS MATERIALIZED (
  -- the function of the view pg_settings: the view has 14 columns more, which takes time to plan
  SELECT s.name, s.reset_val FROM pg_catalog.pg_show_all_settings() s
  WHERE s.name IN ('search_path', 'TimeZone', 'log_timezone')
),
path AS MATERIALIZED (
  -- the search path that a new session of this role has: reset_val has neither the settings of
  -- another client of a pooled session nor those of drift. Its text is split as PostgreSQL
  -- splits it: at commas outside of double quotes, with unquoted names in lower case
  SELECT n.nspname AS schema, pg_catalog.min(w.ordinal) AS ordinal
  FROM (
    SELECT CASE WHEN m[1] = '"$user"' THEN current_user
                WHEN m[1] LIKE '"%' THEN pg_catalog.replace(
                  pg_catalog.substr(m[1], 2, pg_catalog.length(m[1]) - 2), '""', '"')
                ELSE pg_catalog.lower(m[1]) END AS name, ordinal
    FROM settings s,
         pg_catalog.regexp_matches({search_path}, '"(?:[^"]|"")*"|[^,"[:space:]]+', 'g')
           WITH ORDINALITY r(m, ordinal)
    WHERE s.name = 'search_path'
  ) w, pg_catalog.pg_namespace n
  WHERE n.nspname = w.name AND n.nspname !~ '^pg_'
  GROUP BY n.nspname
),
held AS MATERIALIZED (
  SELECT relation, mode, pid FROM pg_catalog.pg_locks
  WHERE locktype = 'relation' AND mode IN ('AccessExclusiveLock', 'ShareUpdateExclusiveLock')
    AND pid <> pg_catalog.pg_backend_pid()
    AND database = (SELECT oid FROM pg_catalog.pg_database
                    WHERE datname = pg_catalog.current_database())
),
-- the functions that print expressions would wait for this lock: they are not called then
locks AS MATERIALIZED (SELECT DISTINCT relation FROM held WHERE mode = 'AccessExclusiveLock'),
-- CREATE, DROP and REINDEX INDEX CONCURRENTLY hold this lock to their end, on the index or on its
-- table, and so does VACUUM on a table, but VACUUM makes no index
works AS MATERIALIZED (
  SELECT h.relation, h.pid IN (
           SELECT pid FROM pg_catalog.pg_stat_get_progress_info('CREATE INDEX')) AS makes_index
  FROM held h WHERE h.mode = 'ShareUpdateExclusiveLock'
),
namespaces AS MATERIALIZED (
  SELECT n.oid, n.nspname, n.nspname ~ '^(pg_|information_schema$)' AS is_system,
         n.nspname ~ {tenants} AND n.nspname !~ '^(pg_|information_schema$)' AS is_tenant
  FROM pg_catalog.pg_namespace n
  WHERE (n.nspname = ANY ({named})
         OR n.nspname ~ {tenants} AND n.nspname !~ '^(pg_|information_schema$)'
         -- the tables may be in any of these: `default_schema` decides when they are known
         OR {default} AND (n.nspname = 'public' OR n.nspname IN (SELECT schema FROM path))
         OR {everywhere} AND n.nspname !~ '^(pg_|information_schema$)')
    AND {examples}
),
extensions AS MATERIALIZED (
  SELECT e.oid, e.extname AS name, n.nspname AS schema
  FROM pg_catalog.pg_extension e, pg_catalog.pg_namespace n WHERE n.oid = e.extnamespace
),
-- the relations and types of extensions, by the index over the objects that others depend on: for
-- these, the planner would look through all of pg_depend
members AS MATERIALIZED (
  SELECT d.classid AS class, d.objid AS object
  FROM extensions e, LATERAL (
    SELECT d.classid, d.objid FROM pg_catalog.pg_depend d
    WHERE d.refclassid = 'pg_catalog.pg_extension'::regclass AND d.refobjid = e.oid
      AND d.deptype = 'e'
      AND d.classid IN ('pg_catalog.pg_class'::regclass, 'pg_catalog.pg_type'::regclass)
    OFFSET 0) d
),
classes AS MATERIALIZED (
  SELECT c.oid, n.nspname AS schema, n.is_system, c.relname AS name, c.relkind, c.relpersistence,
         c.reloptions, c.relispartition, c.relnatts, c.relhastriggers, c.relowner, c.relacl,
         c.xmin AS version
  FROM {classes}
  WHERE c.relnamespace = n.oid AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
),
sequences AS MATERIALIZED (SELECT * FROM classes c WHERE c.relkind = 'S'),
relations AS MATERIALIZED (
  SELECT c.oid, c.schema, c.name, c.relkind, c.relpersistence, c.reloptions, c.relispartition,
         c.relhastriggers, c.relowner, c.relacl,
         c.oid IN (SELECT relation FROM locks) AS locked,
         -- who takes care of a table that no model needs to declare
         CASE WHEN c.is_system THEN 'system'
              WHEN c.relispartition THEN 'partition'
              WHEN c.oid IN (SELECT object FROM members
                            WHERE class = 'pg_catalog.pg_class'::regclass) THEN 'extension'
              -- env.py may give the table a name that is only known when it runs
              WHEN (c.name = ANY ({version_tables})
                    OR {any_name} AND c.relkind = 'r' AND c.relnatts = 1)
                   -- with EXISTS, the planner may read all columns of the database once
                   AND (SELECT a.atttypid FROM pg_catalog.pg_attribute a
                        WHERE a.attrelid = c.oid AND a.attname = 'version_num')
                     = 'pg_catalog.varchar'::regtype
              THEN 'alembic' END AS managed
  FROM classes c WHERE c.relkind <> 'S' AND c.relpersistence <> 't'
),
types AS MATERIALIZED (
  SELECT t.oid, n.nspname AS schema, t.typname AS name, t.typtype, t.xmin AS version
  FROM pg_catalog.pg_type t, namespaces n
  WHERE n.oid = t.typnamespace AND t.typtype IN ('e', 'd')
),
-- the tables whose columns, constraints and indexes are read. Of the others only the names are
wanted AS MATERIALIZED (SELECT * FROM relations r WHERE {wanted})
"""


_ALL_CLASSES = "pg_catalog.pg_class c, namespaces n"
"""Reads pg_class as a whole, once: no index begins with the schema."""

_CLASSES_OF_FEW = """namespaces n, LATERAL (
    SELECT c.xmin, c.oid, c.relname, c.relnamespace, c.relkind, c.relpersistence, c.reloptions,
           c.relispartition, c.relnatts, c.relhastriggers, c.relowner, c.relacl
    FROM pg_catalog.pg_class c WHERE c.relnamespace = n.oid ORDER BY c.relname) c"""
"""Reads the index over names and schemas as a whole, once per schema: it is smaller than pg_class.
The order makes the planner choose this index."""

_FEW = 3


def scope_ctes(scope: Scope) -> str:
    """Return the head of a statement: the CTEs `namespaces`, `relations`, `wanted` and others."""
    return _SQL.format(
        named=names(schema for schema in scope.schemas if schema is not None),
        examples=_among_examples(scope) if scope.examples else "true",
        default="true" if DEFAULT in scope.schemas else "false",
        search_path="s.reset_val" if scope.search_path is None else literal(scope.search_path),
        everywhere="true" if scope.everywhere else "false",
        wanted=_wanted(scope),
        version_tables=names(scope.version_tables),
        classes=_CLASSES_OF_FEW if _is_few(scope) else _ALL_CLASSES,
        any_name="true" if scope.any_version_table else "false",
        tenants=literal(regular_expression(scope.tenants)),
    )


_NARROWED = {
    "namespaces": "nspname",
    "classes": "schema",
    "sequences": "schema",
    "relations": "schema",
    "types": "schema",
    "wanted": "schema",
    "constraints": "schema",
    "indexes": "schema",
}


def narrowed_ctes(schemas: str) -> str:
    """Return CTEs that take the place of the scope's in one query, with the rows of fewer schemas.

    `schemas` is a CTE with a column `schema`.
    """
    ctes = ", ".join(
        f"{name} AS MATERIALIZED (SELECT * FROM {name}"
        f" WHERE {column}::text IN (SELECT schema FROM {schemas}))"
        for name, column in _NARROWED.items()
    )
    return f"WITH {ctes}"


def _among_examples(scope: Scope) -> str:
    """Return SQL that leaves out all tenants but the examples."""
    tenants = literal(regular_expression(scope.tenants))
    return (
        f"(n.nspname = ANY ({names(scope.examples)}) OR n.nspname !~ {tenants}"
        " OR n.nspname ~ '^(pg_|information_schema$)')"
    )


def _is_few(scope: Scope) -> bool:
    return len(scope.schemas) <= _FEW and not scope.tenants and not scope.everywhere


def _wanted(scope: Scope) -> str:
    if scope.tables is None:
        return "true"
    anywhere = sorted(name for schema, name in scope.tables if schema is None)
    placed = sorted((schema, name) for schema, name in scope.tables if schema is not None)
    schemas, tables = ([pair[side] for pair in placed] for side in (0, 1))
    # two arrays side by side: a long list of pairs takes the parser far longer
    return (
        f"r.name = ANY ({names(anywhere)}) OR (r.schema, r.name) IN (SELECT s, t FROM ROWS FROM "
        f"(pg_catalog.unnest({names(schemas)}), pg_catalog.unnest({names(tables)})) u(s, t))"
    )
