"""Reads an operand of an SQL expression, and writes it in one spelling.

    operand:  atom { [ list ] | .field | ::type }
    atom:     literal | column | call ( list ) | ( expression ) | ( expression, list )
              | (ARRAY | ROW) list | CAST ( expression AS type )
              | CASE [expression] WHEN expression THEN expression … [ELSE expression] END
    type:     [schema.]name [varying | precision | with time zone …] [( list )] { [ list ] }

`spelling` reads an `expression`, which puts operands together.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence

from drift.expressions.cursor import Cursor
from drift.expressions.tokens import Token, UnreadableError, quote
from drift.kinds.sql import types

LOOSEST = 1
"""The binding of the weakest operator: an expression of it ends only if something closes it."""
_TEXT = {"text", "character varying", "bpchar"}
_NUMBERS = {"smallint", "integer", "bigint", "numeric", "real", "double precision"}
_ZONE = ("with", "without", "time", "zone")


def spelled_name(token: Token) -> str:
    """Return a name; keywords stay as they are, since they may be meant as such."""
    return token.value if re.fullmatch(r"[a-z_][a-z0-9_$]*", token.value) else quote(token.value)


class OperandReader(Cursor):
    """The part of the grammar that is below the operators."""

    def __init__(self, tokens: Sequence[Token], path: Collection[str]) -> None:
        super().__init__(tokens)
        self._path = {*path, "pg_catalog"}

    def expression(self, least: int) -> str:
        """Read operands joined by operators that bind at least so strongly."""
        raise NotImplementedError

    def needed(self, schemas: Iterable[str]) -> list[str]:
        """Return the schemas that the search path does not hold."""
        return [schema for schema in schemas if schema not in self._path]

    def items(self, close: str) -> str:
        """Read expressions with commas between them, up to the closing token."""
        items: list[str] = []
        while not self.skip(close):
            items.append(self.expression(LOOSEST))
            if not self.skip(",") and self.peek().text != close:
                raise UnreadableError("a comma is missing in a list")
        return ",".join(items)

    def operand(self) -> str:
        """Read an atom with the casts, subscripts and fields behind it."""
        operand = self._case() if self.peek().word == "case" else self._atom()
        while self.peek().text in {"::", "[", "."}:
            mark = self.take().text
            if mark == "[":
                operand = f"{operand}[{self.items(']')}]"
            elif mark == ".":
                operand = f"{operand}.{spelled_name(self.take())}"
            else:
                operand = _converted(operand, self._type())
        return operand

    def _atom(self) -> str:
        token = self.take()
        if token.text == "(":
            inner = self.expression(LOOSEST)
            if self.skip(","):
                return f"row[{inner},{self.items(')')}]"
            self.expect(")")
            return inner
        if token.sort in {"string", "number"}:
            return token.text
        if token.sort != "name":
            raise UnreadableError("it has no operand in the right position")
        if token.word in {"array", "row"} and self.peek().text in {"[", "("}:
            close = {"[": "]", "(": ")"}[self.take().text]
            return f"{token.word}[{self.items(close)}]"
        if token.word == "cast" and self.skip("("):
            operand = self.expression(LOOSEST)
            self.expect("as")
            type_ = self._type()
            self.expect(")")
            return _converted(operand, type_)
        return self._named(token)

    def _named(self, token: Token) -> str:
        """Read a column, a keyword or a call."""
        names = [spelled_name(token)]
        while self.skip("."):
            names.append(spelled_name(self.take()))
        if not self.skip("("):
            return names[-1] if len(names) < 3 else ".".join(names)
        arguments = self.items(")")
        name = ".".join([*self.needed(names[:-1]), names[-1]])
        if name == "nextval":
            arguments = self._sequence(arguments)
        return f"{name}({arguments})"

    def _sequence(self, literal: str) -> str:
        """Return the argument of `nextval` without a schema that the search path holds."""
        if not literal.startswith("'"):
            return literal
        *schemas, name = types.split(literal[1:-1].replace("''", "'")) or ("",)
        return ".".join(map(quote, [*self.needed(schemas), name]))

    def _case(self) -> str:
        """Read CASE … END without ELSE NULL, which PostgreSQL adds and which changes nothing."""
        parts: list[str] = []
        while (word := self.peek().word) in {"case", "when", "then", "else"}:
            self.take()
            parts.append(word)
            if self.peek().word != "when":
                parts.append(self.expression(LOOSEST))
        self.expect("end")
        if parts[-2:] == ["else", "null"]:
            del parts[-2:]
        return f"({' '.join(parts)} end)"

    def _type(self) -> str:
        """Read a type's name; without its schema if the search path holds that."""
        begin = self.position
        self.take()
        while self.peek().text == ".":
            self.position += 2
        while self.skip("varying", "precision", *_ZONE):
            pass
        if self.skip("("):
            self.items(")")
            while self.skip(*_ZONE):
                pass
        while self.skip("["):
            self.items("]")
        text = " ".join(token.text for token in self.tokens[begin : self.position])
        name = types.spelling(text.replace(" . ", ".").replace(" [ ]", "[]"))
        bare = types.bare(name)
        schema = name[: len(name) - len(bare)].rstrip(".")
        return bare if types.split(schema or "x")[0] in self._path else name


def _converted(operand: str, type_: str) -> str:
    """Return an operand with its type, which PostgreSQL writes even if the source does not."""
    if re.fullmatch(r"'-?\d+(\.\d+)?'", operand) and types.family(type_) in _NUMBERS:
        return operand[1:-1]
    literal = operand[0] in "'-0123456789" or operand.startswith(("array[", "null"))
    return operand if literal or type_ in _TEXT else f"{operand}::{type_}"
