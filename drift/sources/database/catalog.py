"""The catalog statement, and the objects in its rows: a kind's name and one object as JSON."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from drift.errors import DatabaseError
from drift.expressions.vocabulary import Function
from drift.kinds import KINDS
from drift.kinds.advice.details import PARTS
from drift.kinds.sql.catalog import rows_of
from drift.sources.database.row_stream import Row
from drift.sources.database.row_versions import VERSIONS
from drift.sources.database.scope import Scope, narrowed_ctes, scope_ctes
from drift.sources.database.sql_text import ROW
from drift.sources.database.tenant_groups import TenantGroup, grouped_rows
from drift.sources.database.unprintable import Unprinted
from drift.sources.database.version_rows import VersionRows, revisions_sql


class Server(msgspec.Struct, frozen=True, kw_only=True):
    """Facts about the server and the session.

    `functions`, `operators` and `hazards` are those of `Vocabulary`. `may_write` counts the
    compared tables that the role may change, though a check only reads.
    """

    version: str
    version_num: str
    database: str
    role: str
    superuser: bool = False
    may_write: int = 0
    search_path: tuple[str, ...]
    extension_schemas: tuple[str, ...]
    extensions: tuple[str, ...] = ()
    schema_of_extension: Mapping[str, str] = {}
    functions: Mapping[str, Function] = {}
    operators: tuple[str, ...] = ()
    hazards: tuple[str, ...] = ()
    time_zones: tuple[str, ...] = ()
    not_compared: Mapping[str, int]
    versions: Mapping[str, int] = {}

    @property
    def excess(self) -> str:
        """The privileges that a check does not need, to follow the role's name; "" if none."""
        if self.superuser:
            return "is a superuser"
        return f"may write to {self.may_write:,} of the checked tables" if self.may_write else ""

    @property
    def version_number(self) -> int:
        """The version as a number, such as 180006."""
        return int(self.version_num)


_FUNCTIONS = """
-- all functions that are not built in: objects made after initdb have numbers from 16384 on, and 12
-- and 13 are the languages `internal` and `c`, in which only a superuser can make a function
SELECT coalesce(
         pg_catalog.json_object_agg(
           f.name, pg_catalog.json_build_array(f.type, f.schemas, f.built_in)), '{}')
FROM (
  SELECT p.proname AS name,
         -- NULL for a function that every tenant has: the list would be long and useless
         CASE WHEN pg_catalog.count(DISTINCT n.oid) <= 5
              THEN pg_catalog.json_agg(DISTINCT n.nspname) END AS schemas,
         EXISTS (SELECT FROM pg_catalog.pg_proc b WHERE b.proname = p.proname
                 AND b.pronamespace = 'pg_catalog'::regnamespace) AS built_in,
         CASE WHEN pg_catalog.min(p.prorettype) = pg_catalog.max(p.prorettype)
                   AND pg_catalog.bool_and(p.prokind = 'f' AND NOT p.proretset AND t.typtype <> 'p')
              THEN pg_catalog.format_type(pg_catalog.min(p.prorettype), NULL) END AS type
  FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_type t ON t.oid = p.prorettype
  JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
  WHERE p.oid >= 16384 AND p.prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype)
    AND (p.pronamespace <> 'pg_catalog'::regnamespace OR p.prolang NOT IN (12, 13))
  GROUP BY p.proname
) f
"""
_OPERATORS = """
-- the users' operators, without those of extensions (deptype 'e')
SELECT coalesce(pg_catalog.json_agg(DISTINCT o.oprname), '[]')
FROM pg_catalog.pg_operator o
WHERE o.oid >= 16384 AND NOT EXISTS (
  SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_operator'::regclass
  AND d.objid = o.oid AND d.deptype = 'e')
"""

