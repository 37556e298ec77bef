"""SQL for the facts about the server and the session, as a part of the catalog statement.

Each fact of more than a line is a CTE: the planner copies the query of a CTE once, and one that is
nested in others once per level, which would take 0.4 MB more.
"""

from __future__ import annotations

from drift.kinds.sql.catalog import rows_of

_FUNCTIONS = """
SELECT coalesce(
         pg_catalog.json_object_agg(
           f.name, pg_catalog.json_build_array(f.type, f.schemas, f.built_in)), '{}') AS value
FROM (
  SELECT p.proname AS name,
         -- NULL for a function that every tenant has: the list would be long and useless
         CASE WHEN pg_catalog.count(DISTINCT n.oid) <= 5
              THEN pg_catalog.json_agg(DISTINCT n.nspname) END AS schemas,
         EXISTS (SELECT FROM pg_catalog.pg_proc b WHERE b.proname = p.proname
                 AND b.pronamespace = 'pg_catalog'::regnamespace OFFSET 0) AS built_in,
         CASE WHEN pg_catalog.min(p.prorettype) = pg_catalog.max(p.prorettype)
                   AND pg_catalog.bool_and(p.prokind = 'f' AND NOT p.proretset AND t.typtype <> 'p')
              THEN pg_catalog.format_type(pg_catalog.min(p.prorettype), NULL) END AS type
  FROM routines p, pg_catalog.pg_type t, pg_catalog.pg_namespace n
  WHERE t.oid = p.prorettype AND n.oid = p.pronamespace
    AND p.prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype)
    AND (p.pronamespace <> 'pg_catalog'::regnamespace OR p.prolang NOT IN (12, 13))
  GROUP BY p.proname
) f
"""

_OPERATORS = """
-- the users' operators, without those of extensions (deptype 'e')
SELECT coalesce(pg_catalog.json_agg(DISTINCT o.oprname), '[]') AS value
FROM pg_catalog.pg_operator o
WHERE o.oid >= 16384 AND NOT EXISTS (
  SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_operator'::regclass
  AND d.objid = o.oid AND d.deptype = 'e')
"""

_HAZARDS = """
-- casts, operators and operator classes of built-in types that a user's function implements: no
-- text shows their use, so that nothing is asked while there is one (see `expressions.vocabulary`)
SELECT coalesce(pg_catalog.json_agg(h.name ORDER BY h.name), '[]') AS value FROM (
  SELECT 'the cast ' || pg_catalog.format_type(c.castsource, NULL) || ' AS '
         || pg_catalog.format_type(c.casttarget, NULL) AS name
  FROM pg_catalog.pg_cast c
  WHERE c.castsource < 16384 AND c.casttarget < 16384
    AND c.castfunc IN (SELECT oid FROM users_own)
  UNION ALL
  SELECT 'the operator pg_catalog.' || o.oprname
  FROM pg_catalog.pg_operator o
  WHERE o.oprnamespace = 'pg_catalog'::regnamespace AND o.oprcode IN (SELECT oid FROM users_own)
  UNION ALL
  SELECT 'the operator class ' || c.opcname
  FROM pg_catalog.pg_opclass c
  WHERE c.oid >= 16384 AND c.opcintype < 16384 AND EXISTS (
    SELECT FROM pg_catalog.pg_amproc s
    WHERE s.amprocfamily = c.opcfamily AND s.amproc IN (SELECT oid FROM users_own)
    UNION ALL
    SELECT FROM pg_catalog.pg_amop s, pg_catalog.pg_operator o
    WHERE o.oid = s.amopopr AND s.amopfamily = c.opcfamily
      AND o.oprcode IN (SELECT oid FROM users_own))
) h
"""

_ZONES = """
-- the time zones of this session, of the server's log, and of all roles and databases
SELECT pg_catalog.json_agg(z.name ORDER BY z.name) AS value FROM (
  SELECT s.reset_val AS name FROM settings s WHERE s.name <> 'search_path'
  UNION SELECT pg_catalog.substr(c, 10)
  FROM pg_catalog.pg_db_role_setting s, pg_catalog.unnest(s.setconfig) c
  WHERE c ILIKE 'timezone=%'
) z
"""

