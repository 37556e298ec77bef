"""Text in which only the words that differ from the other side's are marked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from itertools import groupby

from drift.formats.html.markup import Markup, element, join

MOST = 400
"""Words of both texts that are compared one by one: the time grows with their product."""

_WORD = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|\w+|\s+|.""", re.DOTALL)


def marked(value: str, other: str, name: str) -> Markup:
    """Return text with a mark around what the other text does not have; `name` is its class."""
    runs = list(_runs(_WORD.findall(value), _WORD.findall(other)))
    if not any(not differs and re.search(r"\w", text) for text, differs in runs):
        return element("mark" if value != other else "code", value, class_=name)
    parts = (element("mark", text) if differs else text for text, differs in runs)
    return element("code", join(parts), class_=name)


def _runs(words: list[str], others: list[str]) -> Iterator[tuple[str, bool]]:
    """Yield runs of words, and whether they differ; space between two that do belongs to them."""
    if len(words) + len(others) > MOST:
        return
    same = [False] * len(words)
    for block in SequenceMatcher(None, words, others, autojunk=False).get_matching_blocks():
        same[block.a : block.a + block.size] = [True] * block.size
    for at in range(1, len(words) - 1):
        if words[at].isspace() and not (same[at - 1] or same[at + 1]):
            same[at] = False
    for equal, run in groupby(zip(words, same, strict=True), key=lambda pair: pair[1]):
        yield "".join(word for word, _ in run), not equal
