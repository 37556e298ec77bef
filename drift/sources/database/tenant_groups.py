"""Schemas that should be equal: read in the one statement, and sent once per group.

The server takes a fingerprint of every schema that a pattern matches, its own name left out, and
returns the objects of one schema per fingerprint, with the names of all that share it. Equal
schemas of two patterns are two groups: differences are reported and counted per pattern.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated

import msgspec

from drift.sources.database.schema_patterns import regular_expression
from drift.sources.database.schema_references import MARK, PATTERN, PLAIN_KEYS
from drift.sources.database.scope import narrowed_ctes
from drift.sources.database.sql_text import ROW, json_text, literal


class TenantGroup(msgspec.Struct, frozen=True):
    """Schemas of one pattern with equal objects; those of the first schema stand for all."""

    schemas: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]

    @property
    def example(self) -> str:
        """The schema whose objects were read."""
        return self.schemas[0]


_NAME = json_text("pg_catalog.to_json(n.nspname)")
_PREFIX = json_text("pg_catalog.to_json(pg_catalog.quote_ident(n.nspname::text) || '.')")
_OWN, _REFERENCE = f"E'{MARK}'", r"E'\u0002'"
"""SQL for characters that stand for a tenant's own name and dot: anywhere, and in a reference. JSON
never has them as they are. The patterns serve all tenants: PostgreSQL keeps 32 compiled ones."""
_COLUMN = '"column" : "'
"""Stands before a column's name in the keys of an index. The only other value that holds names is
the sequence of a serial column; its default has the same name."""
_PATTERN_OF_KEYS = rf'{PATTERN}|({_COLUMN}(?:[^"\\]|\\.)*")'


def _with_references(pattern: str, *skipped: str) -> str:
    """Return SQL for a key and its value with one character instead of each reference.

    The replacement writes it before skipped texts, too, which is undone.
    """
    marked = f"pg_catalog.replace(d.member, k.prefix, {_OWN})"
    pattern = literal(pattern.replace("{}", MARK))
    sql = f"pg_catalog.regexp_replace({marked}, {pattern}, E'\\\\3\\u0002\\\\1\\\\2\\\\4', 'g')"
    for text in map(literal, skipped):
        sql = f"pg_catalog.replace({sql}, {_REFERENCE} || {text}, {text})"
    return f"pg_catalog.replace({sql}, {_OWN}, k.prefix)"


_NEUTRAL = f"""
  -- plain keys stay as they are, and the other values are searched for references. The text is that
  -- of row_to_json if it has none
  SELECT '{{' || pg_catalog.string_agg(CASE
           WHEN pg_catalog.strpos(d.member, k.prefix) = 0
             OR d.key IN ({", ".join(map(literal, PLAIN_KEYS))}) THEN d.member
           WHEN d.key = 'keys' THEN {_with_references(_PATTERN_OF_KEYS, "'", _COLUMN)}
           ELSE {_with_references(f"{PATTERN}()", "'")} END, ',') || '}}'
  FROM (SELECT v.key, '"' || v.key || '":' || {json_text("v.value")} AS member
        FROM pg_catalog.json_each(pg_catalog.json_in(pg_catalog.textout(k.row))) v OFFSET 0) d
"""


def _with_common_references() -> str:
    """Return SQL for a row without references as most have them: a type, and a serial's default.

    JSON has these texts only at the start of a value, so that no search is needed to tell them from
    text in literals. This saves 4 % of the statement.
    """
    row = "k.row"
    for before in ('"type":"', '"default":"nextval(\''):
        own, kept = literal(before), literal(before.removesuffix("'"))
        row = f"pg_catalog.replace({row}, {own} || k.prefix, {kept} || {_REFERENCE})"
    return row


def _without_keys(row: str, name: str) -> str:
    """Return SQL for a row with 0 for the values of keys that hold the schema's name.

    No other schema's name is a number. row_to_json, jsonb and json_build_object each separate a key
    from its value in another way.
    """
    for colon in (":", ": ", " : "):
        key = f"'schema\"{colon}'"
        row = f"pg_catalog.replace({row}, {key} || {name}, {key} || '0')"
    return row


def _number_sql(patterns: Sequence[str]) -> str:
    """Return SQL for the number of the first pattern that matches a schema."""
    cases = (
        f"WHEN t.schema ~ {literal(regular_expression([pattern]))} THEN {number}"
        for number, pattern in enumerate(patterns)
    )
    return f"CASE {' '.join(cases)} END"


_COMMON = _with_common_references()
_TENANTS = f"""
  SELECT n.oid, n.nspname::text AS schema, {_NAME} AS name,
         pg_catalog.btrim({_PREFIX}, '"') AS prefix
  FROM namespaces n WHERE n.is_tenant
