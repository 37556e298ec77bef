"""Brings SQL expressions that the server is not asked about to one spelling, as text.

Only spellings that never change the meaning are levelled: parentheses, letter case, the two forms
of LIKE, IN and BETWEEN, the types that PostgreSQL writes behind literals, and schemas that the
search path holds. An expression is read by this grammar (`operands` reads an operand) and written
with all parentheses:

    expression: operand { operator expression
                        | [NOT] IN ( list ) | [NOT] BETWEEN expression AND expression
                        | [NOT] LIKE expression | IS [NOT] (NULL | TRUE | DISTINCT FROM …) }
    operator:   AND | OR | + | OPERATOR(schema.+) | operator (ANY | ALL | SOME) ( expression )
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import suppress
from functools import lru_cache

from drift.expressions.operands import LOOSEST, OperandReader, spelled_name
from drift.expressions.tokens import Token, UnreadableError, tokenize
from drift.kinds.sql.text import plain

_BINDING = {"or": LOOSEST, "and": 2, "not": 3, "is": 4, "compare": 5, "between": 6, "other": 7,
            "+": 8, "-": 8, "*": 9, "/": 9, "%": 9, "^": 10}  # fmt: skip
"""How strongly operators bind, the weakest first: section 4.1.6 of PostgreSQL's manual."""
_UNARY = 11
_COMPARISONS = {"<", ">", "=", "<=", ">=", "<>", "!="}
_LIKE = {"like": "~~", "ilike": "~~*"}
_IS = ("not", "null", "true", "false", "unknown", "distinct")
_DEEPEST = 100
"""Levels of parentheses and operators, so that Python's own stack suffices."""


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
    return spelled_tokens(tokens, path, operators)


def spelled_tokens(
    tokens: Sequence[Token],
    path: Collection[str] = (),
    operators: frozenset[str] = frozenset(),
) -> str:
    """Return tokens in one spelling; unchanged if they are not a plain expression."""
    parser = _Parser(tokens, path, operators)
    with suppress(UnreadableError):
        text = parser.expression(LOOSEST)
        if parser.position == len(tokens):
            return text
    return " ".join(spelled_name(t) if t.sort == "name" else t.text for t in tokens)


class _Parser(OperandReader):
    """Climbs the operators by their precedence, and writes the expression with all parentheses."""

    def __init__(
        self, tokens: Sequence[Token], path: Collection[str], operators: frozenset[str]
    ) -> None:
        super().__init__(tokens, path)
        self._operators = operators
        self._depth = 0

    def expression(self, least: int) -> str:
        """Read operands joined by operators that bind at least so strongly."""
        self._depth += 1
        if self._depth > _DEEPEST:
            raise UnreadableError("it is too deep")
        left = self._prefixed()
        while (longer := self._infix(left, least)) is not None:
            left = longer
        self._depth -= 1
        return left

    def _prefixed(self) -> str:
        """Read an operand with NOT or a sign before it."""
        if self.skip("not"):
            return f"(not {self.expression(_BINDING['not'])})"
        if self.peek().text in {"+", "-"}:
            return f"{self.take().text}{self.expression(_UNARY)}"
        return self.operand()

    def _infix(self, left: str, least: int) -> str | None:
        """Read an operator and its right side; None if none follows that binds enough."""
        negated = self.peek().word == "not" and self.peek(1).word in {"in", "between", *_LIKE}
        word = self.peek(negated).word
        binding = self._binding(self.peek(negated))
        if binding < least:
            return None
        self.position += negated
        if word in {"and", "or"}:
            self.take()
            return _flat(word, left, self.expression(binding + 1))
        if word in {"is", "in", "between", *_LIKE}:
            self.take()
            return self._predicate(word, left, negated=negated)
        return self._operation(left, binding)

    def _binding(self, token: Token) -> int:
        """Return how strongly a token binds; 0 if it is not an operator."""
        if token.word in {"and", "or", "is"}:
            return _BINDING[token.word]
        if token.word in {"in", "between", *_LIKE}:
            return _BINDING["between"]
        if token.text in _COMPARISONS:
            return _BINDING["compare"]
        if token.sort == "operator" or token.word == "operator":
            return _BINDING.get(token.text, _BINDING["other"])
        return 0

    def _predicate(self, word: str, left: str, *, negated: bool) -> str:
        """Read the right side of IS, IN, BETWEEN and LIKE, whose word has been read."""
        if word == "is":
            return f"({left} {self._is()})"
        if word == "in":
            self.expect("(")
            return f"({left} {'<> all' if negated else '= any'}[{self.items(')')}])"
        if word in _LIKE:
            operator = ("!" if negated else "") + _LIKE[word]
            return f"({left} {operator} {self.expression(_BINDING['other'])})"
        low = self.expression(_BINDING["other"])
        self.expect("and")
        high = self.expression(_BINDING["other"])
        within = _flat("and", f"({left} >= {low})", f"({left} <= {high})")
        return f"(not {within})" if negated else within

    def _is(self) -> str:
        """Read the words after IS: NULL, TRUE, UNKNOWN, DISTINCT FROM …, all of them with NOT."""
        parts = ["is"]
        while (word := self.peek().word) in _IS:
            parts.append(word)
            self.take()
        if parts[-1] == "distinct":
            self.expect("from")
            parts.append(f"from {self.expression(_BINDING['other'])}")
        return " ".join(parts)

    def _operation(self, left: str, binding: int) -> str:
        """Read an operator and its right operand, which ANY or ALL may take from a list."""
        operator = self._operator()
        operator = "<>" if operator == "!=" else operator
        quantifier = self.peek().word.replace("some", "any")
        if quantifier in {"any", "all"} and self.peek(1).text == "(":
            self.position += 2
            inner = self.expression(LOOSEST)
            self.expect(")")
            return f"({left} {operator} {quantifier}{inner.removeprefix('array')})"
        return f"({left} {operator} {self.expression(binding + 1)})"

    def _operator(self) -> str:
        """Read `+`, or OPERATOR(schema.+), which means the same if the path holds the schema."""
        if not self.skip("operator"):
            return self.take().text
        self.expect("(")
        schemas: list[str] = []
        while self.peek(1).text == ".":
            schemas.append(spelled_name(self.take()))
            self.take()
        operator = self.take().text
        self.expect(")")
        if operator not in self._operators or schemas[-1:] == ["pg_catalog"]:
            schemas = self.needed(schemas)
        return ".".join([*schemas, operator])


def _flat(word: str, left: str, right: str) -> str:
    """Join two sides of AND or OR, which may be grouped as one likes."""
    begin = f"({word} "
    sides = [
        side[len(begin) : -1] if side.startswith(begin) and plain(side) != side else side
        for side in (left, right)
    ]
    return f"{begin}{', '.join(sides)})"
