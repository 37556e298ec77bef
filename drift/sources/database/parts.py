"""CTEs for the parts of the wanted tables that several kinds read: `constraints` and `indexes`.

The server plans them once, and searches pg_constraint twice per table instead of seven times; it
also has a row for each NOT NULL. This saves 9 % at 1,000 tables, and 7 % on a new connection.
"""

from __future__ import annotations

from drift.kinds.index.key import KEYS_SQL
from drift.kinds.sql.catalog import columns_sql, include_sql, older, rows_of, storage_sql

_CONSTRAINTS = f"""
SELECT r.schema, r.name AS "table", r.oid AS relation, k.oid, k.contype AS type, k.conname AS name,
       k.confrelid, k.confkey, k.confdeltype, k.confupdtype, k.confmatchtype, k.conparentid,
       k.conkey, k.confdelsetcols, k.conenforced AS enforced, k.conislocal AS is_local,
       k.connoinherit AS no_inherit, k.convalidated AS validated,
       k.condeferrable AS deferrable, k.condeferred AS initially_deferred,
       CASE WHEN k.contype IN ('p', 'u', 'f') THEN {columns_sql("k.conrelid", "k.conkey")} END
         AS columns,
       CASE WHEN k.contype = 'c' AND k.conislocal AND NOT r.locked
            THEN pg_catalog.pg_get_expr(k.conbin, k.conrelid) END AS expression,
       i.nulls_not_distinct, i.include
FROM wanted r,
{older(confdelsetcols="NULL::int2[]", conenforced="true", indnullsnotdistinct="false")}
{
    rows_of(
        "pg_constraint",
        "k",
        "k.conrelid = r.oid AND (k.contype <> 'n' OR NOT k.convalidated)",
        "k.oid, k.contype, k.conname, k.conindid, k.conrelid, k.conkey, k.confrelid, k.confkey,"
        " k.confdeltype, k.confupdtype, k.confmatchtype, k.conparentid, k.conbin, k.conislocal,"
        " k.connoinherit, k.convalidated, k.condeferrable, k.condeferred, confdelsetcols,"
        " conenforced",
    )
}
LEFT JOIN LATERAL (
  SELECT indnullsnotdistinct AS nulls_not_distinct, {include_sql("i")} AS include
  FROM pg_catalog.pg_index i
  WHERE k.contype IN ('p', 'u') AND i.indexrelid = k.conindid OFFSET 0) i ON true
"""
_INDEXES = f"""
SELECT r.schema, r.name AS "table", r.oid AS relation, r.locked, i.indexrelid AS oid,
       c.relname AS name, m.amname AS method, i.indisexclusion AS is_exclusion,
       i.indisunique AS "unique", i.indisvalid AS valid,
       i.indnullsnotdistinct AS nulls_not_distinct,
       CASE WHEN NOT r.locked THEN pg_catalog.pg_get_expr(i.indpred, i.indrelid) END AS predicate,
       {include_sql("i")} AS include,
       {storage_sql("c")} AS storage,
       {KEYS_SQL} AS keys
FROM wanted r, {older(indnullsnotdistinct="false")},
-- no index of pg_constraint serves a search by conindid: those of a table are read once per table
LATERAL (
  SELECT ARRAY(
    SELECT k.conindid FROM pg_catalog.pg_constraint k
    WHERE k.conrelid = r.oid AND k.contype IN ('p', 'u')) AS indexes OFFSET 0) backing
{
    rows_of(
        "pg_index",
        "i",
        "i.indrelid = r.oid AND i.indexrelid <> ALL (backing.indexes)",
        "i.indexrelid, i.indrelid, i.indisunique, i.indisvalid, i.indisexclusion, i.indnatts,"
        " i.indnkeyatts, i.indkey, i.indoption, i.indclass, i.indcollation, i.indpred, i.indexprs,"
        " indnullsnotdistinct",
    )
}
{rows_of("pg_class", "c", "c.oid = i.indexrelid", "c.relname, c.relam, c.reloptions")}
{rows_of("pg_am", "m", "m.oid = c.relam", "m.amname")}
"""

PARTS_CTES = f""",
-- all but those of NOT NULL, which are as many as the columns and of which only
-- "NOT VALID" is compared
constraints AS MATERIALIZED ({_CONSTRAINTS}),
-- all but those of primary keys and unique constraints
indexes AS MATERIALIZED ({_INDEXES})
"""
