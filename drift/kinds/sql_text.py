"""SQL as text: what can be said of it without a server."""

from __future__ import annotations

import re

SAFE_PATH = "SET LOCAL search_path = pg_catalog, pg_temp"
"""Comes before all else that is planned in a transaction: operators and functions that somebody
made in another schema, and a pooled session's temporary tables, must not take the place of the
server's own. `pg_temp` would come first if it were not named."""
_TOKEN = re.compile(r"'[^']*'|\"[^\"]*\"|[()]")
"""Quoted text and parentheses; a doubled quote ends one quoted text and begins the next."""


def plain(text: str) -> str:
    """Return SQL without surrounding space and without pairs of parentheses around all of it."""
    start, end = _trimmed(text, 0, len(text))
    if not (text.startswith("(", start) and text.endswith(")", start, end)):
        return text[start:end]
    closing = _pairs(text)
    while closing.get(start) == end - 1:
        start, end = _trimmed(text, start + 1, end - 1)
    return text[start:end]


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the bounds without the space within them; no text is copied for that."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def _pairs(text: str) -> dict[int, int]:
    """Return where each parenthesis outside of quoted text closes, found in one pass."""
    found: dict[int, int] = {}
    waiting: list[int] = []
    for token in _TOKEN.finditer(text):
        if token[0] == "(":
            waiting.append(token.start())
        elif token[0] == ")" and waiting:
            found[waiting.pop()] = token.start()
    return found


_TYPE = r"[\w. \"]+(?:\([-\d, ]+\))?[\w. ]*(?:\[\])?"
_NULL = re.compile(rf"NULL(?:\s*::\s*{_TYPE})*", re.IGNORECASE)


def is_null(text: str) -> bool:
    """Tell whether SQL is NULL, of whatever type: as a default, it is none.

    >>> is_null("(NULL::character varying(20))"), is_null("NULL"), is_null("NULLIF(a, b)")
    (True, True, False)
    """
    if len(text) > LONGEST_NULL:
        return False
    text = plain(text)
    head, mark, type_ = text.partition("::")
    if mark and head.startswith("("):
        text = f"{plain(head)}::{type_}"
    return bool(_NULL.fullmatch(text))


LONGEST_NULL = 300
"""Characters of a NULL with its type; what is longer is something else."""


def string_literal(text: str) -> str:
    """Return text as SQL has it, under standard_conforming_strings."""
    return "'" + text.replace("'", "''") + "'"


def arguments(text: str) -> list[str]:
    """Return the parts of a list, which commas outside of quotes and parentheses separate.

    >>> arguments("lower(a, ','), b")
    ["lower(a, ',')", 'b']
    """
    parts, depth, start = [], 0, 0
    for token in _LIST_TOKEN.finditer(text):
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(token[0], 0)
        if token[0] == "," and depth == 0:
            parts.append(text[start : token.start()].strip())
            start = token.end()
    return [*parts, text[start:].strip()]


_LIST_TOKEN = re.compile(r"'[^']*'|\"[^\"]*\"|[()\[\],]")
