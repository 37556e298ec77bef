"""SQL as text: the operations that need no server."""

from __future__ import annotations

import re
from typing import NamedTuple

from drift.lazy_regex import lazy_regex

SAFE_PATH = "SET LOCAL search_path = pg_catalog, pg_temp"
"""Comes before all else that is planned in a transaction: operators and functions that users
made in another schema, and a pooled session's temporary tables, must not take the place of the
server's own. `pg_temp` would come first if it were not named."""
UNPRINTED = "(not printed)"
"""Stands for an expression of the database that the server could not print."""
_TOKEN = lazy_regex(r"'[^']*'|\"[^\"]*\"|[()]")
"""Quoted text and parentheses; a doubled quote ends one quoted text and begins the next."""

_PIECE = lazy_regex(
    r"""(?P<space>\s+|--[^\n]*|/\*.*?\*/)
      | [eE]'(?:[^'\\]|''|\\.)*' | '(?:[^']|'')*' | "(?:[^"]|"")*" | \$(\w*)\$.*?\$\2\$
      | [^\W\d][\w$]* | :: | .""",
    re.VERBOSE | re.DOTALL,
)


class Piece(NamedTuple):
    """A word, a mark, a quoted text, or all that stands in one pair of parentheses."""

    start: int
    end: int
    text: str

    @property
    def word(self) -> str:
        """The text in upper case, as keywords are compared."""
        return self.text.upper()

    @property
    def is_name(self) -> bool:
        """Whether it can be the name of an object."""
        return self.text[0] in '"_' or self.text[0].isalpha()


def pieces(text: str) -> list[Piece]:
    """Split SQL into pieces, without space and comments between them."""
    result: list[Piece] = []
    depth = start = 0
    for match in _PIECE.finditer(text):
        if not depth:
            start = match.start()
        depth = max(0, depth + {"(": 1, "[": 1, ")": -1, "]": -1}.get(match[0], 0))
        if not depth and not match["space"]:
            result.append(Piece(start, match.end(), text[start : match.end()]))
    return result


def with_value(text: str, replacement: str) -> str:
    """Return the condition of a domain with other SQL in place of VALUE; quoted texts stay.

    >>> with_value("VALUE <> 'no VALUE'", "n")
    "n <> 'no VALUE'"
    """
    return _PIECE.sub(lambda m: replacement if m[0].upper() == "VALUE" else m[0], text)


def split_list(text: str) -> list[str]:
    """Split SQL at the commas that are outside of parentheses and quotes.

    >>> split_list("lower(a, ','), b")
    ["lower(a, ',')", 'b']
    """
    commas = [piece for piece in pieces(text) if piece.text == ","]
    starts = [0, *(comma.end for comma in commas)]
    ends = [*(comma.start for comma in commas), len(text)]
    return [text[start:end].strip() for start, end in zip(starts, ends, strict=True)]


def plain(text: str) -> str:
    """Return SQL without surrounding space and without pairs of parentheses around all of it."""
    text = text.strip()
    if not (text.startswith("(") and text.endswith(")")):
        return text
    start, end, closing = 0, len(text), _pairs(text)
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
    """Return the end of each pair of parentheses outside of quoted text, by its beginning.

    All pairs in one pass: to look for each one from its beginning takes quadratic time.
    """
    closing: dict[int, int] = {}
    opened: list[int] = []
    for token in _TOKEN.finditer(text):
        if token[0] == "(":
            opened.append(token.start())
        elif token[0] == ")" and opened:
            closing[opened.pop()] = token.start()
    return closing


_TYPE = r"[\w. \"]+(?:\([-\d, ]+\))?[\w. ]*(?:\[\])?"
_CONVERTED = lazy_regex(
    rf"(.+)::\s*{_TYPE}|CAST\s*\((.+)\sAS\s+{_TYPE}\)", re.IGNORECASE | re.DOTALL
)


def is_null(text: str) -> bool:
    """Return whether SQL is NULL, of any type: as a default, it means that there is none.

    >>> is_null("(NULL::character varying(20))"), is_null("CAST(NULL AS int)"), is_null("NULLIF(a)")
    (True, True, False)
    """
    if len(text) > LONGEST_NULL:
        return False
    text = plain(text)
    match = _CONVERTED.fullmatch(text)
    return is_null(match[1] or match[2]) if match else text.upper() == "NULL"


LONGEST_NULL = 300
"""Characters of a NULL with its type; a longer text is something else."""


def string_literal(text: str) -> str:
    """Return text as SQL has it, under standard_conforming_strings."""
    return "'" + text.replace("'", "''") + "'"
