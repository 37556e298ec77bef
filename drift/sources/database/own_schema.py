"""References to an object's own schema, which alike tenants do not share.

A reference is the value of a key that holds a schema's name, or stands in SQL text before a dot.
Names, labels, comments and string literals are no references, whatever they say: `acme` may be a
column of the tenant `acme`, and 'acme.com' a default.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from drift.sources.database.literals import json_text, literal

PLAIN = (
    "name table called comment collation method target_table match on_delete on_update relation "
    "managed labels columns include inherits target_columns delete_columns operators"
).split()
"""Keys of plain text, and of lists of it, in any kind's facts."""

_PATTERN = r"'{}((?:[^']|'')*'::reg\w+)|('(?:[^']|'')*')|(^|[^\w$.\\\"]|[^\\]\"){}"
"""An object's name in a literal, such as 'acme.t_id_seq'::regclass; any other literal; a name."""
_NEUTRAL = r"\3*.\1\2"


def neutral(value: Any, schema: str) -> Any:
    """Return facts in which references to `schema` read like another tenant's to its own."""
    if isinstance(value, Mapping):
        return {key: _of_key(key, item, schema) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [neutral(item, schema) for item in value]
    return _text(value, schema) if isinstance(value, str) else value


def _of_key(key: str, value: Any, schema: str) -> Any:
    if key.endswith("schema"):
        return "*" if value == schema else value
    return value if key in PLAIN else neutral(value, schema)


def _text(text: str, schema: str) -> str:
    quoted = '"' + schema.replace('"', '""') + '"'
    for prefix in (f"{schema}.", f"{quoted}."):
        if prefix in text:
            pattern = _PATTERN.replace("{}", re.escape(prefix))
            text = re.sub(pattern, lambda m: f"{m[3] or ''}*.{m[1] or ''}{m[2] or ''}", text)
    return text


_NAME = json_text("pg_catalog.to_json(s.schema)")
_PREFIX = json_text("pg_catalog.to_json(pg_catalog.quote_ident(s.schema) || '.')")
_META = literal(r"([\\^$.|?*+(){}\[\]])")
_ESCAPED = literal(r"\\\1")
_COLONS = (":", ": ", " : ")
"""How row_to_json, jsonb and json_build_object separate a key from its value."""


def prints(matching: str) -> str:
    """Return SQL for `prints`: two hashes for each schema that matches, of its rows as `neutral`.

    The rows are those of `everything` (schema, kind, row), as text. Only a row that holds the
    schema and a dot is taken apart: its plain keys stay, and the rest is searched for names.
    """
    keys = ", ".join(map(literal, PLAIN))
    values = (f"pg_catalog.jsonb_extract_path(r.document, {literal(key)})" for key in PLAIN)
    plain = json_text(f"pg_catalog.json_build_array({', '.join(values)})")
    rest = f"pg_catalog.jsonb_delete(r.document, VARIADIC ARRAY[{keys}])"
    return f"""
own AS MATERIALIZED (
  SELECT p.schema, p.name, p.prefix, pg_catalog.replace({literal(_PATTERN)}, '{{}}',
           pg_catalog.regexp_replace(p.prefix, {_META}, {_ESCAPED}, 'g')) AS pattern
  FROM (SELECT s.schema, {_NAME} AS name, pg_catalog.btrim({_PREFIX}, '"') AS prefix
        FROM (SELECT DISTINCT e.schema FROM everything e WHERE e.schema ~ {matching}) s) p
),
keyed AS (
  SELECT e.schema, e.kind, o.prefix, o.pattern, {_without_keys("e.row", "o.name")} AS row
  FROM everything e JOIN own o ON o.schema = e.schema
  ORDER BY e.schema OFFSET 0  -- a schema at a time: PostgreSQL keeps 32 compiled patterns
),
documents AS (
  SELECT k.*, CASE WHEN pg_catalog.strpos(k.row, k.prefix) > 0
              THEN pg_catalog.jsonb_in(pg_catalog.textout(k.row)) END AS document
  FROM keyed k OFFSET 0
),
neutral AS (
  SELECT r.schema, r.kind, CASE WHEN r.document IS NULL THEN r.row
           ELSE {plain} || pg_catalog.regexp_replace(
             pg_catalog.textin(pg_catalog.jsonb_out({rest})), r.pattern, {literal(_NEUTRAL)}, 'g')
           END AS row
  FROM documents r
),
prints AS (
  SELECT w.schema, pg_catalog.hashtextextended(w.words, 0) AS one,
         pg_catalog.hashtextextended(w.words, 1) AS other
  FROM (SELECT n.schema, pg_catalog.string_agg(n.kind || n.row, ','
                 ORDER BY n.kind, n.row COLLATE "C") AS words
        FROM neutral n GROUP BY n.schema) w
)"""


def _without_keys(row: str, name: str) -> str:
    """Return SQL for a row whose keys with this schema's name are the same in all tenants."""
    for colon in _COLONS:
        key = f"'schema\"{colon}'"
        row = f"pg_catalog.replace({row}, {key} || {name}, {key} || '\"*\"')"
    return row
