"""The rows of a clone as text, and its schema as a fingerprint, to compare before and after."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple

import psycopg

from drift.kinds.sql import types
from drift.plan import ddl
from drift.plan.operation import TableName


class Rows(NamedTuple):
    """The rows of one table as text, its columns with their types, and those of its primary key.

    `generated` are columns that PostgreSQL computes, `labels` those of enums by column.
    """

    columns: Mapping[str, str]
    rows: list[tuple[str | None, ...]]
    key: tuple[str, ...] = ()
    generated: frozenset[str] = frozenset()
    labels: Mapping[str, list[str]] = {}


Content = Mapping[TableName, Rows]

_TABLES = """
SELECT n.nspname, c.relname, c.relkind = 'p',
       array_agg(a.attname ORDER BY a.attnum),
       array_agg(format_type(a.atttypid, a.atttypmod) ORDER BY a.attnum),
       (SELECT coalesce(array_agg(k.attname ORDER BY k.attnum), '{}')
        FROM pg_constraint p JOIN pg_attribute k ON k.attrelid = c.oid AND k.attnum = ANY (p.conkey)
        WHERE p.conrelid = c.oid AND p.contype = 'p'),
       coalesce(array_agg(a.attname) FILTER (WHERE a.attgenerated <> ''), '{}'),
       coalesce(json_object_agg(a.attname, (
         SELECT coalesce(json_agg(e.enumlabel ORDER BY e.enumsortorder), '[]') FROM pg_enum e
         WHERE e.enumtypid IN (t.oid, t.typelem))) FILTER (WHERE t.typcategory IN ('E', 'A')), '{}')
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type t ON t.oid = a.atttypid
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence <> 't'
  AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
