"""One key of an index or of an exclusion constraint."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated, Any

import msgspec

from drift.kinds.base import Ask
from drift.kinds.facts import Facts, means
from drift.kinds.sql_words import key_text
from drift.lazy_regex import lazy_regex
from drift.model import Expression


class IndexKey(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A column or an expression; operator class and collation are None if they are the defaults.

    `own_collation` is the collation that a live key has without COLLATE, as far as the catalog
    shows it.
    """

    column: str | None = None
    expression: str | None = None
    descending: bool = False
    nulls_first: bool = False
    opclass: str | None = None
    parameters: tuple[tuple[str, str], ...] = ()
    collation: str | None = None
    default_opclass: str | None = None
    own_collation: str | None = None

    def comparable(self, expression: str | None) -> dict[str, Any]:
        """Return the compared attributes, with the expression in PostgreSQL's spelling."""
        return {
            "column": self.column,
            "expression": expression,
            "descending": self.descending,
            "nulls_first": self.nulls_first,
            "opclass": self.opclass,
            "parameters": dict(self.parameters),
            "collation": self.collation,
        }

    @property
    def text(self) -> str:
        """The key as SQL has it."""
        return key_text(msgspec.structs.asdict(self))


class KeyFacts(Facts, frozen=True, kw_only=True):
    """One key of an index: a column or an expression."""

    column: str | None
    expression: str | None
    descending: bool
    nulls_first: bool
    opclass: Annotated[str | None, means("The operator class, if it is not the default one.")]
    parameters: Annotated[dict[str, str], means("The parameters of the operator class.")]
    collation: Annotated[str | None, means("The collation, if it is not the key's own.")]


def keys_value(keys: Iterable[IndexKey]) -> list[dict[str, Any]]:
    """Return keys as reports show them: with expressions as they are declared or stored."""
    return [
        key.comparable(key.expression)
        | ({"opclass": key.opclass or key.default_opclass} if key.parameters else {})
        for key in keys
    ]


_COLLATION = "(SELECT l.collname FROM pg_catalog.pg_collation l WHERE l.oid = u.locale)"
_PLAIN = """u.number <> 0 AND u.bits = 0 AND o.opcdefault AND x.attoptions IS NULL
            AND (u.locale = 0 OR u.locale = 100 AND a.attcollation = 100)"""