_HAZARDS = """
-- casts, operators and operator classes of built-in types that a user's function implements: no
-- text shows their use, so that nothing is asked while there is one (see `expressions.vocabulary`)
SELECT coalesce(pg_catalog.json_agg(h.name ORDER BY h.name), '[]') FROM (
  SELECT 'the cast ' || pg_catalog.format_type(c.castsource, NULL) || ' AS '
         || pg_catalog.format_type(c.casttarget, NULL) AS name
  FROM pg_catalog.pg_cast c JOIN pg_catalog.pg_proc p ON p.oid = c.castfunc
  WHERE c.castsource < 16384 AND c.casttarget < 16384
    AND p.oid >= 16384 AND p.prolang NOT IN (12, 13)
  UNION ALL
  SELECT 'the operator pg_catalog.' || o.oprname
  FROM pg_catalog.pg_operator o JOIN pg_catalog.pg_proc p ON p.oid = o.oprcode
  WHERE o.oprnamespace = 'pg_catalog'::regnamespace
    AND p.oid >= 16384 AND p.prolang NOT IN (12, 13)
  UNION ALL
  SELECT 'the operator class ' || c.opcname
  FROM pg_catalog.pg_opclass c
  WHERE c.oid >= 16384 AND c.opcintype < 16384 AND EXISTS (
    SELECT FROM pg_catalog.pg_amproc s JOIN pg_catalog.pg_proc p ON p.oid = s.amproc
    WHERE s.amprocfamily = c.opcfamily AND p.oid >= 16384 AND p.prolang NOT IN (12, 13)
    UNION ALL
    SELECT FROM pg_catalog.pg_amop s JOIN pg_catalog.pg_operator o ON o.oid = s.amopopr
    JOIN pg_catalog.pg_proc p ON p.oid = o.oprcode
    WHERE s.amopfamily = c.opcfamily AND p.oid >= 16384 AND p.prolang NOT IN (12, 13))
) h
"""

_ZONES = """
-- the time zones of this session, of the server's log, and of all roles and databases
SELECT pg_catalog.json_agg(z.name ORDER BY z.name) FROM (
  SELECT reset_val AS name FROM pg_catalog.pg_settings WHERE name IN ('TimeZone', 'log_timezone')
  UNION SELECT pg_catalog.substr(c, 10)
  FROM pg_catalog.pg_db_role_setting s, pg_catalog.unnest(s.setconfig) c
  WHERE c ILIKE 'timezone=%'
) z
"""
_SERVER = f"""
SELECT pg_catalog.current_setting('server_version') AS version,
       pg_catalog.current_setting('server_version_num') AS version_num,
       pg_catalog.current_database() AS database, current_user AS role,
       (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user) AS superuser,
       (SELECT pg_catalog.count(*) FROM wanted w
        WHERE w.relkind IN ('r', 'p') AND w.managed IS DISTINCT FROM 'system'
          AND pg_catalog.has_table_privilege(w.oid, 'INSERT, UPDATE, DELETE, TRUNCATE'))
         AS may_write,
       (SELECT coalesce(pg_catalog.json_agg(p.schema ORDER BY p.ordinal), '[]') FROM path p)
         AS search_path,
       (SELECT coalesce(pg_catalog.json_agg(DISTINCT n.nspname), '[]')
        FROM pg_catalog.pg_extension e
        JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace WHERE n.nspname <> 'pg_catalog')
         AS extension_schemas,
       (SELECT coalesce(pg_catalog.json_agg(e.extname ORDER BY e.extname), '[]')
        FROM pg_catalog.pg_extension e WHERE e.extname <> 'plpgsql') AS extensions,
       (SELECT coalesce(pg_catalog.json_object_agg(e.extname, n.nspname), '{{}}')
        FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
        WHERE e.extname <> 'plpgsql') AS schema_of_extension,
       ({_FUNCTIONS}) AS functions,
       ({_OPERATORS}) AS operators,
       ({_HAZARDS}) AS hazards,
       ({_ZONES}) AS time_zones,
       pg_catalog.json_build_object(
         'function', (SELECT pg_catalog.count(*) FROM pg_catalog.pg_proc p
                      JOIN namespaces n ON n.oid = p.pronamespace
                      WHERE p.oid >= 16384 AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                        WHERE d.classid = 'pg_catalog.pg_proc'::regclass AND d.objid = p.oid
                        AND d.deptype = 'e')),
         'trigger', (SELECT pg_catalog.count(*) FROM relations r
                     {rows_of("pg_trigger", "t", "t.tgrelid = r.oid AND NOT t.tgisinternal", "")}
                     WHERE r.relhastriggers AND r.managed IS DISTINCT FROM 'system'),
         'policy', (SELECT pg_catalog.count(*) FROM pg_catalog.pg_policy p
                    JOIN relations r ON r.oid = p.polrelid),
         'rule', (SELECT pg_catalog.count(*) FROM pg_catalog.pg_rewrite w
                  JOIN relations r ON r.oid = w.ev_class
                  WHERE r.managed IS DISTINCT FROM 'system' AND w.rulename <> '_RETURN'),
         -- without those that a check itself needs: any to its own role, and SELECT on version
         -- tables to the roles of other checks
         'grant', (SELECT pg_catalog.count(DISTINCT (r.oid, a.grantee)) FROM relations r
                   CROSS JOIN LATERAL pg_catalog.aclexplode(r.relacl) a
                   WHERE r.relacl IS NOT NULL
                     AND r.managed IS DISTINCT FROM 'system'
                     AND (r.managed IS DISTINCT FROM 'alembic'
                          OR a.privilege_type <> 'SELECT' OR a.is_grantable)
                     AND a.grantee <> r.relowner
                     AND a.grantee <> (SELECT oid FROM pg_catalog.pg_roles
                                       WHERE rolname = current_user))) AS not_compared
"""