_EXTENSIONS = """
SELECT coalesce(pg_catalog.json_agg(DISTINCT e.schema) FILTER (WHERE e.schema <> 'pg_catalog'),
                '[]') AS schemas,
       coalesce(pg_catalog.json_agg(e.name ORDER BY e.name) FILTER (WHERE e.name <> 'plpgsql'),
                '[]') AS names,
       coalesce(pg_catalog.json_object_agg(e.name, e.schema) FILTER (WHERE e.name <> 'plpgsql'),
                '{}') AS schema_of_name
FROM extensions e
"""

_NOT_COMPARED = f"""
SELECT pg_catalog.json_build_object(
  'function', (SELECT pg_catalog.count(*) FROM routines p, namespaces n
               WHERE n.oid = p.pronamespace
                 AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                                 WHERE d.classid = 'pg_catalog.pg_proc'::regclass
                                 AND d.objid = p.oid AND d.deptype = 'e')),
  'trigger', (SELECT pg_catalog.count(*) FROM relations r
              {rows_of("pg_trigger", "t", "t.tgrelid = r.oid AND NOT t.tgisinternal", "")}
              WHERE r.relhastriggers AND r.managed IS DISTINCT FROM 'system'),
  'policy', (SELECT pg_catalog.count(*) FROM pg_catalog.pg_policy p, relations r
             WHERE r.oid = p.polrelid),
  'rule', (SELECT pg_catalog.count(*) FROM pg_catalog.pg_rewrite w, relations r
           WHERE r.oid = w.ev_class AND r.managed IS DISTINCT FROM 'system'
             AND w.rulename <> '_RETURN'),
  -- without those that a check itself needs: any to its own role, and SELECT on version
  -- tables to the roles of other checks
  'grant', (SELECT pg_catalog.count(DISTINCT (r.oid, a.grantee))
            FROM relations r, LATERAL pg_catalog.aclexplode(r.relacl) a
            WHERE r.relacl IS NOT NULL
              AND r.managed IS DISTINCT FROM 'system'
              AND (r.managed IS DISTINCT FROM 'alembic'
                   OR a.privilege_type <> 'SELECT' OR a.is_grantable)
              AND a.grantee <> r.relowner
              AND a.grantee <> (SELECT pg_catalog.to_regrole(
                                  pg_catalog.quote_ident(current_user))))) AS value
"""

SERVER_CTES = f""",
-- all functions that are not built in: objects made after initdb have numbers from 16384 on
routines AS MATERIALIZED (
  SELECT p.oid, p.proname, p.pronamespace, p.prorettype, p.prokind, p.proretset, p.prolang
  FROM pg_catalog.pg_proc p WHERE p.oid >= 16384
),
-- 12 and 13 are the languages `internal` and `c`, in which only a superuser can make a function
users_own AS MATERIALIZED (SELECT p.oid FROM routines p WHERE p.prolang NOT IN (12, 13)),
functions AS MATERIALIZED ({_FUNCTIONS}),
operators AS MATERIALIZED ({_OPERATORS}),
hazards AS MATERIALIZED ({_HAZARDS}),
time_zones AS MATERIALIZED ({_ZONES}),
extension_names AS MATERIALIZED ({_EXTENSIONS}),
not_compared AS MATERIALIZED ({_NOT_COMPARED})
"""


def server_sql(versions: str) -> str:
    """Return a SELECT of one row, `Server`, after the CTEs of the scope and of this file.

    `versions` is a query for the versions of the rows that were read.
    """
    return f"{_SERVER} ({versions}) AS versions\nFROM extension_names e\n"


_SERVER = """
SELECT pg_catalog.current_setting('server_version') AS version,
       pg_catalog.current_setting('server_version_num') AS version_num,
       pg_catalog.current_database() AS database, current_user AS role,
       pg_catalog.current_setting('is_superuser') = 'on' AS superuser,
       (SELECT pg_catalog.count(*) FROM wanted w
        WHERE w.relkind IN ('r', 'p') AND w.managed IS DISTINCT FROM 'system'
          AND pg_catalog.has_table_privilege(w.oid, 'INSERT, UPDATE, DELETE, TRUNCATE'))
         AS may_write,
       (SELECT coalesce(pg_catalog.json_agg(p.schema ORDER BY p.ordinal), '[]') FROM path p)
         AS search_path,
       e.schemas AS extension_schemas, e.names AS extensions,
       e.schema_of_name AS schema_of_extension,
       (SELECT value FROM functions) AS functions, (SELECT value FROM operators) AS operators,
       (SELECT value FROM hazards) AS hazards, (SELECT value FROM time_zones) AS time_zones,
       (SELECT value FROM not_compared) AS not_compared,
"""
