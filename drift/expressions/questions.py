"""The questions to the server about an expression, and the reading of its answers.

`EXPLAIN (VERBOSE)` of a SELECT over a made-up row, typed like the table's, prints an expression
after parsing, coercion and constant folding. No table is touched and no right on one is needed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any, NamedTuple

import msgspec

from drift.expressions.builtin_only import restrict
from drift.expressions.call_syntax import as_calls
from drift.expressions.cursor import END, Cursor
from drift.expressions.tokens import Token, UnreadableError, quote, tokenize
from drift.expressions.vocabulary import Vocabulary
from drift.kinds.sql import types
from drift.lazy_regex import lazy_regex
from drift.model import Expression

Row = Mapping[str, str]
"""The columns of a table with their types."""

_PREFIX = "EXPLAIN (VERBOSE, FORMAT JSON, COSTS OFF) SELECT"


class Question(NamedTuple):
    """A statement that prints an expression, and the parts that the server does not see.

    `calls` are those of functions that are not built in, `types` the users' types of conversions.
    """

    text: str
    calls: tuple[str, ...] = ()
    types: tuple[str, ...] = ()


class Questions:
    """Makes the questions about expressions; tables with equal columns share them.

    One check asks about the same few texts in every table: each is rewritten once.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        """Take the meanings of names, which are the same for all questions."""
        self._vocabulary = vocabulary
        self._made: dict[tuple[Any, ...], Question] = {}

    def of(self, expression: Expression, row: Row) -> Question:
        """Return the question about an expression. Raises UnreadableError.

        Only columns whose names occur in the text are in the row.
        """
        text = expression.text
        if expression.is_type:
            return _type_question(text)
        table = (expression.schema, expression.table) if "." in text else None
        target = row.get(expression.column) if expression.column is not None else None
        names = _names(text)
        used = tuple(item for item in row.items() if item[0] in names)
        key = text, table, target, used
        if (made := self._made.get(key)) is None:
            made = self._made[key] = self._question(text, table or ("", ""), target, dict(used))
        return made

    def _question(
        self, text: str, table: tuple[str, str], target: str | None, row: Row
    ) -> Question:
        stand_in = self._vocabulary.stand_in
        restricted = restrict(text, table, self._vocabulary)
        asked = f"({restricted.text})"
        if target is not None:
            asked = f"CAST({asked} AS {stand_in(target)})"
        used = {name: stand_in(type_) for name, type_ in row.items()}
        columns = {**used, **restricted.columns} or {"x": "integer"}
        made = ", ".join(f"{quote(name)} {type_}" for name, type_ in columns.items())
        source = f"pg_catalog.json_to_record('{{}}') AS drift({made})"
        return Question(f"{_PREFIX} {asked} AS x FROM {source}", restricted.calls, restricted.types)


@lru_cache(maxsize=4096)
def _names(text: str) -> frozenset[str]:
    return frozenset(token.value for token in tokenize(text) if token.sort == "name")


@lru_cache(maxsize=4096)
def _type_question(type_: str) -> Question:
    """Return the statement that prints a type's name.

    It asks for a NULL of the type's array, with which no code of a type's owner is reached: for a
    NULL of a domain the planner would prepare, and so in part run, the domain's CHECKs.
    """
    tokens = tokenize(type_)
    if not tokens or not all(_in_type(tokens)):
        raise UnreadableError("it is not a plain type name")
    text = " ".join(token.text for token in tokens)
    return Question(f"{_PREFIX} NULL::{text}{'' if text.endswith(']') else '[]'} AS x")


_SUFFIX = frozenset(
    "varying precision with without time zone year month day hour minute second to array".split()
)


def _in_type(tokens: Sequence[Token]) -> Iterator[bool]:
    """Yield per token whether it is in a valid position of `schema.name(1, a) suffix[]`."""
    depth = 0
    for before, token in pairwise((END, *tokens)):
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(token.text, 0)
        if token.sort == "name" and depth == 0:
            yield before.text in {"", "."} or token.word in _SUFFIX
        elif depth == 0:
            yield token.text in {".", ")", "]"}
        else:
            argument = token.sort in {"name", "number", "string"} or token.text in {",", "-"}
            yield depth == 1 and (argument or token.text in {"(", "["})


_QUOTED = lazy_regex(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"")
_TIMESTAMP = r"(now())::timestamp(\1) with{} time zone"
_NOW = [
    (lazy_regex(pattern), replacement)
    for pattern, replacement in (
        (r"\bCURRENT_TIMESTAMP\(6\)", "now()"),
        (r"\bLOCALTIMESTAMP\(6\)", "(now())::timestamp without time zone"),
        (r"\bCURRENT_TIMESTAMP\((\d)\)", _TIMESTAMP.format("")),
        (r"\bLOCALTIMESTAMP\((\d)\)", _TIMESTAMP.format("out")),
        (r"\(\(now\(\)\)::timestamp\((\d)\) with time zone\)::timestamp\(\1\) without time zone",
         _TIMESTAMP.format("out")),
        (r"\bCURRENT_TIMESTAMP\b(?!\()", "now()"),
        (r"\btransaction_timestamp\(\)", "now()"),
        (r"\bLOCALTIMESTAMP\b(?!\()", "(now())::timestamp without time zone"),
        (r"\bCURRENT_DATE\b", "(now())::date"),
        (r"\b(?:CURRENT_ROLE|USER)\b", "CURRENT_USER"),
        (r"\bCURRENT_SCHEMA\b", '"current_schema"()'),
        (r"\bCURRENT_CATALOG\b", "current_database()"),
    )
]  # fmt: skip
"""Spellings of the transaction's moment, role, schema and database: the planner prints them as they
were written."""


def printed(document: bytes, expression: Expression, types: Sequence[str] = ()) -> str:
    """Read the printed expression out of a plan, and bring it to one spelling.

    `types` are those of the question: they are added, since others stood in for them.
    """
    text: str = msgspec.json.decode(document)[0]["Plan"]["Output"][0]
    if not expression.is_type:
        return canonical(text, expression.text) + "".join(f" :: {type_}" for type_ in types)
    return text if expression.text.endswith("]") else text.removesuffix("[]")


@lru_cache(maxsize=4096)
def canonical(text: str, source: str) -> str:
    """Bring a printed expression to one spelling.

    The planner drops COLLATE from its text, so that the source's collations are added.
    """
    pieces = _QUOTED.split(text)
    quoted = _QUOTED.findall(text)
    for pattern, replacement in _NOW:
        pieces = [pattern.sub(replacement, piece) for piece in pieces]
    whole = "".join(piece + mark for piece, mark in zip(pieces, [*quoted, ""], strict=True))
    return as_calls(whole) + "".join(
        f" COLLATE {types.quote(name)}" for name in _collations(source)
    )


def _collations(source: str) -> list[str]:
    """Return the names of the collations that an expression asks for, without their schemas."""
    cursor, names = Cursor(tokenize(source)), []
    while cursor.peek() is not END:
        if cursor.take().word == "collate" and cursor.peek() is not END:
            while cursor.peek(1).text == "." and cursor.peek(2) is not END:
                cursor.position += 2
            names.append(cursor.take().value)
    return sorted(name for name in names if name != "default")
