"""Rewrites SQL syntax for a call of a function as that call.

PostgreSQL remembers how a call was written: `x AT TIME ZONE 'utc'` and `timezone('utc', x)` print
differently, although they are the same function with the same arguments. The server prints each of
these in parentheses of its own:

    ( x AT TIME ZONE zone )   ( x AT LOCAL )   ( x OVERLAPS y )   ( x IS [NFC] NORMALIZED )
    TRIM( BOTH y FROM x )   SUBSTRING( x FROM y FOR z )   OVERLAY( x PLACING y FROM z FOR n )
    POSITION( x IN y )   EXTRACT( field FROM x )   NORMALIZE( x, NFC )
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress

from drift.expressions.tokens import Token, UnreadableError, tokenize
from drift.lazy_regex import lazy_regex

_SYNTAX = lazy_regex(
    r"\bAT TIME ZONE\b|\bAT LOCAL\b|\bOVERLAPS\b|\bNORMALIZED\b"
    r"|\b(?:EXTRACT|TRIM|SUBSTRING|OVERLAY|POSITION|NORMALIZE)\("
)
_CLOSING = {"(": ")", "[": "]"}
_NESTING = {"(": 1, "[": 1, ")": -1, "]": -1}
_TRIM = {"both": "btrim", "leading": "ltrim", "trailing": "rtrim"}
_QUOTED_OR_SPACE = lazy_regex(r"('(?:[^']|'')*'|\"(?:[^\"]|\"\")*\")|\s+")


def as_calls(printed: str) -> str:
    """Return the server's text without spaces, and with calls instead of syntax.

    >>> as_calls("(now() AT TIME ZONE 'utc'::text)")
    "timezone('utc'::text,now())"
    >>> as_calls("(length(TRIM(BOTH FROM s)) > 0)")
    '(length(btrim(s))>0)'
    """
    if _SYNTAX.search(printed):
        with suppress(UnreadableError):
            return _written(tokenize(printed))
    return _QUOTED_OR_SPACE.sub(lambda match: match[1] or "", printed)


def _written(tokens: Sequence[Token]) -> str:
    """Write tokens without spaces, and the groups among them as calls if they are syntax."""
    texts: list[str] = []
    position = 0
    while position < len(tokens):
        token = tokens[position]
        if token.text not in _CLOSING:
            texts.append(token.text)
            position += 1
            continue
        end = _end_of_group(tokens, position)
        inside = tokens[position + 1 : end]
        name = tokens[position - 1].word if position else ""
        call = _call(name, inside) if token.text == "(" else None
        if call is not None and name in _CALLS:
            texts[-1] = call
        elif call is not None:
            texts.append(call)
        else:
            texts.append(f"{token.text}{_written(inside)}{_CLOSING[token.text]}")
        position = end + 1
    return "".join(texts)


def _end_of_group(tokens: Sequence[Token], start: int) -> int:
    depth = 0
    for position in range(start, len(tokens)):
        depth += _NESTING.get(tokens[position].text, 0)
        if depth == 0:
            return position
    raise UnreadableError("its parentheses do not match")


def _call(name: str, inside: Sequence[Token]) -> str | None:
    """Return the call that a group is syntax for; None if it is not one."""
    if name in _CALLS:
        return _CALLS[name](inside)
    last = [token.word for token in inside[-3:]]
    if sides := _split(inside, "at", "time", "zone"):
        return f"timezone({_written(sides[1])},{_written(sides[0])})"
    if sides := _split(inside, "overlaps"):
        return f'"overlaps"({",".join(_without_parentheses(_written(side)) for side in sides)})'
    if last[1:] == ["at", "local"]:
        return f"timezone({_written(inside[:-2])})"
    if last[0:1] == ["is"] and last[2:] == ["normalized"]:
        return f"is_normalized({_written(inside[:-3])},'{last[1].upper()}'::text)"
    return None


def _without_parentheses(row: str) -> str:
    return row[1:-1] if row.startswith("(") and row.endswith(")") else row


def _split(
    tokens: Sequence[Token], *keywords: str
) -> tuple[Sequence[Token], Sequence[Token]] | None:
    """Return the two sides of keywords outside of all parentheses; None if they are absent."""
    depth = 0
    for position, token in enumerate(tokens):
        depth += _NESTING.get(token.text, 0)
        end = position + len(keywords)
        if depth == 0 and tuple(t.word for t in tokens[position:end]) == keywords:
            return tokens[:position], tokens[end:]
    return None


def _trim(inside: Sequence[Token]) -> str | None:
    function = _TRIM.get(inside[0].word) if inside else None
    sides = _split(inside[1:], "from")
    if function is None or sides is None:
        return None
    characters, text = map(_written, sides)
    return f"{function}({','.join(filter(None, (text, characters)))})"


def _substring(inside: Sequence[Token]) -> str | None:
    sides = _split(inside, "from")
    if sides is None:
        return None
    text, rest = sides
    return f'"substring"({",".join(map(_written, (text, *(_split(rest, "for") or [rest]))))})'


def _overlay(inside: Sequence[Token]) -> str | None:
    sides = _split(inside, "placing")
    if sides is None:
        return None
    text, rest = sides
    new, count = _split(rest, "from") or (rest, None)
    bounds = () if count is None else (_split(count, "for") or [count])
    return f'"overlay"({",".join(map(_written, (text, new, *bounds)))})'


def _position(inside: Sequence[Token]) -> str | None:
    sides = _split(inside, "in")
    if sides is None:
        return None
    needle, text = (_without_parentheses(_written(side)) for side in sides)
    return f'"position"({text},{needle})'


def _extract(inside: Sequence[Token]) -> str | None:
    sides = _split(inside, "from")
    if sides is None:
        return None
    return f"\"extract\"('{_written(sides[0])}'::text,{_written(sides[1])})"


def _normalize(inside: Sequence[Token]) -> str | None:
    text = _written(inside)
    head, comma, form = text.rpartition(",")
    if comma and form in {"NFC", "NFD", "NFKC", "NFKD"}:
        return f"\"normalize\"({head},'{form}'::text)"
    return f'"normalize"({text})'


_CALLS: dict[str, Callable[[Sequence[Token]], str | None]] = {
    "trim": _trim,
    "substring": _substring,
    "overlay": _overlay,
    "position": _position,
    "extract": _extract,
    "normalize": _normalize,
}
