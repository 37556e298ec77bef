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
from drift.sources.database.schema_references import PATTERN, PLAIN_KEYS, REPLACEMENT
from drift.sources.database.sql_text import ROW, json_text, literal


class TenantGroup(msgspec.Struct, frozen=True):
    """Schemas of one pattern with equal objects; those of the first schema stand for all."""

    schemas: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]

    @property
    def example(self) -> str:
        """The schema whose objects were read."""
        return self.schemas[0]


_NAME = json_text("pg_catalog.to_json(s.schema)")
_PREFIX = json_text("pg_catalog.to_json(pg_catalog.quote_ident(s.schema) || '.')")
_META = literal(r"([\\^$.|?*+(){}\[\]])")
_ESCAPED = literal(r"\\\1")
_KEYS = ", ".join(map(literal, PLAIN_KEYS))
_PLAIN_VALUES = ", ".join(
    f"pg_catalog.jsonb_extract_path(r.document, {literal(key)})" for key in PLAIN_KEYS
)
_PLAIN = json_text(f"pg_catalog.json_build_array({_PLAIN_VALUES})")
_REST = f"pg_catalog.jsonb_delete(r.document, VARIADIC ARRAY[{_KEYS}])"


def _without_keys(row: str, name: str) -> str:
    """Return SQL for a row with `*` for the values of keys that hold the schema's name.

    row_to_json, jsonb and json_build_object each separate a key from its value in another way.
    """
    for colon in (":", ": ", " : "):
        key = f"'schema\"{colon}'"
        row = f"pg_catalog.replace({row}, {key} || {name}, {key} || '\"*\"')"
    return row


def _number_sql(patterns: Sequence[str]) -> str:
    """Return SQL for the number of the first pattern that matches a schema."""
    cases = (
        f"WHEN f.schema ~ {literal(regular_expression([pattern]))} THEN {number}"
        for number, pattern in enumerate(patterns)
    )
    return f"CASE {' '.join(cases)} END"


def grouped_rows(queries: Mapping[str, str], patterns: Sequence[str]) -> str:
    """Return the end of the catalog statement, after the scope: one schema's rows per group.

    `queries` are the kinds' own, `patterns` those of the schemas' names. Two hashes of 64 bits make
    a fingerprint: one alone could be the same by chance.
    """
    matching = literal(regular_expression(patterns))
    rows = "\nUNION ALL\n".join(
        f"SELECT '{kind}'::text AS kind, q.schema::text AS schema, {ROW} AS row FROM ({sql}) q"
        for kind, sql in queries.items()
    )
    return f"""
, everything AS MATERIALIZED ({rows}),
own AS MATERIALIZED (
  SELECT p.schema, p.name, p.prefix, pg_catalog.replace({literal(PATTERN)}, '{{}}',
           pg_catalog.regexp_replace(p.prefix, {_META}, {_ESCAPED}, 'g')) AS pattern
  FROM (SELECT s.schema, {_NAME} AS name, pg_catalog.btrim({_PREFIX}, '"') AS prefix
        FROM (SELECT DISTINCT e.schema FROM everything e WHERE e.schema ~ {matching}) s) p
),
keyed AS (
  SELECT e.schema, e.kind, o.prefix, o.pattern, {_without_keys("e.row", "o.name")} AS row
  FROM everything e JOIN own o ON o.schema = e.schema
  -- a schema at a time, since PostgreSQL keeps 32 compiled patterns. OFFSET 0 keeps the planner
  -- from merging this query into the next one, which would lose the order
  ORDER BY e.schema OFFSET 0
),
documents AS (
  -- only a row that holds the schema and a dot is taken apart, since parsing JSON is slow.
  -- OFFSET 0 keeps the planner from parsing it again wherever `document` is used
  SELECT k.*, CASE WHEN pg_catalog.strpos(k.row, k.prefix) > 0
              THEN pg_catalog.jsonb_in(pg_catalog.textout(k.row)) END AS document
  FROM keyed k OFFSET 0
),
neutral AS (
  -- plain keys stay as they are, and the rest is searched for references
  SELECT r.schema, r.kind, CASE WHEN r.document IS NULL THEN r.row
           ELSE {_PLAIN} || pg_catalog.regexp_replace(
             pg_catalog.textin(pg_catalog.jsonb_out({_REST})), r.pattern, {literal(REPLACEMENT)},
             'g')
           END AS row
  FROM documents r
),
fingerprints AS (
  SELECT w.schema, pg_catalog.hashtextextended(w.content, 0) AS hash_0,
         pg_catalog.hashtextextended(w.content, 1) AS hash_1
  FROM (SELECT n.schema, pg_catalog.string_agg(n.kind || n.row, ','
                 ORDER BY n.kind, n.row COLLATE "C") AS content
        FROM neutral n GROUP BY n.schema) w
),
groups AS MATERIALIZED (
  SELECT pg_catalog.json_agg(f.schema ORDER BY f.schema) AS schemas,
         pg_catalog.min(f.schema) AS example
  FROM fingerprints f GROUP BY f.hash_0, f.hash_1, {_number_sql(patterns)}
)
SELECT e.kind, e.row FROM everything e
WHERE e.schema !~ {matching} OR e.schema IN (SELECT example FROM groups)
UNION ALL
SELECT 'tenants', {json_text("pg_catalog.json_build_object('schemas', g.schemas)")}
FROM groups g"""
