"""Catalog facts that only advice needs; the one catalog statement reads them if it is on."""

from __future__ import annotations

import msgspec

MOST = 1_000
"""Sequences whose last number is read: each holds a lock until the check ends, and a server has
6,400 for all sessions by default."""


class PinnedIndex(msgspec.Struct, frozen=True, kw_only=True):
    """An index that cannot be dropped without another change.

    It is the replica identity, orders the table (CLUSTER), or a foreign key points at it.
    """

    schema: str
    table: str
    name: str


class TableState(msgspec.Struct, frozen=True, kw_only=True):
    """The unusual parts of a table.

    `guarded`: a trigger or a rule of its own reacts to DELETE. `indexed_apart`: a partition has an
    index that the partitioned table does not have.
    """

    schema: str
    name: str
    guarded: bool = False
    indexed_apart: bool = False


class SequenceState(msgspec.Struct, frozen=True, kw_only=True):
    """A sequence and its last number; None if it has none yet, or was not read.

    `owner` is the schema, table and name of the column that owns it. `locked`: another session
    changes it at the moment. `excess`: it is beyond the number of sequences that are read.
    """

    schema: str
    name: str
    increment: int
    minimum: int
    maximum: int
    cycle: bool
    readable: bool
    locked: bool
    excess: bool = False
    last_value: int | None = None
    owner: tuple[str, str, str] | None = None


class Details(msgspec.Struct, frozen=True, kw_only=True):
    """All of it, for the tables of one check."""

    pinned: tuple[PinnedIndex, ...] = ()
    tables: tuple[TableState, ...] = ()
    sequences: tuple[SequenceState, ...] = ()


_PINNED = """
SELECT r.schema, r.name AS "table", c.relname AS name
FROM wanted r
JOIN pg_catalog.pg_index i ON i.indrelid = r.oid
JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
WHERE i.indisreplident OR i.indisclustered
   -- no index of pg_constraint serves a search by conindid: it is read once
   OR i.indexrelid IN (SELECT k.conindid FROM pg_catalog.pg_constraint k WHERE k.contype = 'f')
"""
_TABLES = """
SELECT * FROM (
  SELECT r.schema, r.name,
         -- DELETE is the bit 8 of tgtype, and the event '4' of pg_rewrite
         EXISTS (SELECT FROM pg_catalog.pg_trigger g
                 WHERE g.tgrelid = r.oid AND NOT g.tgisinternal AND g.tgenabled <> 'D'
                   AND g.tgtype & 8 <> 0)
         OR EXISTS (SELECT FROM pg_catalog.pg_rewrite w
                    WHERE w.ev_class = r.oid AND w.ev_type = '4') AS guarded,
         r.relkind = 'p' AND EXISTS (
           WITH RECURSIVE partitions AS (
             SELECT h.inhrelid FROM pg_catalog.pg_inherits h WHERE h.inhparent = r.oid
             UNION ALL
             SELECT h.inhrelid FROM partitions p
             JOIN pg_catalog.pg_inherits h ON h.inhparent = p.inhrelid)
           SELECT FROM partitions p JOIN pg_catalog.pg_index i ON i.indrelid = p.inhrelid
           WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_inherits h
                             WHERE h.inhrelid = i.indexrelid)) AS indexed_apart
  FROM wanted r WHERE r.relkind IN ('r', 'p')
) s WHERE s.guarded OR s.indexed_apart
"""
_SEQUENCES = """
SELECT n.nspname AS schema, c.relname AS name, s.seqincrement AS increment, s.seqmin AS minimum,
       s.seqmax AS maximum, s.seqcycle AS cycle, a.readable, a.locked, a.excess,
       -- the function locks the sequence as nextval() does: it would wait for a session that
       -- alters it, and the locks of a transaction are limited. A standby has no unlogged ones
       CASE WHEN a.readable AND NOT a.locked AND NOT a.excess
                 AND NOT (c.relpersistence = 'u' AND pg_catalog.pg_is_in_recovery())
            THEN pg_catalog.pg_sequence_last_value(c.oid) END AS last_value,
       (SELECT pg_catalog.json_build_array(m.nspname, o.relname, b.attname)
        FROM pg_catalog.pg_depend w
        JOIN pg_catalog.pg_class o ON o.oid = w.refobjid
        JOIN pg_catalog.pg_namespace m ON m.oid = o.relnamespace
        JOIN pg_catalog.pg_attribute b ON b.attrelid = o.oid AND b.attnum = w.refobjsubid
        WHERE w.classid = 'pg_catalog.pg_class'::regclass AND w.objid = c.oid
          AND w.refclassid = 'pg_catalog.pg_class'::regclass AND w.deptype IN ('a', 'i')
        LIMIT 1) AS owner
FROM (
  SELECT q.oid,
         coalesce(pg_catalog.has_sequence_privilege(q.oid, 'SELECT, USAGE'), false) AS readable,
         q.oid IN (SELECT l.relation FROM pg_catalog.pg_locks l
                   WHERE l.locktype = 'relation' AND l.pid <> pg_catalog.pg_backend_pid()
                     AND l.mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock',
                                    'AccessExclusiveLock')) AS locked,
         -- those that can end soonest are read first
         pg_catalog.row_number() OVER (ORDER BY p.seqmax, q.oid) > {most} AS excess
  FROM pg_catalog.pg_sequence p
  JOIN pg_catalog.pg_class q ON q.oid = p.seqrelid AND q.relpersistence <> 't'
  WHERE q.relnamespace IN (SELECT oid FROM namespaces)
     -- a default of a table of the check calls nextval() with it
     OR EXISTS (SELECT FROM pg_catalog.pg_depend d
                JOIN pg_catalog.pg_attrdef f ON f.oid = d.objid
                WHERE d.classid = 'pg_catalog.pg_attrdef'::regclass
                  AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid = q.oid
                  AND f.adrelid IN (SELECT oid FROM wanted))
  OFFSET 0
) a
JOIN pg_catalog.pg_sequence s ON s.seqrelid = a.oid
JOIN pg_catalog.pg_class c ON c.oid = a.oid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
""".replace("{most}", str(MOST))

PARTS: dict[str, tuple[type[msgspec.Struct], str]] = {
    "pinned": (PinnedIndex, _PINNED),
    "tables": (TableState, _TABLES),
    "sequences": (SequenceState, _SEQUENCES),
}
"""The struct and the SQL of each field of `Details`; the SQL is over the CTEs of the kinds' own."""