def statement(scope: Scope, unprinted: Unprinted = Unprinted()) -> str:  # noqa: B008
    """Return the catalog statement: all kinds and the server in one round trip and one snapshot."""
    queries = {
        kind.name: unprinted.without_calls(kind.sql)
        for kind in KINDS
        if not kind.is_optional or kind.name in scope.kinds
    }
    versions = VERSIONS
    if scope.tenants:
        rows = grouped_rows(queries, scope.tenants)
        versions = f"{narrowed_ctes('sent')} {VERSIONS}"
    else:
        rows = "\nUNION ALL\n".join(
            f"SELECT '{kind}', {ROW} FROM ({sql}) q" for kind, sql in queries.items()
        )
    if scope.revisions:
        version_rows = revisions_sql(scope.version_tables)
        rows += f"\nUNION ALL\nSELECT 'revisions', {ROW} FROM ({version_rows}) q"
    for name, (_, sql) in PARTS.items() if scope.details else ():
        rows += f"\nUNION ALL\nSELECT '{name}', {ROW} FROM ({sql}) q"
    server = f"SELECT s.*, ({versions}) AS versions FROM ({_SERVER}) s"
    return f"{scope_ctes(scope)}{rows}\nUNION ALL\nSELECT 'server', {ROW} FROM ({server}) q"


_DECODERS: Mapping[str, msgspec.json.Decoder[Any]] = {
    "server": msgspec.json.Decoder(Server),
    "tenants": msgspec.json.Decoder(TenantGroup),
    "revisions": msgspec.json.Decoder(VersionRows),
    **{name: msgspec.json.Decoder(struct) for name, (struct, _) in PARTS.items()},
    **{kind.name: msgspec.json.Decoder(kind.struct) for kind in KINDS},
}
"""Made at import, by one thread: two threads that make a decoder at once crash msgspec."""


def decode_rows(rows: Iterable[Row]) -> dict[str, list[Any]]:
    """Return the objects of each kind. Raises DatabaseError for a row that is not an object."""
    objects: dict[str, list[Any]] = defaultdict(list)
    for kind, document in rows:
        name = (kind or b"").decode()
        if name in _DECODERS:  # other rows answer the statements that open the transaction
            objects[name].append(_decode(_DECODERS[name], document or b""))
    return objects


def _decode(decoder: msgspec.json.Decoder[Any], document: bytes) -> Any:
    """Return one object. Raises DatabaseError for a document that is not one.

    That happens if something is dropped while it is read: functions of the catalog look at the
    present, and answer NULL for what the snapshot still has. Names that are not UTF-8, in a
    database without an encoding, are read with a replacement for each such byte.
    """
    try:
        return decoder.decode(document)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        text = document.decode("utf-8", errors="replace")
    try:
        return decoder.decode(text)
    except (msgspec.DecodeError, RecursionError) as problem:
        raise DatabaseError(
            f"the catalog changed while it was read, or is not PostgreSQL's own: {problem}",
            retryable=True,
        ) from None
