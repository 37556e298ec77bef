"""One key of an index, and how a model spells it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec

from drift.kinds import types
from drift.kinds.constraint import option
from drift.kinds.declaration import truncate
from drift.kinds.sql_text import plain

if TYPE_CHECKING:
    from drift.kinds.declaration import Declaration


class IndexKey(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A column or an expression; operator class and collation are None where default."""

    column: str | None = None
    expression: str | None = None
    descending: bool = False
    nulls_first: bool = False
    opclass: str | None = None
    collation: str | None = None
    default_opclass: str | None = None

    def facts(self, expression: str | None) -> dict[str, Any]:
        """Return what is compared, with the expression in PostgreSQL's spelling."""
        return {
            "column": self.column,
            "expression": expression,
            "descending": self.descending,
            "nulls_first": self.nulls_first,
            "opclass": self.opclass,
            "collation": self.collation,
        }

    @property
    def text(self) -> str:
        """The key as SQL has it."""
        words = [self.column or self.expression or "?", self.opclass]
        words.append("DESC" if self.descending else None)
        if self.nulls_first != self.descending:
            words.append("NULLS FIRST" if self.nulls_first else "NULLS LAST")
        return " ".join(word for word in words if word)


KEYS_SQL = """
(SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
          'column', a.attname,
          'expression', CASE WHEN u.number = 0 AND NOT r.locked
                        THEN pg_catalog.pg_get_indexdef(i.indexrelid, u.place::int4, false) END,
          'descending', u.bits & 1 = 1,
          'nulls_first', u.bits & 2 = 2,
          'opclass', CASE WHEN NOT o.opcdefault THEN o.opcname END,
          'default_opclass', CASE WHEN o.opcdefault THEN o.opcname END,
          'collation', CASE WHEN u.locale NOT IN (0, coalesce(a.attcollation, 100))
            AND (u.number <> 0 OR u.locale NOT IN (
              SELECT o.attcollation FROM pg_catalog.pg_attribute o
              WHERE o.attrelid = i.indrelid))
            THEN (SELECT l.collname FROM pg_catalog.pg_collation l WHERE l.oid = u.locale) END)
        ORDER BY u.place)
 FROM ROWS FROM (
   pg_catalog.unnest(i.indkey::int2[]), pg_catalog.unnest(i.indoption::int2[]),
   pg_catalog.unnest(i.indclass::oid[]), pg_catalog.unnest(i.indcollation::oid[]))
        WITH ORDINALITY u(number, bits, class, locale, place)
 JOIN LATERAL (SELECT * FROM pg_catalog.pg_opclass o WHERE o.oid = u.class OFFSET 0) o ON true
 LEFT JOIN LATERAL (SELECT * FROM pg_catalog.pg_attribute a WHERE a.attrelid = i.indrelid
                    AND a.attnum = u.number AND u.number <> 0 OFFSET 0) a ON true
 WHERE u.place <= i.indnkeyatts)
"""
"""SQL for the keys of index `i` of relation `r`.

An expression takes the collation of its columns; one that a column of the table has is taken for
that, and not for one that was spelled out.
"""

_OPCLASS = re.compile(r"[\w.\"]+_ops")
_COLLATION = re.compile(r'[\w."-]+')


def filled(declared: IndexKey, live: IndexKey) -> IndexKey:
    """Take an operator class that is spelled out, and is the default, for what it is."""
    if declared.opclass and declared.opclass == live.default_opclass:
        return msgspec.structs.replace(declared, opclass=None)
    return declared


def own(key: IndexKey) -> IndexKey:
    """Return the key without what it would have by default."""
    return msgspec.structs.replace(key, default_opclass=None) if key.default_opclass else key


def declared_key(element: Any, index: Any, columns: set[str], declaration: Declaration) -> IndexKey:
    """Read one of `Index.expressions`; `columns` are the names of the table's columns."""
    operators = option(index, "ops") or {}
    opclass = operators.get(getattr(element, "key", None))
    if element is index.table.columns.get(getattr(element, "key", None)):
        name = truncate(str(element.name))
        return IndexKey(column=name, opclass=types.split(opclass)[-1] if opclass else None)
    grouped = element if hasattr(element, "table") else element.self_group()
    text = declaration.sql(grouped)
    return parse_key(text, columns, opclass)


def parse_key(text: str, columns: set[str], opclass: str | None = None) -> IndexKey:
    """Take a key's SQL apart: what is indexed, collation, operator class and order."""
    rest, nulls = _without_last(plain(text), "NULLS", ("FIRST", "LAST"))
    rest, way = _without_last(rest, "", ("ASC", "DESC"))
    descending = way == "DESC"
    nulls_first = nulls == "FIRST" if nulls else descending
    rest = plain(rest)
    before, last = _last_word(rest)
    if opclass is None and _OPCLASS.fullmatch(last) and re.search(r"[\w\")]$", before):
        rest, opclass = before, last
    before, last = _last_word(rest)
    head, word = _last_word(before)
    collation = None
    if head and word.upper() == "COLLATE" and _COLLATION.fullmatch(last):
        rest, collation = head, types.split(last)[-1]
    words = types.split(rest.strip())
    column = words[0] if len(words) == 1 and words[0] in columns else None
    return IndexKey(
        column=column and truncate(column),
        expression=None if column else rest.strip(),
        descending=descending,
        nulls_first=nulls_first,
        opclass=types.split(opclass)[-1] if opclass else None,
        collation=collation,
    )


def _last_word(text: str) -> tuple[str, str]:
    """Return the text before the last word, and that word; an only word has nothing before it."""
    words = text.rsplit(None, 1)
    return (words[0], words[1]) if len(words) == 2 else ("", text.strip())


def _without_last(text: str, before: str, words: tuple[str, ...]) -> tuple[str, str]:
    """Return text without one of `words` at its end, after the word `before`, and which it is."""
    rest, last = _last_word(text)
    if not rest or last.upper() not in words:
        return text, ""
    if not before:
        return rest, last.upper()
    head, word = _last_word(rest)
    return (head, last.upper()) if head and word.upper() == before else (text, "")
