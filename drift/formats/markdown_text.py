"""Untrusted text in Markdown: no name can mention, link or end the element that it is in."""

from __future__ import annotations

import re

from drift.formats.escape import visible

_PLAIN = re.compile(
    r"(?:[A-Za-z0-9 ,;()'=…—-]|[.:](?=[\s)]|$)|\.(?=[a-z]+\()|(?<=[a-zA-Z])_(?=[a-zA-Z]))*"
)
"""Sentences without any character that means something to Markdown or to GitHub."""


def code(text: str, *, in_table: bool = False) -> str:
    """Return text as a code span; its fence has more backticks than any run in the text.

    `in_table` keeps `|` from ending the cell of a table.
    """
    shown = visible(text) or " "
    if in_table:
        shown = shown.replace("\\|", "\\\\x7c").replace("|", "\\|")
    longest = max(map(len, re.findall("`+", shown)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if shown.startswith(("`", " ")) or shown.endswith(("`", " ")) else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def prose(text: str, *, in_table: bool = False) -> str:
    """Return a harmless sentence as it is, any other as a code span."""
    return text if _PLAIN.fullmatch(text) else code(text, in_table=in_table)
