"""SQL for the version of everything that the catalog statement prints.

Objects whose version differs in two answers were changed in between: each change of a row of the
catalog, and each change back, gives the row another `xmin`.
"""

from __future__ import annotations

from drift.kinds.sql.catalog import rows_of


def _hash(version: str) -> str:
    return f"pg_catalog.hashtext(pg_catalog.textin(pg_catalog.xidout({version})))"


_SUM = f"pg_catalog.sum({_hash('x.version')})"

_TABLES = f"""
    -- one sum per table: else all rows of a table would be grouped by its name, which takes longer
    SELECT r.schema || '.' || r.name AS name, s.version FROM wanted r, LATERAL (
      SELECT {_SUM} AS version FROM (
        SELECT a.xmin FROM pg_catalog.pg_attribute a WHERE a.attrelid = r.oid AND a.attnum > 0
        UNION ALL SELECT d.xmin FROM pg_catalog.pg_attrdef d WHERE d.adrelid = r.oid
        UNION ALL SELECT k.xmin FROM pg_catalog.pg_constraint k WHERE k.conrelid = r.oid
        UNION ALL SELECT i.xmin FROM pg_catalog.pg_index i WHERE i.indrelid = r.oid
      ) x(version)
    ) s
"""
_OTHERS = f"""
    SELECT t.schema || '.' || t.name AS name, {_hash("t.version")} AS version FROM types t
    UNION ALL
    SELECT t.schema || '.' || t.name, {_hash("k.xmin")}
    FROM types t {rows_of("pg_constraint", "k", "k.contypid = t.oid", "xmin")}
    WHERE t.typtype = 'd'
    UNION ALL
    SELECT s.schema || '.' || s.name, {_hash("s.version")}::int8 + {_hash("q.xmin")}
    FROM sequences s {rows_of("pg_sequence", "q", "q.seqrelid = s.oid", "xmin")}
"""
"""The parts of every table, type and sequence that is compared, each with its row's version."""

_USED = f"""
    SELECT t.schema || '.' || t.name AS name, 'pg_catalog.pg_type'::regclass AS class,
           t.oid AS object
    FROM types t
    UNION ALL
    SELECT p.name, d.refclassid, d.refobjid FROM (
      -- the table itself: in pg_depend it stands for its columns, which depend on their types.
      -- Nothing below 12000 is in pg_depend, which is large: keys and plain indexes use only
      -- columns, so that it need not be searched for most objects
      SELECT r.schema || '.' || r.name AS name, o.class, o.object
      FROM wanted r, LATERAL (
        SELECT 'pg_catalog.pg_class'::regclass AS class, r.oid AS object
        UNION ALL SELECT 'pg_catalog.pg_attrdef'::regclass, d.oid
        FROM pg_catalog.pg_attrdef d WHERE d.adrelid = r.oid
        UNION ALL SELECT 'pg_catalog.pg_constraint'::regclass, k.oid
        FROM pg_catalog.pg_constraint k
        WHERE k.conrelid = r.oid AND k.contype NOT IN ('p', 'u', 'n')
          AND (k.contype <> 'f'
               OR 12000 <= ANY (k.conpfeqop || k.conppeqop || k.conffeqop))
        UNION ALL SELECT 'pg_catalog.pg_class'::regclass, i.indexrelid
        FROM pg_catalog.pg_index i WHERE i.indrelid = r.oid
          AND (i.indexprs IS NOT NULL OR i.indpred IS NOT NULL
               OR 12000 <= ANY (i.indcollation::oid[]))
      ) o
      UNION ALL
      SELECT t.schema || '.' || t.name, 'pg_catalog.pg_type'::regclass, t.oid FROM types t
      UNION ALL
      SELECT t.schema || '.' || t.name, 'pg_catalog.pg_constraint'::regclass, k.oid
      FROM types t {rows_of("pg_constraint", "k", "k.contypid = t.oid", "oid")}
      WHERE t.typtype = 'd'
    ) p, LATERAL (
      SELECT d.refclassid, d.refobjid FROM pg_catalog.pg_depend d
      WHERE d.classid = p.class AND d.objid = p.object
        -- of relations, only sequences are printed by name: they are used as a whole
        AND (d.refclassid <> 'pg_catalog.pg_class'::regclass OR d.refobjsubid = 0) OFFSET 0
    ) d
"""


def _named(catalog: str, namespace: str, condition: str = "true") -> str:
    rows = rows_of(catalog, "o", f"o.oid = u.object AND {condition}", f"xmin, {namespace}")
    return (
        f"UNION ALL SELECT u.name, o.xmin, o.{namespace} FROM used u {rows}"
        f" WHERE u.class = 'pg_catalog.{catalog}'::regclass"
    )


_NAMED = f"""
    SELECT u.name, t.version, t.namespace
    FROM used_types u, LATERAL (
      SELECT u.version, u.typnamespace AS namespace
      UNION ALL SELECT e.xmin, e.typnamespace
      FROM pg_catalog.pg_type e WHERE u.typelem <> 0 AND e.oid = u.typelem
      UNION ALL SELECT l.xmin, NULL FROM pg_catalog.pg_enum l WHERE l.enumtypid = u.enum
    ) t
    {_named("pg_proc", "pronamespace")}
    {_named("pg_class", "relnamespace", "relkind = 'S'")}
    {_named("pg_collation", "collnamespace")}
    {_named("pg_operator", "oprnamespace")}
    {_named("pg_ts_config", "cfgnamespace")}
"""
"""Everything whose name is printed with those parts: the types with their elements and labels,
functions, sequences and so on."""

VERSION_CTES = f""",
used AS MATERIALIZED ({_USED}),
used_types AS MATERIALIZED (
  SELECT u.name, t.xmin AS version, t.typnamespace, t.typelem,
         CASE t.typtype WHEN 'e' THEN t.oid ELSE t.typelem END AS enum
  FROM used u
  {rows_of("pg_type", "t", "t.oid = u.object", "xmin, oid, typnamespace, typelem, typtype")}
  WHERE u.class = 'pg_catalog.pg_type'::regclass
),
named AS MATERIALIZED ({_NAMED}),
versions AS MATERIALIZED (
  SELECT x.name, pg_catalog.sum(x.version) AS version
  FROM (
    {_TABLES}
    UNION ALL {_OTHERS}
    UNION ALL SELECT n.name, {_hash("n.version")} FROM named n
    UNION ALL SELECT n.name, {_hash("s.xmin")}
    FROM named n, pg_catalog.pg_namespace s WHERE s.oid = n.namespace
  ) x WHERE x.version IS NOT NULL  -- it is for a table without columns
  GROUP BY x.name
)
"""
"""CTEs that follow those of the scope. The planner copies the query of a CTE once, and one that is
nested in others once per level: that would take 0.6 MB more."""

VERSIONS = "SELECT coalesce(pg_catalog.json_object_agg(v.name, v.version), '{}') FROM versions v"
"""A JSON object: the name of a table, a type or a sequence → the sum of its rows' versions."""
