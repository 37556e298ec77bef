"""Divides Python source between its top-level statements, so that a part can be parsed alone."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import NamedTuple

from drift.lazy_regex import lazy_regex

_BEGIN = ("class ", "def ", "async def ", "@")

_TEXT_OR_COMMENT = lazy_regex(
    r'"(?:""[^"\\]*(?:(?:\\.|"(?!""))[^"\\]*)*""|[^"\\\n]*(?:\\.[^"\\\n]*)*)"|'
    r"'(?:''[^'\\]*(?:(?:\\.|'(?!''))[^'\\]*)*''|[^'\\\n]*(?:\\.[^'\\\n]*)*)'|"
    r"#[^\n]*",
    re.DOTALL,
)
_OF_MANY_LINES = ('"""', "'''", "\\\n")


class Part(NamedTuple):
    """Whole top-level statements, and the number of the lines above them."""

    above: int
    text: str


def parts(text: str) -> list[Part]:
    """Return the parts of a file; each class and function begins one, with its decorators.

    A part that is a fragment, since the text is not what it seems, is a syntax error.
    """
    lines = text.split("\n")
    inside = _lines_inside_texts(text)
    begins = [
        number
        for number, line in enumerate(lines)
        if line.startswith(_BEGIN) and number not in inside
        if not lines[number - 1].endswith("\\")
    ]
    decorated = {after for before, after in pairwise(begins) if lines[before].startswith("@")}
    starts = [0, *(number for number in begins if number and number not in decorated), len(lines)]
    return [Part(start, "\n".join(lines[start:end])) for start, end in pairwise(starts)]


def _lines_inside_texts(text: str) -> set[int]:
    """Return the numbers, from 0, of the lines that begin within a string."""
    inside: set[int] = set()
    if not any(mark in text for mark in _OF_MANY_LINES):
        return inside
    number = read = 0
    for match in _TEXT_OR_COMMENT.finditer(text):
        if count := match[0].count("\n"):
            number += text.count("\n", read, match.start())
            inside.update(range(number + 1, number + count + 1))
            number, read = number + count, match.end()
    return inside
