"""Reads the facts for a plan beyond the compared objects: sizes, views, and users of types.

One read-only statement over `pg_catalog`; a role with CONNECT is enough, and no rows are read.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
import psycopg

from drift.errors import DatabaseError
from drift.plan.surroundings import (
    Dependent,
    DomainCheck,
    Extension,
    Partition,
    Relation,
    Surroundings,
    TypeUse,
    View,
)
from drift.sources.database.connection import Timeouts, begin
from drift.sources.database.row_stream import RowStream
from drift.sources.database.scope import Scope, scope_ctes
from drift.sources.database.sql_text import ROW

_NAME = "pg_catalog.quote_ident({0}.nspname) || '.' || pg_catalog.quote_ident({1}.relname)"
_USER_TYPES = """
FROM namespaces n JOIN pg_catalog.pg_type t ON t.typnamespace = n.oid"""

_RELATIONS = """
-- pages are those that VACUUM and ANALYZE counted last: the functions for the present size lock.
-- pg_partition_tree() would lock, too
WITH RECURSIVE tree AS (
  SELECT r.oid AS root, r.oid, r.relkind FROM relations r WHERE r.relkind IN ('r', 'p', 'm')
  UNION ALL
  SELECT t.root, c.oid, c.relkind
  FROM tree t JOIN pg_catalog.pg_inherits i ON i.inhparent = t.oid
  JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid AND c.relispartition
), sized AS (
  SELECT t.root, t.oid, t.relkind, n.nspname AS schema, c.relname AS name,
         CASE WHEN c.reltuples >= 0 AND t.relkind <> 'p' THEN c.reltuples END AS tuples,
         -- before the first VACUUM or ANALYZE, the rows that were counted since the last crash
         CASE WHEN t.relkind = 'p' THEN 0
              WHEN c.reltuples < 0 THEN pg_catalog.pg_stat_get_live_tuples(c.oid) / 32
              ELSE c.relpages::int8 + coalesce(toast.relpages, 0) END AS pages
  FROM tree t JOIN pg_catalog.pg_class c ON c.oid = t.oid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_catalog.pg_class toast ON toast.oid = c.reltoastrelid
)
SELECT r.schema, r.name,
       (pg_catalog.sum(s.pages) * pg_catalog.current_setting('block_size')::int8)::int8 AS bytes,
       pg_catalog.sum(s.tuples)::int8 AS "rows",
       coalesce(pg_catalog.json_agg(pg_catalog.json_build_array(s.schema, s.name)
                                    ORDER BY s.schema, s.name)
                FILTER (WHERE s.oid <> r.oid AND s.relkind <> 'p'), '[]') AS partitions,
       coalesce(pg_catalog.bool_or(s.oid <> r.oid AND s.relkind = 'p'), false) AS nested
FROM relations r JOIN sized s ON s.root = r.oid
GROUP BY r.oid, r.schema, r.name
ORDER BY r.schema, r.name
"""

_DEPENDENTS = f"""
-- deptype 'n': PostgreSQL refuses to change a used object; 'a' is an object's own table
SELECT DISTINCT r.schema, r.name AS "table", coalesce(a.attname, '') AS "column", o.kind, o.name
FROM pg_catalog.pg_depend d
JOIN relations r ON r.oid = d.refobjid
LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
  AND d.refobjsubid <> 0
CROSS JOIN LATERAL (
  SELECT CASE WHEN w.rulename <> '_RETURN' THEN 'rule'
              WHEN v.relkind = 'm' THEN 'materialized view' ELSE 'view' END AS kind,
         {_NAME.format("n", "v")} || CASE WHEN w.rulename <> '_RETURN'
           THEN '.' || pg_catalog.quote_ident(w.rulename) ELSE '' END AS name
  FROM pg_catalog.pg_rewrite w JOIN pg_catalog.pg_class v ON v.oid = w.ev_class
  JOIN pg_catalog.pg_namespace n ON n.oid = v.relnamespace
  WHERE d.classid = 'pg_catalog.pg_rewrite'::regclass AND w.oid = d.objid
    AND (v.oid <> d.refobjid OR d.refobjsubid <> 0)
  UNION ALL
  SELECT 'policy', {_NAME.format("n", "c")} || '.' || pg_catalog.quote_ident(p.polname)
  FROM pg_catalog.pg_policy p JOIN pg_catalog.pg_class c ON c.oid = p.polrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE d.classid = 'pg_catalog.pg_policy'::regclass AND p.oid = d.objid
  UNION ALL
  SELECT 'trigger', {_NAME.format("n", "c")} || '.' || pg_catalog.quote_ident(t.tgname)
  FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE d.classid = 'pg_catalog.pg_trigger'::regclass AND t.oid = d.objid AND NOT t.tgisinternal
  UNION ALL
  SELECT 'publication', pg_catalog.quote_ident(b.pubname)
  FROM pg_catalog.pg_publication_rel p JOIN pg_catalog.pg_publication b ON b.oid = p.prpubid
  WHERE d.classid = 'pg_catalog.pg_publication_rel'::regclass AND p.oid = d.objid
    AND d.refobjsubid <> 0
  UNION ALL
  SELECT 'function', pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(p.proname)
  FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
  WHERE d.classid = 'pg_catalog.pg_proc'::regclass AND p.oid = d.objid
) o
WHERE d.refclassid = 'pg_catalog.pg_class'::regclass
  AND (d.deptype = 'n' OR d.refobjsubid <> 0)
