"""One key of an index, and how a model spells it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Annotated, Any, TypeAlias

import msgspec

from drift.kinds.facts import Facts, means
from drift.kinds.metadata.declaration import Declaration, truncate
from drift.kinds.metadata.options import option
from drift.kinds.sql import types
from drift.kinds.sql.text import Piece, pieces, plain, split_list
from drift.kinds.sql_words import key_words


class IndexKey(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A column or an expression; operator class and collation are None where default.

    `own_collation` is what a live key has without COLLATE, as far as the catalog tells.
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
        """Return what is compared, with the expression in PostgreSQL's spelling."""
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
        return key_words(msgspec.structs.asdict(self))


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
    """Return what reports show of keys: expressions as they are declared or stored."""
    return [
        key.comparable(key.expression)
        | ({"opclass": key.opclass or key.default_opclass} if key.parameters else {})
        for key in keys
    ]


_COLLATION = "(SELECT l.collname FROM pg_catalog.pg_collation l WHERE l.oid = u.locale)"

KEYS_SQL = f"""
(SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
          'column', a.attname,
          'expression', CASE WHEN u.number = 0 AND NOT r.locked
                        THEN pg_catalog.pg_get_indexdef(i.indexrelid, u.place::int4, false) END,
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
                              OR u.number = 0 AND u.locale NOT IN (0, 100) AND NOT implied.yes
                       THEN {_COLLATION} END,
          'own_collation', CASE WHEN u.locale NOT IN (0, 100)
                                AND (u.locale = a.attcollation OR implied.yes)
                                THEN {_COLLATION} END)
        ORDER BY u.place)
 FROM ROWS FROM (
   pg_catalog.unnest(i.indkey::int2[]), pg_catalog.unnest(i.indoption::int2[]),
   pg_catalog.unnest(i.indclass::oid[]), pg_catalog.unnest(i.indcollation::oid[]))
        WITH ORDINALITY u(number, bits, class, locale, place)
 JOIN LATERAL (SELECT * FROM pg_catalog.pg_opclass o WHERE o.oid = u.class OFFSET 0) o ON true
 LEFT JOIN LATERAL (SELECT * FROM pg_catalog.pg_attribute a WHERE a.attrelid = i.indrelid
                    AND a.attnum = u.number AND u.number <> 0 OFFSET 0) a ON true
 JOIN LATERAL (SELECT * FROM pg_catalog.pg_attribute x WHERE x.attrelid = i.indexrelid
               AND x.attnum = u.place OFFSET 0) x ON true
 CROSS JOIN LATERAL (
   SELECT CASE WHEN u.number = 0 AND u.locale NOT IN (0, 100) THEN
     EXISTS (SELECT FROM pg_catalog.pg_type t
             WHERE t.oid IN (x.atttypid, o.opcintype) AND t.typcollation = u.locale)
     OR EXISTS (SELECT FROM pg_catalog.pg_depend d
                JOIN pg_catalog.pg_attribute c
                  ON c.attrelid = d.refobjid AND c.attnum = d.refobjsubid
                WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = i.indexrelid
                  AND d.refclassid = 'pg_catalog.pg_class'::regclass
                  AND d.refobjid = i.indrelid AND c.attcollation = u.locale)
   ELSE false END AS yes) implied
 WHERE u.place <= i.indnkeyatts)
"""
"""SQL for the keys of index `i` of relation `r`.

An expression takes the collation of its columns or of its type, and the catalog does not tell it
from one that was spelled out: what a column of the index, or the type, has is taken for its own.
"""

_INSIDE = re.compile(r"\bCOLLATE\b", re.IGNORECASE)


