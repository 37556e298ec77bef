"""Brings SQL expressions that the server is not asked about to one spelling, as text.

Only what never changes the meaning is levelled: parentheses, letter case, the two spellings of
LIKE, IN and BETWEEN, the types that PostgreSQL writes behind literals, and schemas that the
search path holds.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from functools import lru_cache

from drift.expressions.tokens import Token, UnreadableError, quote, tokenize
from drift.kinds.sql import types
from drift.kinds.sql.text import plain

_COMPARISONS = {"<", ">", "=", "<=", ">=", "<>", "!="}
_LOOSE = 1
_BINDING = {"or": 1, "and": 2, "not": 3, "is": 4, "compare": 5, "between": 6, "other": 7,
            "+": 8, "-": 8, "*": 9, "/": 9, "%": 9, "^": 10}  # fmt: skip
"""How strongly operators bind, the weakest first: section 4.1.6 of PostgreSQL's manual."""
_UNARY = 11
_LIKE = {"like": "~~", "ilike": "~~*"}
_TEXT = {"text", "character varying", "bpchar"}
_NUMBERS = {"smallint", "integer", "bigint", "numeric", "real", "double precision"}
_DEEPEST = 100


@lru_cache(maxsize=4096)
def spelled(text: str, path: tuple[str, ...] = (), operators: frozenset[str] = frozenset()) -> str:
    """Return an expression in one spelling; `path` are the schemas that need not be written.

    `operators` of the users' own keep their schema: a built-in one may have the same name.

    >>> spelled("((kind)::text = ANY (ARRAY['a'::text, 'b'::text]))")
    "(kind = any['a','b'])"
    >>> spelled("kind IN ('a', 'b')")
    "(kind = any['a','b'])"
    """
    try:
        tokens = tokenize(text)
    except UnreadableError:
        return " ".join(text.split())
    return joined(tokens, path, operators)


def joined(
    tokens: Sequence[Token],
    path: Collection[str] = (),
    operators: frozenset[str] = frozenset(),
) -> str:
    """Return tokens in one spelling; as they stand, where they are no plain expression."""
    try:
        parser = _Parser(tokens, path, operators)
        found = parser.expression(_LOOSE)
        parser.require_end()
    except UnreadableError:
        return " ".join(_name(token) if token.sort == "name" else token.text for token in tokens)
    return found


def _name(token: Token) -> str:
    """Return a name; keywords stay as they are, since they may be meant as such."""
    return token.value if re.fullmatch(r"[a-z_][a-z0-9_$]*", token.value) else quote(token.value)


