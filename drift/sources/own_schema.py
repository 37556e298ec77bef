"""References to an object's own schema, in JSON about it: what alike tenants do not share.

A reference stands in a key that holds a schema's name, or in SQL text, before a dot. Names,
labels, comments and string literals are no references, whatever they say: `acme` may be a column
of the tenant `acme`, and 'acme.com' a default.
"""

from __future__ import annotations

import re

import msgspec

from drift.sources.literals import json_text, literal

NAMES = (
    "name table called comment column collation own_collation opclass default_opclass method "
    "target_table match on_delete on_update relation managed"
).split()
"""Keys of plain text, in any kind's JSON."""
LISTS = "labels columns include inherits target_columns delete_columns operators".split()
"""Keys of lists of plain text."""

_TEXT = r'"(?:[^"\\]|\\.)*"'
_PROTECTED = (
    rf'"(?:{"|".join(NAMES)})" ?: ?{_TEXT}'
    rf'|"(?:{"|".join(LISTS)})" ?: ?\[(?:{_TEXT}|[, ])*\]'
    r"|'(?:[^']|'')*'"
)
_BEGIN = r'(?<![\w$.])(?<!\\")'
_OBJECT = r"'{}((?:[^']|'')*'::reg\w+)"
"""A literal that names an object, such as 'acme.users_id_seq'::regclass."""
PATTERN = f"{_OBJECT}|({_PROTECTED})|{_BEGIN}{{}}"
"""A regular expression, the same for PostgreSQL and Python; {} is the schema and the dot."""

_KEY = re.compile(rf'(schema" ?: ?)({_TEXT})')


def neutral(json: str, schema: str) -> str:
    """Return JSON in which references to `schema` read like another tenant's to its own."""
    name = _json(schema)
    json = _KEY.sub(lambda key: key[1] + ('"*"' if key[2] == name else key[2]), json)
    quoted = '"' + schema.replace('"', '""') + '".'
    for prefix in (_json(f"{schema}.")[1:-1], _json(quoted)[1:-1]):
        if prefix in json:
            json = re.sub(PATTERN.replace("{}", re.escape(prefix)), _NEUTRAL, json)
    return json


_PATTERN = literal(PATTERN)
_NAME = json_text("pg_catalog.to_json(s.schema)")
_PREFIX = json_text("pg_catalog.to_json(pg_catalog.quote_ident(s.schema) || '.')")
_META = literal(r"([\\^$.|?*+(){}\[\]])")
_ESCAPED = literal(r"\\\1")
_NEUTRAL = r"*.\1\2"
_COLONS = (":", ": ", " : ")
"""How row_to_json, jsonb and json_build_object separate a key from its value."""


def prints(matching: str) -> str:
    """Return SQL for `prints`: two hashes for each schema that matches, of its rows as `neutral`.

    The rows are those of `everything` (schema, kind, row).
    """
    return f"""
own AS MATERIALIZED (
  SELECT p.schema, p.name, p.prefix, pg_catalog.replace({_PATTERN}, '{{}}',
           pg_catalog.regexp_replace(p.prefix, {_META}, {_ESCAPED}, 'g')) AS pattern
  FROM (SELECT s.schema, {_NAME} AS name, pg_catalog.btrim({_PREFIX}, '"') AS prefix
        FROM (SELECT DISTINCT e.schema FROM everything e WHERE e.schema ~ {matching}) s) p
),
neutral AS (
  SELECT r.schema, r.kind, CASE WHEN pg_catalog.strpos(r.row, r.prefix) = 0 THEN r.row
           ELSE pg_catalog.regexp_replace(r.row, r.pattern, {literal(_NEUTRAL)}, 'g') END AS row
  FROM (SELECT e.schema, e.kind, o.prefix, o.pattern, {_without_keys("e.row", "o.name")} AS row
        FROM everything e JOIN own o ON o.schema = e.schema) r
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


def _json(text: str) -> str:
    return msgspec.json.encode(text).decode()
