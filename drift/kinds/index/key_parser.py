"""Parses the keys of indexes and exclusion constraints, as models spell them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import lru_cache
from typing import Any, TypeAlias

import msgspec

from drift.kinds.index.key import IndexKey
from drift.kinds.metadata.declaration import Declaration, truncate
from drift.kinds.metadata.options import option
from drift.kinds.sql import types
from drift.kinds.sql.text import Piece, pieces, plain, split_list


def declared_keys(element: Any, index: Any, declaration: Declaration) -> Iterator[IndexKey]:
    """Read one of `Index.expressions`.

    A text can hold several keys. The text of `postgresql_ops` for an element is written after it as
    it is, so that it can be an operator class, its parameters, an order, or all of them.
    """
    operators = option(index, "ops") or {}
    after = operators.get(getattr(element, "key", None))
    if not after and element is index.table.columns.get(getattr(element, "key", None)):
        yield IndexKey(column=truncate(str(element.name)))
        return
    grouped = element if hasattr(element, "table") else element.self_group()
    names = declaration.members(index.table).names
    for key in _as_expressions(f"{declaration.sql(grouped)} {after or ''}"):
        yield _with_column(key, names)


def parse_key(text: str, columns: Collection[str]) -> IndexKey:
    """Parse a key's SQL: column or expression, collation, operator class and order."""
    return _with_column(_as_expression(text), columns)


def _with_column(key: IndexKey, columns: Collection[str]) -> IndexKey:
    """Return a key whose expression is the name of a column as a key of that column."""
    name = types.split(key.expression or "")[-1:]  # of `table.column`; a row's field needs ()
    if not name or name[0] not in columns:
        return key
    return msgspec.structs.replace(key, column=truncate(name[0]), expression=None)


@lru_cache(maxsize=1024)
def _as_expressions(text: str) -> tuple[IndexKey, ...]:
    """Parse keys as if none were a column; many tables have keys of the same text."""
    return tuple(map(_as_expression, split_list(text)))


def _as_expression(text: str) -> IndexKey:
    tokens, descending, nulls_first = _order(pieces(text))
    head, collation, opclass, parameters = _parts(text, tokens)
    head, inner = _collated(plain(head))
    return IndexKey(
        expression=head,
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
