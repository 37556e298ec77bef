"""Text in runs of words, each equal to the other side's or not."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from itertools import groupby
from typing import TypeAlias

Runs: TypeAlias = list[tuple[str, bool]]
"""Pieces of a text, and whether each differs from the other side."""

MOST = 400
"""Words of both texts that are compared one by one: the time grows with their product."""

_TOKEN = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|\w+|\s+|.""", re.DOTALL)


def marked(text: str, other: str) -> Runs:
    """Return a text in runs; a single one if it has no letter or digit in common with `other`."""
    tokens, others = _TOKEN.findall(text), _TOKEN.findall(other)
    if len(tokens) + len(others) > MOST:
        return [(text, text != other)]
    same = [False] * len(tokens)
    for block in SequenceMatcher(None, tokens, others, autojunk=False).get_matching_blocks():
        same[block.a : block.a + block.size] = [True] * block.size
    for at in range(1, len(tokens) - 1):
        # Space between two words that differ belongs to them: one mark instead of two.
        if tokens[at].isspace() and not (same[at - 1] or same[at + 1]):
            same[at] = False
    if not any(equal and re.search(r"\w", word) for word, equal in zip(tokens, same, strict=True)):
        return [(text, text != other)]
    runs = groupby(zip(tokens, same, strict=True), key=lambda pair: pair[1])
    return [("".join(word for word, _ in run), not equal) for equal, run in runs]
