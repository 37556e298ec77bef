"""Turns what is SQL syntax for a call of a function into that call.

PostgreSQL remembers how a call was written: `x AT TIME ZONE 'utc'` and `timezone('utc', x)` print
differently, although they are the same function with the same arguments.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress

from drift.expressions.tokens import Token, UnreadableError, tokenize

_SYNTAX = re.compile(
    r"\bAT TIME ZONE\b|\bAT LOCAL\b|\bOVERLAPS\b|\bNORMALIZED\b"
    r"|\b(?:EXTRACT|TRIM|SUBSTRING|OVERLAY|POSITION|NORMALIZE)\("
)
_CLOSING = {"(": ")", "[": "]"}
_TRIM = {"both": "btrim", "leading": "ltrim", "trailing": "rtrim"}


def as_calls(printed: str) -> str:
    """Return what the server printed, without spaces, and with calls in place of syntax.

    >>> as_calls("(now() AT TIME ZONE 'utc'::text)")
    "timezone('utc'::text,now())"
    >>> as_calls("(length(TRIM(BOTH FROM s)) > 0)")
    '(length(btrim(s))>0)'
    """
    if _SYNTAX.search(printed):
        with suppress(UnreadableError):
            return _written(tokenize(printed))
    return _tight(printed)


_QUOTED_OR_SPACE = re.compile(r"('(?:[^']|'')*'|\"(?:[^\"]|\"\")*\")|\s+")


def _tight(text: str) -> str:
    """Return text without spaces outside of quotes."""
    return _QUOTED_OR_SPACE.sub(lambda match: match[1] or "", text)


def _written(tokens: Sequence[Token]) -> str:
    """Write tokens without spaces, and the groups among them as calls where they are syntax."""
    words: list[str] = []
    place = 0
    while place < len(tokens):
        token = tokens[place]
        if token.text not in _CLOSING:
            words.append(token.text)
            place += 1
            continue
        end = _end(tokens, place)
        inside = tokens[place + 1 : end]
        name = tokens[place - 1].word if place else ""
        call = _call(name, inside) if token.text == "(" else None
        if call is not None and name in _CALLS:
            words[-1] = call
        elif call is not None:
            words.append(call)
        else:
            words.append(f"{token.text}{_written(inside)}{_CLOSING[token.text]}")
        place = end + 1
    return "".join(words)


def _end(tokens: Sequence[Token], start: int) -> int:
    depth = 0
    for place in range(start, len(tokens)):
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(tokens[place].text, 0)
        if depth == 0:
            return place
    raise UnreadableError("its parentheses do not match")


def _call(name: str, inside: Sequence[Token]) -> str | None:
    """Return the call that a group is syntax for; None if it is none."""
    if name in _CALLS:
        return _CALLS[name](inside)
    for words, function in ((("at", "time", "zone"), "timezone"), (("overlaps",), "overlaps")):
        sides = _split(inside, words)
        if len(sides) == 2:
            left, right = map(_written, sides)
            if function == "timezone":
                return f"timezone({right},{left})"
            return f'"overlaps"({_bare(left)},{_bare(right)})'
    return _suffixed(inside)


def _suffixed(inside: Sequence[Token]) -> str | None:
    """Return the call of `x AT LOCAL` and of `x IS NFC NORMALIZED`; None for anything else."""
    words = [token.word for token in inside[-3:]]
    if words[1:] == ["at", "local"]:
        return f"timezone({_written(inside[:-2])})"
    if words[0:1] == ["is"] and words[2:] == ["normalized"]:
        return f"is_normalized({_written(inside[:-3])},'{words[1].upper()}'::text)"
    return None


def _bare(text: str) -> str:
    """Return the fields of a row without its parentheses."""
    return text[1:-1] if text.startswith("(") and text.endswith(")") else text


def _split(tokens: Sequence[Token], words: tuple[str, ...]) -> list[Sequence[Token]]:
    """Return the two sides of words that stand outside of all parentheses."""
    depth = 0
    for place, token in enumerate(tokens):
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(token.text, 0)
        found = tuple(t.word for t in tokens[place : place + len(words)])
        if depth == 0 and found == words:
            return [tokens[:place], tokens[place + len(words) :]]
    return [tokens]


def _trim(inside: Sequence[Token]) -> str | None:
    function = _TRIM.get(inside[0].word) if inside else None
    sides = _split(inside[1:], ("from",))
    if function is None or len(sides) != 2:
        return None
    characters, text = map(_written, sides)
    return f"{function}({','.join(filter(None, (text, characters)))})"


def _substring(inside: Sequence[Token]) -> str | None:
    sides = _split(inside, ("from",))
    if len(sides) != 2:
        return None
    return f'"substring"({",".join(map(_written, (sides[0], *_split(sides[1], ("for",)))))})'


def _overlay(inside: Sequence[Token]) -> str | None:
    sides = _split(inside, ("placing",))
    if len(sides) != 2:
        return None
    rest = _split(sides[1], ("from",))
    parts = (sides[0], rest[0], *(_split(rest[1], ("for",)) if len(rest) == 2 else ()))
    return f'"overlay"({",".join(map(_written, parts))})'


def _position(inside: Sequence[Token]) -> str | None:
    sides = _split(inside, ("in",))
    if len(sides) != 2:
        return None
    needle, text = (_bare(_written(side)) for side in sides)
    return f'"position"({text},{needle})'


def _extract(inside: Sequence[Token]) -> str | None:
    sides = _split(inside, ("from",))
    if len(sides) != 2:
        return None
    return f"\"extract\"('{_written(sides[0])}'::text,{_written(sides[1])})"


def _normalize(inside: Sequence[Token]) -> str | None:
    text = _written(inside)
    head, comma, form = text.rpartition(",")
    if comma and form in {"NFC", "NFD", "NFKC", "NFKD"}:
        return f"\"normalize\"({head},'{form}'::text)"
    return f'"normalize"({text})'


_CALLS = {
    "trim": _trim,
    "substring": _substring,
    "overlay": _overlay,
    "position": _position,
    "extract": _extract,
    "normalize": _normalize,
}
