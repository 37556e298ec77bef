"""SQL for the version of everything that the catalog statement prints.

Objects whose version differs in two answers were changed in between: each change of a row of the
catalog, and each change back, gives the row another `xmin`.
"""

from __future__ import annotations

_PARTS = """
    -- the table itself, without a version: in pg_depend it stands for its columns, which depend on
    -- their types
    SELECT r.schema || '.' || r.name AS name, 'pg_catalog.pg_class'::regclass AS class,
           r.oid AS object, NULL::xid AS version FROM wanted r
    UNION ALL
    SELECT r.schema || '.' || r.name, p.class, p.object, p.version FROM wanted r JOIN (
      SELECT attrelid AS relation, NULL::regclass AS class, NULL::oid AS object, xmin AS version
      FROM pg_catalog.pg_attribute WHERE attnum > 0
      UNION ALL SELECT adrelid, 'pg_catalog.pg_attrdef'::regclass, oid, xmin
      FROM pg_catalog.pg_attrdef
      UNION ALL SELECT conrelid, 'pg_catalog.pg_constraint'::regclass, oid, xmin
      FROM pg_catalog.pg_constraint
      UNION ALL SELECT indrelid, 'pg_catalog.pg_class'::regclass, indexrelid, xmin
      FROM pg_catalog.pg_index
    ) p ON p.relation = r.oid
    UNION ALL
    SELECT n.nspname || '.' || t.typname, 'pg_catalog.pg_type'::regclass, t.oid, t.xmin
    FROM namespaces n JOIN pg_catalog.pg_type t ON t.typnamespace = n.oid
    WHERE t.typtype IN ('e', 'd')
    UNION ALL
    SELECT n.nspname || '.' || t.typname, 'pg_catalog.pg_constraint'::regclass, k.oid, k.xmin
    FROM namespaces n JOIN pg_catalog.pg_type t ON t.typnamespace = n.oid AND t.typtype = 'd'
    JOIN pg_catalog.pg_constraint k ON k.contypid = t.oid
    UNION ALL
    SELECT n.nspname || '.' || c.relname, NULL, NULL, v.version
    FROM namespaces n JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid JOIN (
      SELECT seqrelid AS sequence, xmin AS version FROM pg_catalog.pg_sequence
      UNION ALL SELECT oid, xmin FROM pg_catalog.pg_class WHERE relkind = 'S'
    ) v ON v.sequence = c.oid
"""
"""The parts of every table, type and sequence that is compared, each with its row's version."""

_USED = """
    SELECT u.name, t.xmin AS version, t.typnamespace AS namespace
    FROM used u JOIN pg_catalog.pg_type t ON t.oid = u.object
    WHERE u.class = 'pg_catalog.pg_type'::regclass
    UNION ALL SELECT u.name, e.xmin, e.typnamespace
    FROM used u JOIN pg_catalog.pg_type t ON t.oid = u.object
    JOIN pg_catalog.pg_type e ON e.oid = t.typelem
    WHERE u.class = 'pg_catalog.pg_type'::regclass
    UNION ALL SELECT u.name, l.xmin, NULL
    FROM used u JOIN pg_catalog.pg_type t ON t.oid = u.object
    JOIN pg_catalog.pg_enum l ON l.enumtypid IN (t.oid, t.typelem)
    WHERE u.class = 'pg_catalog.pg_type'::regclass
    UNION ALL SELECT u.name, p.xmin, p.pronamespace
    FROM used u JOIN pg_catalog.pg_proc p ON p.oid = u.object
    WHERE u.class = 'pg_catalog.pg_proc'::regclass
    UNION ALL SELECT u.name, c.xmin, c.relnamespace
    FROM used u JOIN pg_catalog.pg_class c ON c.oid = u.object
    WHERE u.class = 'pg_catalog.pg_class'::regclass
    UNION ALL SELECT u.name, l.xmin, l.collnamespace
    FROM used u JOIN pg_catalog.pg_collation l ON l.oid = u.object
    WHERE u.class = 'pg_catalog.pg_collation'::regclass
    UNION ALL SELECT u.name, o.xmin, o.oprnamespace
    FROM used u JOIN pg_catalog.pg_operator o ON o.oid = u.object
    WHERE u.class = 'pg_catalog.pg_operator'::regclass
    UNION ALL SELECT u.name, f.xmin, f.cfgnamespace
    FROM used u JOIN pg_catalog.pg_ts_config f ON f.oid = u.object
    WHERE u.class = 'pg_catalog.pg_ts_config'::regclass
"""
"""Everything whose name is printed with those parts: the types with their elements and labels,
functions, sequences and so on."""

VERSIONS = f"""
SELECT coalesce(pg_catalog.json_object_agg(v.name, v.version), '{{}}') FROM (
  WITH parts AS MATERIALIZED ({_PARTS}),
  -- pg_depend comes first: it has rows only for what users made, so that few rows of the large
  -- catalogs are looked up. Of the relations in it, only sequences are printed by name
  used AS MATERIALIZED (
    SELECT p.name, p.class, p.object FROM parts p
    WHERE p.class = 'pg_catalog.pg_type'::regclass
    UNION ALL SELECT p.name, d.refclassid, d.refobjid
    FROM pg_catalog.pg_depend d JOIN parts p ON d.classid = p.class AND d.objid = p.object
    WHERE d.refclassid <> 'pg_catalog.pg_class'::regclass
       OR d.refobjid IN (SELECT seqrelid FROM pg_catalog.pg_sequence)
  ),
  named AS MATERIALIZED ({_USED})
  SELECT x.name,
         pg_catalog.sum(pg_catalog.hashtext(pg_catalog.textin(pg_catalog.xidout(x.version))))
           AS version
  FROM (
    SELECT p.name, p.version FROM parts p WHERE p.version IS NOT NULL
    UNION ALL SELECT n.name, n.version FROM named n
    UNION ALL SELECT n.name, s.xmin
    FROM named n JOIN pg_catalog.pg_namespace s ON s.oid = n.namespace
  ) x GROUP BY x.name
) v
"""
"""A JSON object: the name of a table, a type or a sequence → the sum of its rows' versions."""