KEYS_SQL = f"""
ARRAY(
  SELECT CASE WHEN {_PLAIN}
    -- most keys are plain: an object with two facts is made and read faster than one with nine
    THEN pg_catalog.json_build_object('column', a.attname, 'default_opclass', o.opcname)
    ELSE pg_catalog.json_build_object(
          'column', a.attname,
          'expression', CASE WHEN u.number = 0 AND NOT r.locked
                        THEN pg_catalog.pg_get_indexdef(i.indexrelid, u.ordinal, false) END,
          'descending', u.bits & 1 = 1,
          'nulls_first', u.bits & 2 = 2,
          'opclass', CASE WHEN NOT o.opcdefault THEN o.opcname END,
          'default_opclass', CASE WHEN o.opcdefault THEN o.opcname END,
          'parameters', CASE WHEN x.attoptions IS NULL THEN '[]' ELSE (
             SELECT pg_catalog.json_agg(
                      pg_catalog.json_build_array(p.option_name, p.option_value)
                      ORDER BY p.option_name)
             FROM pg_catalog.pg_options_to_table(x.attoptions) p) END,
          'collation', CASE WHEN u.number <> 0 AND u.locale NOT IN (0, a.attcollation)
                              OR u.number = 0 AND u.locale NOT IN (0, 100) AND NOT x.implied
                       THEN {_COLLATION} END,
          'own_collation', CASE WHEN u.locale NOT IN (0, 100)
                                AND (u.locale = a.attcollation OR x.implied)
                                THEN {_COLLATION} END)
    END
  FROM (SELECT n + 1 AS ordinal, i.indkey[n] AS number, i.indoption[n] AS bits,
               i.indclass[n] AS class, i.indcollation[n] AS locale
        FROM pg_catalog.generate_series(0, i.indnkeyatts - 1) n OFFSET 0) u,
  LATERAL (SELECT o.opcdefault, o.opcname, o.opcintype FROM pg_catalog.pg_opclass o
           WHERE o.oid = u.class OFFSET 0) o
  LEFT JOIN LATERAL (SELECT a.attname, a.attcollation FROM pg_catalog.pg_attribute a
                     WHERE a.attrelid = i.indrelid AND a.attnum = u.number AND u.number <> 0
                     OFFSET 0) a ON true
  -- its options: those of the built-in classes of btree and hash have none
  LEFT JOIN LATERAL (
    SELECT x.attoptions,
           CASE WHEN u.number = 0 AND u.locale NOT IN (0, 100) THEN
             EXISTS (SELECT FROM pg_catalog.pg_type t
                     WHERE t.oid IN (x.atttypid, o.opcintype) AND t.typcollation = u.locale
                     OFFSET 0)
             OR EXISTS (SELECT FROM pg_catalog.pg_depend d, pg_catalog.pg_attribute c
                        WHERE c.attrelid = d.refobjid AND c.attnum = d.refobjsubid
                          AND d.classid = 'pg_catalog.pg_class'::regclass
                          AND d.objid = i.indexrelid
                          AND d.refclassid = 'pg_catalog.pg_class'::regclass
                          AND d.refobjid = i.indrelid AND c.attcollation = u.locale OFFSET 0)
           END AS implied
    FROM pg_catalog.pg_attribute x
    WHERE x.attrelid = i.indexrelid AND x.attnum = u.ordinal
      AND (u.class >= 12000 OR m.amname NOT IN ('btree', 'hash') OR u.number = 0) OFFSET 0
  ) x ON true)
"""
"""SQL for the keys of index `i` of relation `r`; OFFSET 0 is explained in `columns_sql`.

An expression takes the collation of its columns or of its type, and the catalog does not tell it
from one that was spelled out: the collation of an index column, or of the type, is taken
for its own.
"""

_INSIDE = lazy_regex(r"\bCOLLATE\b", re.IGNORECASE)


def _filled(declared: IndexKey, live: IndexKey) -> IndexKey:
    """Return the declared key without the defaults that the model spells out.

    These are the default operator class, and the collation that an expression has without COLLATE.
    One that stands inside of the declared expression is compared with the expression.
    """
    key = declared
    if key.opclass and key.opclass == live.default_opclass:
        key = msgspec.structs.replace(key, opclass=None, default_opclass=key.opclass)
    if live.collation is None and key.collation == (live.own_collation or "default"):
        key = msgspec.structs.replace(key, collation=None)
    if key.collation is None and key.expression and _INSIDE.search(key.expression):
        key = msgspec.structs.replace(key, collation=live.collation)
    return key


def filled_keys(declared: tuple[IndexKey, ...], live: tuple[IndexKey, ...]) -> tuple[IndexKey, ...]:
    """Return declared keys without spelled-out defaults, if there are as many live ones."""
    same_number = len(declared) == len(live)
    return tuple(map(_filled, declared, live)) if same_number else declared


def comparable_keys(item: Any, ask: Ask) -> dict[str, Any]:
    """Return the keys and the predicate of an index or an exclusion constraint for comparison."""

    def printed(text: str | None) -> str | None:
        return text and ask(Expression(item.schema, item.table or "", text))

    return {
        "keys": tuple(key.comparable(printed(key.expression)) for key in item.keys),
        "predicate": printed(item.predicate),
    }


def own(key: IndexKey) -> IndexKey:
    """Return the key without its defaults."""
    if key.default_opclass or key.own_collation:
        return msgspec.structs.replace(key, default_opclass=None, own_collation=None)
    return key