class _Parser:
    """Climbs the operators by their precedence, and writes what it read with all parentheses."""

    def __init__(
        self, tokens: Sequence[Token], path: Collection[str], operators: frozenset[str]
    ) -> None:
        self._tokens = tokens
        self._own = operators
        self._path = path
        self._at = 0
        self._depth = 0

    def require_end(self) -> None:
        if self._at < len(self._tokens):
            raise UnreadableError("")

    def expression(self, least: int) -> str:
        """Read operands joined by operators that bind at least so strongly."""
        self._depth += 1
        if self._depth > _DEEPEST:
            raise UnreadableError("")
        left = self._operand()
        while (found := self._infix(left, least)) is not None:
            left = found
        self._depth -= 1
        return left

    def _infix(self, left: str, least: int) -> str | None:
        """Read an operator and its right side; None where none follows that binds enough."""
        word, negated = self._word(), False
        if word == "not" and self._word(1) in {"in", "between", *_LIKE}:
            word, negated = self._word(1), True
        binding = self._binding(word)
        if binding < least:
            return None
        self._at += 1 + negated
        if word in {"and", "or"}:
            return _flat(word, left, self.expression(binding + 1))
        if word in {"is", "in", "between", *_LIKE}:
            return self._predicate(word, left, negated=negated)
        return self._operator(left, binding)

    def _predicate(self, word: str, left: str, *, negated: bool) -> str:
        """Read the right side of IS, IN, BETWEEN and LIKE, whose word has been read."""
        if word == "is":
            return f"({left} {self._is()})"
        if word == "in":
            self._expect("(")
            return f"({left} {'<> all' if negated else '= any'}[{self._list(')')}])"
        if word in _LIKE:
            operator = ("!" if negated else "") + _LIKE[word]
            return f"({left} {operator} {self.expression(_BINDING['other'])})"
        low = self.expression(_BINDING["other"])
        self._expect_word("and")
        high = self.expression(_BINDING["other"])
        within = _flat("and", f"({left} >= {low})", f"({left} <= {high})")
        return f"(not {within})" if negated else within

    def _operator(self, left: str, binding: int) -> str:
        self._at -= 1
        operator = {"!=": "<>"}.get(name := self._operator_name(), name)
        if self._word() in {"any", "all", "some"} and self._peek(1) == "(":
            quantifier = self._word().replace("some", "any")
            self._at += 2
            inner = self.expression(_LOOSE)
            self._expect(")")
            return f"({left} {operator} {quantifier}{inner.removeprefix('array')})"
        return f"({left} {operator} {self.expression(binding + 1)})"

    def _operator_name(self) -> str:
        """Read `+`, or OPERATOR(schema.+), which means the same if the path holds the schema."""
        if self._word() != "operator":
            return self._next().text
        self._at += 1
        self._expect("(")
        names: list[str] = []
        while self._peek(1) == ".":
            names.append(_name(self._next()))
            self._at += 1
        operator = self._next().text
        self._expect(")")
        if operator in self._own and names[-1:] != ["pg_catalog"]:
            return ".".join([*names, operator])
        return ".".join([*(n for n in names if n not in {*self._path, "pg_catalog"}), operator])

    def _binding(self, word: str) -> int:
        """Return how strongly what comes next binds; 0 if it is no operator."""
        if word in {"and", "or", "is"}:
            return _BINDING[word]
        if word in {"in", "between", *_LIKE}:
            return _BINDING["between"]
        if word == "operator":
            return _BINDING["other"]
        return self._symbol() if self._at < len(self._tokens) else 0

    def _symbol(self) -> int:
        token = self._tokens[self._at]
        if token.sort != "operator":
            return 0
        if token.text in _COMPARISONS:
            return _BINDING["compare"]
        return _BINDING.get(token.text, _BINDING["other"])

    def _is(self) -> str:
        """Read what follows IS: NULL, TRUE, UNKNOWN, DISTINCT FROM …, all of them with NOT."""
        words = ["is"]
        while (word := self._word()) in {"not", "null", "true", "false", "unknown", "distinct"}:
            words.append(word)
            self._at += 1
        if words[-1] == "distinct":
            self._expect_word("from")
            words.append(f"from {self.expression(_BINDING['other'])}")
        return " ".join(words)

    def _operand(self) -> str:
        word = self._word()
        if word == "not":
            self._at += 1
            return f"(not {self.expression(_BINDING['not'])})"
        if self._peek() in {"+", "-"}:
            sign = self._next().text
            return f"{sign}{self.expression(_UNARY)}"
        found = self._case() if word == "case" else self._atom()
        while self._peek() in {"::", "[", "."}:
            found = self._postfix(found)
        return found

    def _postfix(self, operand: str) -> str:
        mark = self._next().text
        if mark == "[":
            return f"{operand}[{self._list(']')}]"
        if mark == ".":
            return f"{operand}.{_name(self._next())}"
        return _converted(operand, self._type())

    def _atom(self) -> str:
        token = self._next()
        if token.text == "(":
            inner = self.expression(_LOOSE)
            if self._peek() == ",":
                self._at += 1
                return f"row[{inner},{self._list(')')}]"
            self._expect(")")
            return inner
        if token.sort in {"string", "number"}:
            return token.text
        if token.sort != "name":
            raise UnreadableError("")
        if token.word in {"array", "row"} and self._peek() in {"[", "("}:
            close = {"[": "]", "(": ")"}[self._next().text]
            return f"{token.word}[{self._list(close)}]"
        if token.word == "cast" and self._peek() == "(":
            return self._cast()
        return self._named(token)

    def _named(self, token: Token) -> str:
        """Read a column, a keyword or a call."""
        names = [_name(token)]
        while self._peek() == "." and self._at + 1 < len(self._tokens):
            self._at += 1
            names.append(_name(self._next()))
        if self._peek() != "(":
            return names[-1] if len(names) < 3 else ".".join(names)
        self._at += 1
        arguments = self._list(")")
        kept = [name for name in names[:-1] if name not in {*self._path, "pg_catalog"}]
        name = ".".join([*kept, names[-1]])
        if name == "nextval":
            arguments = sequence(arguments, self._path)
        return f"{name}({arguments})"

    def _case(self) -> str:
        """Read CASE … END; ELSE NULL, which PostgreSQL writes out, is what is meant without it."""
        words: list[str] = []
        while (word := self._word()) in {"case", "when", "then", "else"}:
            self._at += 1
            words.append(word)
            if self._word() != "when":
                words.append(self.expression(_LOOSE))
        self._expect_word("end")
        if words[-2:] == ["else", "null"]:
            del words[-2:]
        return f"({' '.join(words)} end)"

    def _cast(self) -> str:
        self._expect("(")
        operand = self.expression(_LOOSE)
        self._expect_word("as")
        type_ = self._type()
        self._expect(")")
        return _converted(operand, type_)

    def _type(self) -> str:
        """Read a type's name; without its schema if the search path holds that."""
        begin = self._at
        self._next()
        while self._peek() == ".":
            self._at += 2
        while self._word() in {"varying", "precision", "with", "without", "time", "zone"}:
            self._at += 1
        if self._peek() == "(":
            self._at += 1
            self._list(")")
            while self._word() in {"with", "without", "time", "zone"}:
                self._at += 1
        while self._peek() == "[":
            self._at += 1
            self._list("]")
        text = " ".join(token.text for token in self._tokens[begin : self._at])
        name = types.spelling(text.replace(" . ", ".").replace(" [ ]", "[]"))
        bare = types.bare(name)
        schema = name[: len(name) - len(bare)].rstrip(".")
        return bare if types.split(schema or "x")[0] in {*self._path, "pg_catalog"} else name

    def _list(self, close: str) -> str:
        """Read expressions with commas between them, up to what closes them."""
        items: list[str] = []
        while self._peek() != close:
            items.append(self.expression(_LOOSE))
            if self._peek() == ",":
                self._at += 1
            elif self._peek() != close:
                raise UnreadableError("")
        self._at += 1
        return ",".join(items)

    def _peek(self, ahead: int = 0) -> str:
        place = self._at + ahead
        return self._tokens[place].text if place < len(self._tokens) else ""

    def _word(self, ahead: int = 0) -> str:
        place = self._at + ahead
        return self._tokens[place].word if place < len(self._tokens) else ""

    def _next(self) -> Token:
        if self._at >= len(self._tokens):
            raise UnreadableError("")
        self._at += 1
        return self._tokens[self._at - 1]

    def _expect(self, text: str) -> None:
        if self._next().text != text:
            raise UnreadableError("")

    def _expect_word(self, word: str) -> None:
        if self._next().word != word:
            raise UnreadableError("")


def _converted(operand: str, type_: str) -> str:
    """Return an operand with its type, which PostgreSQL also writes where nobody did."""
    if re.fullmatch(r"'-?\d+(\.\d+)?'", operand) and types.family(type_) in _NUMBERS:
        return operand[1:-1]
    literal = operand[0] in "'-0123456789" or operand.startswith(("array[", "null"))
    return operand if literal or type_ in _TEXT else f"{operand}::{type_}"


def _flat(word: str, left: str, right: str) -> str:
    """Join two sides of AND or OR, which may be grouped as one likes."""
    begin = f"({word} "
    sides = [
        side[len(begin) : -1] if side.startswith(begin) and plain(side) != side else side
        for side in (left, right)
    ]
    return f"{begin}{', '.join(sides)})"


def sequence(literal: str, path: Collection[str]) -> str:
    """Return the argument of `nextval` without a schema that the search path holds."""
    if not literal.startswith("'"):
        return literal
    parts = types.split(literal[1:-1].replace("''", "'"))
    kept = [part for part in parts[:-1] if part not in path]
    return ".".join(map(quote, [*kept, parts[-1]]))