ORDER BY 1, 2, 3, 4, 5
"""

_TYPE_USES = f"""
SELECT n.nspname AS type_schema, t.typname AS type_name, m.nspname AS schema,
       c.relname AS "table", a.attname AS "column", a.atttypid <> t.oid AS "array"
{_USER_TYPES}
JOIN pg_catalog.pg_attribute a ON a.atttypid IN (t.oid, t.typarray) AND a.atttypid <> 0
JOIN pg_catalog.pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p', 'f', 'm')
JOIN pg_catalog.pg_namespace m ON m.oid = c.relnamespace
WHERE t.typtype IN ('e', 'd') AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY 1, 2, 3, 4, a.attnum
"""

_DOMAIN_CHECKS = f"""
SELECT n.nspname AS schema, t.typname AS domain, k.conname AS name,
       pg_catalog.pg_get_expr(k.conbin, 0) AS expression, k.convalidated AS validated
{_USER_TYPES}
JOIN pg_catalog.pg_constraint k ON k.contypid = t.oid AND k.contype = 'c'
ORDER BY 1, 2, 3
"""

_PARTITIONS = """
SELECT r.schema, r.name, n.nspname AS parent_schema, p.relname AS parent,
       CASE WHEN NOT r.locked THEN pg_catalog.pg_get_expr(c.relpartbound, c.oid) END AS bound
FROM relations r JOIN pg_catalog.pg_class c ON c.oid = r.oid AND c.relispartition
JOIN pg_catalog.pg_inherits i ON i.inhrelid = r.oid
JOIN pg_catalog.pg_class p ON p.oid = i.inhparent
JOIN pg_catalog.pg_namespace n ON n.oid = p.relnamespace
ORDER BY 1, 2
"""

_VIEWS = """
-- the function locks the relations of the view: it would wait for another session's lock
SELECT r.schema, r.name, r.relkind = 'm' AS materialized,
       CASE WHEN NOT EXISTS (SELECT FROM locks)
            THEN pg_catalog.rtrim(pg_catalog.pg_get_viewdef(r.oid), ';') END AS query
FROM relations r WHERE r.relkind IN ('v', 'm') AND r.managed IS NULL
ORDER BY r.oid
"""

_EXTENSIONS = """
SELECT n.nspname AS schema, e.extname AS name
FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
WHERE e.extname <> 'plpgsql' ORDER BY e.oid
"""

_QUERIES: Mapping[str, tuple[type[Any], str]] = {
    "relations": (Relation, _RELATIONS),
    "dependents": (Dependent, _DEPENDENTS),
    "type_uses": (TypeUse, _TYPE_USES),
    "domain_checks": (DomainCheck, _DOMAIN_CHECKS),
    "partitions": (Partition, _PARTITIONS),
    "views": (View, _VIEWS),
    "extensions": (Extension, _EXTENSIONS),
}
_DECODERS: Mapping[str, msgspec.json.Decoder[Any]] = {
    name: msgspec.json.Decoder(struct) for name, (struct, _) in _QUERIES.items()
}
"""Made at import, by one thread: two threads that make a decoder at once crash msgspec."""


def statement(schemas: Iterable[str]) -> str:
    """Return the statement: a row per object, with the name of its query and JSON."""
    rows = "\nUNION ALL\n".join(
        f"SELECT '{name}', {ROW} FROM ({sql}) q" for name, (_, sql) in _QUERIES.items()
    )
    return f"{scope_ctes(Scope(schemas=tuple(schemas)))}{rows}"


def read(
    connection: psycopg.Connection[Any], schemas: Iterable[str], timeouts: Timeouts
) -> Surroundings:
    """Read the surroundings of schemas in a transaction of its own. Raises DatabaseError."""
    info = connection.info
    unencoded = info.parameter_status("server_encoding") == "SQL_ASCII"
    opening = begin(timeouts, info.server_version, unencoded=unencoded)
    objects: dict[str, list[Any]] = defaultdict(list)
    try:
        for name, document in RowStream(connection.pgconn, opening + statement(schemas)):
            decoder = _DECODERS.get((name or b"").decode())
            if decoder is not None:
                objects[(name or b"").decode()].append(_decode(decoder, document or b""))
    finally:
        if not connection.closed:
            connection.execute("ROLLBACK")
    return Surroundings(**{name: tuple(rows) for name, rows in objects.items()})


def _decode(decoder: msgspec.json.Decoder[Any], document: bytes) -> Any:
    """Return one object; a name that is not UTF-8 has a replacement for each such byte."""
    try:
        return decoder.decode(document.decode("utf-8", errors="replace"))
    except msgspec.DecodeError as problem:
        raise DatabaseError(
            f"the catalog changed while it was read, or is not PostgreSQL's own: {problem}",
            retryable=True,
        ) from None
