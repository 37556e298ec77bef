"""Facts about a database that a first revision needs beyond the compared objects."""

from __future__ import annotations

from typing import Any

import msgspec

SQL = """
SELECT pg_catalog.json_build_object(
  'extensions', (
    SELECT coalesce(pg_catalog.json_agg(pg_catalog.json_build_object(
             'name', e.extname, 'schema', n.nspname) ORDER BY e.oid), '[]')
    FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
    WHERE n.nspname <> 'pg_catalog'),
  -- i: of an identity, e: of an extension, a: OWNED BY
  'sequences', (
    SELECT coalesce(pg_catalog.json_agg(pg_catalog.json_build_object(
             'schema', n.nspname, 'name', c.relname, 'how', d.deptype,
             'table_schema', m.nspname, 'table', t.relname, 'column', a.attname)
             ORDER BY n.nspname, c.relname), '[]')
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid
     AND d.deptype IN ('a', 'i', 'e')
    LEFT JOIN pg_catalog.pg_class t ON d.refclassid = 'pg_catalog.pg_class'::regclass
     AND t.oid = d.refobjid
    LEFT JOIN pg_catalog.pg_namespace m ON m.oid = t.relnamespace
    LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
    WHERE c.relkind = 'S'),
  'partitions', (
    SELECT coalesce(pg_catalog.json_agg(pg_catalog.json_build_object(
             'schema', n.nspname, 'name', c.relname, 'parent_schema', m.nspname,
             'parent', p.relname, 'bound', pg_catalog.pg_get_expr(c.relpartbound, c.oid),
             'key', CASE WHEN c.relkind = 'p' THEN pg_catalog.pg_get_partkeydef(c.oid) END)
             ORDER BY (SELECT pg_catalog.count(*) FROM pg_catalog.pg_partition_ancestors(c.oid)),
                      c.oid), '[]')
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_inherits i ON i.inhrelid = c.oid
    JOIN pg_catalog.pg_class p ON p.oid = i.inhparent
    JOIN pg_catalog.pg_namespace m ON m.oid = p.relnamespace
    WHERE c.relispartition AND c.relkind IN ('r', 'p')),
  -- objects that no revision of ours creates
  'others', (
    SELECT coalesce(pg_catalog.json_object_agg(o.word, o.number), '{}') FROM (
      SELECT 'functions' AS word, pg_catalog.count(*) AS number FROM pg_catalog.pg_proc f
      JOIN pg_catalog.pg_namespace n ON n.oid = f.pronamespace
      WHERE n.nspname !~ '^(pg_|information_schema$)' AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_proc'::regclass
        AND d.objid = f.oid AND d.deptype = 'e')
      UNION ALL
      SELECT 'triggers', pg_catalog.count(*) FROM pg_catalog.pg_trigger WHERE NOT tgisinternal
      UNION ALL
      SELECT 'row security policies', pg_catalog.count(*) FROM pg_catalog.pg_policy) o
    WHERE o.number > 0))::text
"""
"""A SELECT of one text, which `read` decodes."""


class Extension(msgspec.Struct, frozen=True, kw_only=True):
    """An extension and its schema."""

    name: str
    schema: str


class SequenceOwner(msgspec.Struct, frozen=True, kw_only=True):
    """A sequence that belongs to something: `how` is its type of dependency."""

    schema: str
    name: str
    how: str
    table_schema: str | None = None
    table: str | None = None
    column: str | None = None


class Partition(msgspec.Struct, frozen=True, kw_only=True):
    """A partition, with its bound as SQL; `key` divides it further."""

    schema: str
    name: str
    parent_schema: str
    parent: str
    bound: str
    key: str | None = None


class Surroundings(msgspec.Struct, frozen=True, kw_only=True):
    """Extensions, owners of sequences, partitions; `others` counts objects not created."""

    extensions: tuple[Extension, ...] = ()
    sequences: tuple[SequenceOwner, ...] = ()
    partitions: tuple[Partition, ...] = ()
    others: dict[str, int] = {}


def read(connection: Any) -> Surroundings:
    """Read them by a connection of psycopg."""
    row = connection.execute(SQL).fetchone()
    return msgspec.json.decode(row[0], type=Surroundings)
