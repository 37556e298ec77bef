"""Refuses an expression if its result could be far larger.

A few letters can become gigabytes: `repeat('a', 100000000)`, or `replace` within `replace`. The
server would make that while it plans, and print it. The bound here is rough, and on the safe side.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from drift.expressions.tokens import Token, UnreadableError

_COUNTED = {"repeat": 1, "lpad": 1, "rpad": 1}
"""Functions whose result is as long as one argument says, by its index."""
_GROWING = frozenset(
    "convert_to decode encode json_object jsonb_object like_escape normalize overlay quote_ident "
    "quote_literal quote_nullable regexp_replace replace string_to_array substr substring".split()
)
"""Functions whose result can be longer than the argument, depending on their literals."""
_REFUSED = frozenset(
    "array_fill jsonb_path_query_array jsonb_pretty polygon ts_rewrite exp factorial power".split()
)
_MOST = 4096
"""How many times as long as the expression its result may be."""
_LONGEST_COUNT = 10_000


def require_small(tokens: Sequence[Token], closing: Mapping[int, int]) -> None:
    """Raise UnreadableError if the result could be far larger than the expression.

    `closing` maps each opening parenthesis to its end. Nested calls multiply, successive ones do
    not.
    """
    within = [(len(tokens), 1)]  # the calls around a token: the end and the factor of each
    conversions = 1
    for position, token in enumerate(tokens):
        while position > within[-1][0]:
            within.pop()
        factor = _factor(tokens, position, token, closing)
        if token.text == "::":
            conversions *= factor
        elif factor > 1:
            within.append((closing.get(position + 1, position), within[-1][1] * factor))
        if within[-1][1] * conversions > _MOST:
            raise UnreadableError("its result could be very large")


def _factor(
    tokens: Sequence[Token], position: int, token: Token, closing: Mapping[int, int]
) -> int:
    """Return the factor by which one token can lengthen a result."""
    if token.text == "^" or (token.sort == "name" and token.value in _REFUSED):
        return _MOST + 1 if token.text != "^" or _number(tokens, position + 1) > 100 else 1
    if token.text == "::" and position + 1 < len(tokens) and tokens[position + 1].value == "bytea":
        return 2
    if token.sort != "name" or position + 1 not in closing:
        return 1
    end = closing[position + 1]
    if token.value in _COUNTED:
        return _count(tokens, position + 2, end, closing)
    if token.value not in _GROWING:
        return 1
    literals = (len(t.text) for t in tokens[position + 2 : end] if t.sort == "string")
    return min(max(2, *literals, 2), _MOST + 1)


def _count(tokens: Sequence[Token], begin: int, end: int, closing: Mapping[int, int]) -> int:
    """Return the number in the second argument; too large a one if it is not a plain number."""
    position = begin
    while position < end and tokens[position].text != ",":
        position = closing.get(position, position) + 1
    number = _number(tokens, position + 1)
    after = tokens[position + 2].text if position + 2 <= end else ""
    plain = number >= 0 and after in {",", ")"}
    return max(number, 1) if plain and number <= _LONGEST_COUNT else _MOST + 1


def _number(tokens: Sequence[Token], position: int) -> int:
    """Return the whole number at a position; -1 if there is none."""
    text = tokens[position].text if position < len(tokens) else ""
    return int(text) if text.isdecimal() and len(text) < 12 else -1