GROUP BY n.nspname, c.relname, c.relkind, c.oid
"""

_SHAPE = """
SELECT md5(coalesce(string_agg(line, E'\\n' ORDER BY line COLLATE "C"), '')) FROM (
  SELECT concat_ws(' ', 'r', c.oid::regclass, c.relkind, c.relpersistence, c.reloptions,
                   obj_description(c.oid, 'pg_class'), pg_get_partkeydef(c.oid)) AS line
  FROM wanted c
  UNION ALL
  SELECT concat_ws(' ', 'a', c.oid::regclass, a.attname, format_type(a.atttypid, a.atttypmod),
                   a.attnotnull, a.attidentity, a.attgenerated, a.attcollation,
                   pg_get_expr(d.adbin, d.adrelid), col_description(c.oid, a.attnum))
  FROM wanted c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
  UNION ALL
  SELECT concat_ws(' ', 'k', k.conrelid::regclass, k.contypid::regtype, k.conname, k.convalidated,
                   pg_get_constraintdef(k.oid))
  FROM pg_constraint k JOIN pg_namespace n ON n.oid = k.connamespace WHERE {user}
  UNION ALL
  SELECT concat_ws(' ', 'i', i.indisvalid, i.indisready, pg_get_indexdef(i.indexrelid))
  FROM wanted c JOIN pg_index i ON i.indexrelid = c.oid
  UNION ALL
  SELECT concat_ws(' ', 't', g.tgenabled, pg_get_triggerdef(g.oid))
  FROM wanted c JOIN pg_trigger g ON g.tgrelid = c.oid AND NOT g.tgisinternal
  UNION ALL
  SELECT concat_ws(' ', 'y', t.oid::regtype, t.typnotnull, t.typdefault,
                   (SELECT string_agg(e.enumlabel, ',' ORDER BY e.enumsortorder)
                    FROM pg_enum e WHERE e.enumtypid = t.oid))
  FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
  WHERE t.typtype IN ('e', 'd') AND {user}
  UNION ALL
  SELECT concat_ws(' ', 's', s.seqrelid::regclass, s.seqtypid, s.seqstart, s.seqincrement,
                   s.seqmin, s.seqmax, s.seqcycle, s.seqcache)
  FROM pg_sequence s
  UNION ALL
  SELECT concat_ws(' ', 'h', h.inhrelid::regclass, h.inhparent::regclass)
  FROM pg_inherits h JOIN wanted c ON c.oid = h.inhrelid
  UNION ALL
  SELECT concat_ws(' ', 'n', n.nspname) FROM pg_namespace n WHERE {user}
) lines
"""
_USER = "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'"
_WANTED = f"""WITH wanted AS MATERIALIZED (
  SELECT c.* FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE {_USER} AND c.relpersistence <> 't')"""


def shape(connection: psycopg.Connection[Any]) -> str:
    """Return a fingerprint of the schema, by names and definitions.

    The search path of the session is another one afterwards.
    """
    connection.execute("SET search_path = pg_catalog, pg_temp")  # so that names are qualified
    row = connection.execute(f"{_WANTED}{_SHAPE.format(user=_USER)}".encode()).fetchone()
    return str(row and row[0])


def read(connection: psycopg.Connection[Any]) -> dict[TableName, Rows]:
    """Return the rows of all tables; those of partitions belong to their table."""
    content = {}
    tables = connection.execute(_TABLES.encode())
    for schema, name, parted, columns, kinds, key, generated, labels in tables:
        selected = ", ".join(f"{types.quote(column)}::text" for column in columns)
        only = "" if parted else "ONLY "
        query = f"SELECT {selected} FROM {only}{ddl.path(schema, name)}"
        rows = connection.execute(query.encode()).fetchall()
        by_name = dict(zip(columns, kinds, strict=True))
        content[schema, name] = Rows(by_name, rows, tuple(key), frozenset(generated), labels)
    return content


def lost(before: Content, after: Content, dropped: Collection[TableName]) -> Iterator[str]:
    """Yield a sentence for each table in which a row was lost, added or changed.

    A value that was NULL may be another one now: a backfill sets it.
    """
    for table, rows in before.items():
        if table in dropped:
            continue
        if table not in after:
            yield f"{ddl.path(*table)} does not exist any more"
        else:
            yield from _changes(ddl.path(*table), rows, after[table])


def _changes(path: str, before: Rows, after: Rows) -> Iterator[str]:
    if len(before.rows) != len(after.rows):
        yield f"{path} had {len(before.rows)} rows, and has {len(after.rows)} now"
        return
    common = [name for name in before.columns if _is_comparable(name, before, after)]
    old, new = _only(before, common), _only(after, common)
    if Counter(old) == Counter(new) or not common:
        return
    key = _key(before, common, old)
    old.sort(key=lambda row: _order(row, key))
    new.sort(key=lambda row: _order(row, key))
    changed = sorted({
        name
        for was, now in zip(old, new, strict=True)
        for name, value, other in zip(common, was, now, strict=True)
        if value != other and value is not None and not _is_gone(name, value, after)
    })  # fmt: skip
    if changed:
        yield f"values of {path} changed: {', '.join(map(types.quote, changed))}"


def _is_comparable(name: str, before: Rows, after: Rows) -> bool:
    """Return whether a column has the type that it had, and values of its own."""
    if before.columns[name] != after.columns.get(name) or name in after.generated:
        return False
    same_labels = before.labels.get(name) == after.labels.get(name)
    return same_labels or not before.columns[name].endswith("[]")


def _is_gone(name: str, value: str, after: Rows) -> bool:
    """Return whether a value is the label of an enum that does not have it any more."""
    labels = after.labels.get(name)
    return labels is not None and bool(labels) and value not in labels


def _only(rows: Rows, columns: list[str]) -> list[tuple[str | None, ...]]:
    positions = [list(rows.columns).index(column) for column in columns]
    return [tuple(row[position] for position in positions) for row in rows.rows]


def _key(before: Rows, common: list[str], old: list[tuple[str | None, ...]]) -> list[int]:
    """Return the positions of columns that a backfill cannot change, to pair rows by."""
    if before.key and set(before.key) <= set(common):
        return [common.index(name) for name in before.key]
    labelled = {i for i, name in enumerate(common) if before.labels.get(name)}
    return [
        i
        for i in range(len(common))
        if i not in labelled and all(row[i] is not None for row in old)
    ]


def _order(row: tuple[str | None, ...], key: list[int]) -> tuple[str, ...]:
    return tuple(row[position] or "" for position in key)