def filled(declared: IndexKey, live: IndexKey) -> IndexKey:
    """Return the declared key without what is spelled out and is so by itself.

    That is the default operator class, and the collation that an expression has without COLLATE.
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


def own(key: IndexKey) -> IndexKey:
    """Return the key without what it would have by default."""
    if key.default_opclass or key.own_collation:
        return msgspec.structs.replace(key, default_opclass=None, own_collation=None)
    return key


def declared_keys(
    element: Any, index: Any, columns: set[str], declaration: Declaration
) -> Iterator[IndexKey]:
    """Read one of `Index.expressions`; `columns` are the names of the table's columns.

    A text can hold several keys. What `postgresql_ops` has for an element is written after it as
    it is, so that it can be an operator class, its parameters, an order, or all of them.
    """
    operators = option(index, "ops") or {}
    after = operators.get(getattr(element, "key", None))
    if not after and element is index.table.columns.get(getattr(element, "key", None)):
        yield IndexKey(column=truncate(str(element.name)))
        return
    grouped = element if hasattr(element, "table") else element.self_group()
    for text in split_list(f"{declaration.sql(grouped)} {after or ''}"):
        yield parse_key(text, columns)


def parse_key(text: str, columns: set[str]) -> IndexKey:
    """Take a key's SQL apart: what is indexed, collation, operator class and order."""
    found, descending, nulls_first = _order(pieces(text))
    head, collation, opclass, parameters = _parts(text, found)
    head, inner = _collated(plain(head))
    words = types.split(head)[-1:]  # of `table.column`; a field of a row needs parentheses
    column = words[0] if words and words[0] in columns else None
    return IndexKey(
        column=column and truncate(column),
        expression=None if column else head,
        descending=descending,
        nulls_first=nulls_first,
        opclass=opclass,
        parameters=parameters,
        collation=collation or inner,
    )


def _order(found: list[Piece]) -> tuple[list[Piece], bool, bool]:
    """Return a key's pieces before the order at its end, and whether DESC and NULLS FIRST hold."""
    nulls = ""
    if len(found) > 2 and found[-2].word == "NULLS" and found[-1].word in {"FIRST", "LAST"}:
        found, nulls = found[:-2], found[-1].word
    way = found[-1].word if len(found) > 1 and found[-1].word in {"ASC", "DESC"} else ""
    found, descending = (found[:-1] if way else found), way == "DESC"
    return found, descending, nulls == "FIRST" if nulls else descending


Parts: TypeAlias = "tuple[str, str | None, str | None, tuple[tuple[str, str], ...]]"


def _parts(text: str, found: list[Piece]) -> Parts:
    """Return the expression, the collation, the operator class and its parameters."""
    whole = text[found[0].start : found[-1].end] if found else ""
    at = _operand(found)
    head = text[found[0].start : found[at - 1].end] if at else whole
    collation = opclass = None
    inside: tuple[tuple[str, str], ...] = ()
    if at + 1 < len(found) and found[at].word == "COLLATE":
        end = _name(found, at + 1)
        collation, at = _last(text, found[at + 1 : end]), end
    if at < len(found) and (end := _name(found, at)) > at:
        opclass, at = _last(text, found[at:end]), end
    if opclass and at < len(found) and found[at].text[0] == "(":
        inside, at = _parameters(found[at].text[1:-1]), at + 1
    return (head, collation, opclass, inside) if at == len(found) else (whole, None, None, ())


def _operand(found: list[Piece]) -> int:
    """Return the number of pieces of a name, a call or parentheses at the beginning."""
    if found and found[0].text[0] == "(":
        return 1
    end = _name(found, 0)
    return end + 1 if 0 < end < len(found) and found[end].text[0] == "(" else end


def _name(found: list[Piece], start: int) -> int:
    """Return where a name that begins at `start`, and may be dotted, ends; `start` if none does."""
    end = start
    while end < len(found) and found[end].is_name:
        if end + 1 >= len(found) or found[end + 1].text != ".":
            return end + 1
        end += 2
    return start


def _last(text: str, name: list[Piece]) -> str | None:
    """Return the last part of a dotted name, as the catalog has it."""
    return types.split(text[name[0].start : name[-1].end])[-1] if name else None


def _parameters(text: str) -> tuple[tuple[str, str], ...]:
    """Return the parameters of an operator class as the catalog has them.

    >>> _parameters("siglen='32', Other = 5")
    (('other', '5'), ('siglen', '32'))
    """
    pairs = (part.partition("=") for part in split_list(text))
    return tuple(
        sorted(
            (types.split(name.strip())[-1], value.strip().strip("'") or "true")
            for name, _, value in pairs
        )
    )


def _collated(text: str) -> tuple[str, str | None]:
    """Take COLLATE off the end of an expression if it is said of all of it.

    PostgreSQL stores it as the collation of the key then. In `a || b COLLATE "C"` it is said of
    `b` alone.
    """
    found = pieces(text)
    at = _operand(found)
    while at < len(found) and found[at].text == "::":
        at += 1
        while (
            at < len(found)
            and found[at].word != "COLLATE"
            and (found[at].is_name or found[at].text[0] in "(.[")
        ):
            at += 1
    if not at or at + 1 >= len(found) or found[at].word != "COLLATE":
        return text, None
    if _name(found, at + 1) != len(found):
        return text, None
    return plain(text[: found[at - 1].end]), _last(text, found[at + 1 :])
