"""Divides Python source between its top-level statements, so that a part can be parsed alone."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import NamedTuple

from drift.lazy_regex import lazy_regex

_BEGIN = ("class ", "def ", "async def ", "@")

# No match is given back or tried again: the time is linear in the length of any text.
_TEXT_OR_COMMENT = lazy_regex(
    r'"""[^"\\]*+(?:(?:\\.|"(?!""))[^"\\]*+)*+(""")?|'
    r'"[^"\\\n]*+(?:\\.[^"\\\n]*+)*+(")?|'
    r"'''[^'\\]*+(?:(?:\\.|'(?!''))[^'\\]*+)*+(''')?|"
    r"'[^'\\\n]*+(?:\\.[^'\\\n]*+)*+(')?|"
    r"(#)[^\n]*+",
    re.DOTALL,
)
_OF_MANY_LINES = ('"""', "'''", "\\\n")


class Part(NamedTuple):
    """Whole top-level statements, and the number of the lines above them."""

    above: int
    text: str


def parts(text: str) -> list[Part]:
    """Return the parts of a file; each class and function begins one, with its decorators.

    A part that is only a fragment of a statement is a syntax error. The file is one part if it is
    not certain which lines are in strings, or if a form feed may hide a decorator.
    """
    inside = _lines_inside_texts(text)
    if inside is None or "\f" in text:
        return [Part(0, text)]
    lines = text.split("\n")
    begins = [
        number
        for number, line in enumerate(lines)
        if line.startswith(_BEGIN) and number not in inside
    ]
    decorated = {after for before, after in pairwise(begins) if lines[before].startswith("@")}
    starts = [
        number
        for number in begins
        if number and number not in decorated and not lines[number - 1].endswith("\\")
    ]
    edges = [0, *starts, len(lines)]
    return [Part(start, "\n".join(lines[start:end])) for start, end in pairwise(edges)]


def _lines_inside_texts(text: str) -> set[int] | None:
    """Return the numbers, from 0, of the lines that begin within a string; None if in doubt."""
    inside: set[int] = set()
    if not any(mark in text for mark in _OF_MANY_LINES):
        return inside
    number = read = 0
    for match in _TEXT_OR_COMMENT.finditer(text):
        if match.lastindex is None or _is_cut(match):
            return None
        if count := match[0].count("\n"):
            number += text.count("\n", read, match.start())
            inside.update(range(number + 1, number + count + 1))
            number, read = number + count, match.end()
    return inside


def _is_cut(match: re.Match[str]) -> bool:
    """Return whether a string may go on, as f-strings hold quotes of their own from 3.12 on."""
    text, start = match[0], match.start()
    has_prefix = match.string[start - 1 : start].isalpha()
    return has_prefix and text.count("{") != text.count("}")
