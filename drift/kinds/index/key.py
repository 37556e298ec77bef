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
from drift.kinds.sql_words import key_text


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

KEYS_SQL = f"""
(SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
          'column', a.attname,
          'expression', CASE WHEN u.number = 0 AND NOT r.locked
                        THEN pg_catalog.pg_get_indexdef(i.indexrelid, u.ordinal::int4, false) END,
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
        ORDER BY u.ordinal)
 FROM ROWS FROM (
   pg_catalog.unnest(i.indkey::int2[]), pg_catalog.unnest(i.indoption::int2[]),
   pg_catalog.unnest(i.indclass::oid[]), pg_catalog.unnest(i.indcollation::oid[]))
        WITH ORDINALITY u(number, bits, class, locale, ordinal)
 JOIN LATERAL (SELECT * FROM pg_catalog.pg_opclass o WHERE o.oid = u.class OFFSET 0) o ON true
 LEFT JOIN LATERAL (SELECT * FROM pg_catalog.pg_attribute a WHERE a.attrelid = i.indrelid
                    AND a.attnum = u.number AND u.number <> 0 OFFSET 0) a ON true
 JOIN LATERAL (SELECT * FROM pg_catalog.pg_attribute x WHERE x.attrelid = i.indexrelid
               AND x.attnum = u.ordinal OFFSET 0) x ON true
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
 WHERE u.ordinal <= i.indnkeyatts)
"""
"""SQL for the keys of index `i` of relation `r`.

An expression takes the collation of its columns or of its type, and the catalog does not tell it
from one that was spelled out: what a column of the index, or the type, has is taken for its own.
"""

_INSIDE = re.compile(r"\bCOLLATE\b", re.IGNORECASE)


def filled(declared: IndexKey, live: IndexKey) -> IndexKey:
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


def own(key: IndexKey) -> IndexKey:
    """Return the key without its defaults."""
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
    """Parse a key's SQL: column or expression, collation, operator class and order."""
    tokens, descending, nulls_first = _order(pieces(text))
    head, collation, opclass, parameters = _parts(text, tokens)
    head, inner = _collated(plain(head))
    name = types.split(head)[-1:]  # of `table.column`; a field of a row needs parentheses
    column = name[0] if name and name[0] in columns else None
    return IndexKey(
        column=column and truncate(column),
        expression=None if column else head,
        descending=descending,
        nulls_first=nulls_first,
        opclass=opclass,
        parameters=parameters,
        collation=collation or inner,
    )


def _order(tokens: list[Piece]) -> tuple[list[Piece], bool, bool]:
    """Return a key's tokens before its order, and whether it is DESC and NULLS FIRST."""
    nulls = ""
    if len(tokens) > 2 and tokens[-2].word == "NULLS" and tokens[-1].word in {"FIRST", "LAST"}:
        tokens, nulls = tokens[:-2], tokens[-1].word
    direction = tokens[-1].word if len(tokens) > 1 and tokens[-1].word in {"ASC", "DESC"} else ""
    tokens, descending = (tokens[:-1] if direction else tokens), direction == "DESC"
    return tokens, descending, nulls == "FIRST" if nulls else descending


Parts: TypeAlias = "tuple[str, str | None, str | None, tuple[tuple[str, str], ...]]"


def _parts(text: str, tokens: list[Piece]) -> Parts:
    """Return the expression, the collation, the operator class and its parameters."""
    whole = text[tokens[0].start : tokens[-1].end] if tokens else ""
    at = _operand(tokens)
    head = text[tokens[0].start : tokens[at - 1].end] if at else whole
    collation = opclass = None
    parameters: tuple[tuple[str, str], ...] = ()
    if at + 1 < len(tokens) and tokens[at].word == "COLLATE":
        end = _name(tokens, at + 1)
        collation, at = _last(text, tokens[at + 1 : end]), end
    if at < len(tokens) and (end := _name(tokens, at)) > at:
        opclass, at = _last(text, tokens[at:end]), end
    if opclass and at < len(tokens) and tokens[at].text[0] == "(":
        parameters, at = _parameters(tokens[at].text[1:-1]), at + 1
    return (head, collation, opclass, parameters) if at == len(tokens) else (whole, None, None, ())


def _operand(tokens: list[Piece]) -> int:
    """Return the number of tokens of a name, a call or parentheses at the beginning."""
    if tokens and tokens[0].text[0] == "(":
        return 1
    end = _name(tokens, 0)
    return end + 1 if 0 < end < len(tokens) and tokens[end].text[0] == "(" else end


def _name(tokens: list[Piece], start: int) -> int:
    """Return the end of the name, dotted or not, that begins at `start`; `start` if none does."""
    end = start
    while end < len(tokens) and tokens[end].is_name:
        if end + 1 >= len(tokens) or tokens[end + 1].text != ".":
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
    """Take COLLATE off the end of an expression if it applies to all of it.

    PostgreSQL stores it as the collation of the key then. In `a || b COLLATE "C"` it applies to
    `b` alone.
    """
    tokens = pieces(text)
    at = _operand(tokens)
    while at < len(tokens) and tokens[at].text == "::":
        at += 1
        while (
            at < len(tokens)
            and tokens[at].word != "COLLATE"
            and (tokens[at].is_name or tokens[at].text[0] in "(.[")
        ):
            at += 1
    if not at or at + 1 >= len(tokens) or tokens[at].word != "COLLATE":
        return text, None
    if _name(tokens, at + 1) != len(tokens):
        return text, None
    return plain(text[: tokens[at - 1].end]), _last(text, tokens[at + 1 :])
