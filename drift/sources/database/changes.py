"""Tells what was changed in a database while it was read.

Rows of the catalog are as the statement's snapshot has them. But expressions and types are printed
by functions of the server that read the present: they name columns, types, labels, functions and
sequences as these are called a moment later, or fail for what is dropped.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from drift.report.finding import Finding
from drift.sources.database.connection import Timeouts, begin, settings
from drift.sources.database.request import Request, scope
from drift.sources.database.row_stream import Answer

if TYPE_CHECKING:
    import psycopg

    from drift.sources.database.reader import Reflection

_PARTS = """
    -- the table itself stands for its columns, which depend on their types
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
"""SQL for the parts of every table, type and sequence that is compared."""

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
"""SQL for everything whose name is printed with those parts: the types with their elements and
labels, functions, sequences and so on. Only what users made has rows in `pg_depend`."""

VERSIONS = f"""
SELECT coalesce(pg_catalog.json_object_agg(v.name, v.version), '{{}}') FROM (
  WITH parts AS MATERIALIZED ({_PARTS}),
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
"""Tells the versions of all rows of the catalog that a table, a type or a sequence is printed from.

Each change of a row, and each change back, is another version.
"""


def changed(
    connection: psycopg.Connection[Any],
    request: Request,
    reflection: Reflection,
    timeouts: Timeouts,
) -> frozenset[str]:
    """Return the tables, types and sequences that were changed since the catalog statement began.

    The settings come first: questions about types and expressions have changed some of them.
    """
    before = settings(timeouts, connection.info.server_version)
    return _differing(reflection.server.versions, _versions(connection, before, request))


def changing(
    connection: psycopg.Connection[Any], request: Request, timeouts: Timeouts
) -> frozenset[str]:
    """Return the tables, types and sequences that change at this moment."""
    before = begin(timeouts, connection.info.server_version)
    looks = []
    for _ in range(2):
        looks.append(_versions(connection, before, request))
        connection.execute("ROLLBACK")
    return _differing(*looks)


def _versions(
    connection: psycopg.Connection[Any], before: str, request: Request
) -> Mapping[str, int]:
    answer = Answer(connection.pgconn, f"{before}{scope(request)}{VERSIONS}".encode())
    documents = [value for value, _ in answer.rest() if value is not None]
    found: dict[str, int] = msgspec.json.decode(documents[-1]) if documents else {}
    return found


def _differing(before: Mapping[str, int], now: Mapping[str, int]) -> frozenset[str]:
    return frozenset(name for name in before.keys() | now if before.get(name) != now.get(name))


_MISSING = frozenset({"missing-enum", "missing-domain", "missing-sequence"})
"""What has another name, or is in another schema, for a moment is not among the names."""


def certain(
    findings: Collection[Finding], names: Collection[str]
) -> tuple[tuple[Finding, ...], set[str]]:
    """Return the findings that are about nothing that kept changing, and what the others name."""
    kept, left_out = [], set[str]()
    for one in findings:
        subjects = set(_subjects(one))
        doubtful = subjects if one.rule in _MISSING else subjects & set(names)
        left_out |= doubtful
        if not doubtful:
            kept.append(one)
    return tuple(kept), left_out


def _subjects(finding: Finding) -> Iterator[str]:
    """Yield the table, type or sequence of a finding, and the target of a foreign key."""
    ref = finding.object
    yield f"{ref.schema}.{ref.table or ref.name}"
    for facts in (finding.expected, finding.actual):
        if facts and "target_table" in facts:
            yield f"{facts['target_schema']}.{facts['target_table']}"