"""
_ROWS = f"""
  SELECT t.oid, t.prefix, e.kind, {_without_keys("e.row", "t.name")} AS row
  -- FULL keeps the planner from a nested loop over all rows and tenants, which takes minutes: its
  -- estimate for making the rows is so high that all ways to join them seem to cost the same
  FROM everything e FULL JOIN tenants t ON t.schema = e.schema OFFSET 0
"""
_HASHES = f"""
  SELECT n.oid, pg_catalog.hashtextextended(n.row, 0) AS hash_0,
         pg_catalog.hashtextextended(n.row, 1) AS hash_1
  FROM (
    -- only a row that holds the schema and a dot is taken apart, since parsing JSON is slow
    SELECT k.oid, k.kind || CASE WHEN pg_catalog.strpos(k.row, k.prefix) = 0 THEN k.row
             WHEN pg_catalog.strpos({_COMMON}, k.prefix) = 0 THEN {_COMMON}
             ELSE ({_NEUTRAL}) END AS row
    FROM ({_ROWS}) k OFFSET 0
  ) n OFFSET 0
"""
"""The hashes of each row, and the number of its schema."""


def _union(queries: Mapping[str, str], columns: str) -> str:
    return "\nUNION ALL\n".join(
        f"SELECT '{kind}'::text AS kind, {columns} FROM ({sql}) q" for kind, sql in queries.items()
    )


def grouped_rows(queries: Mapping[str, str], patterns: Sequence[str]) -> str:
    """Return the end of the catalog statement, after the scope: one schema's rows per group.

    `queries` are the kinds' own, `patterns` those of the schemas' names. The queries run twice:
    over all tenants, whose rows are only hashed, and over the schemas to send. For 1,000 tenants
    with 20 tables, to keep and to sort the rows of the first time took 5 of 9 seconds, and 550 MB
    of temporary files.

    Two sums of 64-bit hashes make a fingerprint: one alone could be the same by chance. Sums do not
    depend on the order of the rows.
    """
    return f"""
, tenants AS MATERIALIZED ({_TENANTS}),
fingerprints AS MATERIALIZED (
  {narrowed_ctes("tenants")},
  everything AS ({_union(queries, f"q.schema::text AS schema, {ROW} AS row")})
  SELECT h.oid, pg_catalog.sum(h.hash_0) AS hash_0, pg_catalog.sum(h.hash_1) AS hash_1
  FROM ({_HASHES}) h WHERE h.oid IS NOT NULL GROUP BY h.oid
),
groups AS MATERIALIZED (
  SELECT pg_catalog.json_agg(t.schema ORDER BY t.schema) AS schemas,
         pg_catalog.min(t.schema) AS example
  FROM fingerprints f JOIN tenants t ON t.oid = f.oid
  GROUP BY f.hash_0, f.hash_1, {_number_sql(patterns)}
),
sent AS MATERIALIZED (
  SELECT n.nspname::text AS schema FROM namespaces n WHERE NOT n.is_tenant
  UNION ALL SELECT g.example FROM groups g
)
SELECT s.kind, s.row FROM ({narrowed_ctes("sent")} {_union(queries, f"{ROW} AS row")}) s
UNION ALL
SELECT 'tenants', {json_text("pg_catalog.json_build_object('schemas', g.schemas)")}
FROM groups g"""
