"""Untrusted text in Markdown: no name can mention, link or end the element that it is in."""

from __future__ import annotations

import re
from itertools import groupby

from drift.formats.escape import visible

_PLAIN = re.compile(
    r"(?:[A-Za-z0-9 ,;()'=…—-]|[.:](?=[\s)]|$)|\.(?=[a-z]+\()|(?<=[a-zA-Z])_(?=[a-zA-Z]))*"
)
"""Sentences without any character that means something to Markdown or to GitHub."""

_WORD = re.compile(r"\(?(?!GH-)(?:--)?(?:[A-Za-z0-9][A-Za-z0-9'_-]*|\d+\.\d+)[),.:;?]*|[—…=]")
_NUMBER = re.compile(r"[0-9]+[.)]")


def code(text: str, *, in_table: bool = False) -> str:
    """Return text as a code span; its fence has more backticks than any run in the text.

    `in_table` keeps `|` from ending the cell of a table.
    """
    shown = visible(text) or " "
    if in_table:
        shown = shown.replace("\\|", "\\\\x7c").replace("|", "\\|")
    # Most names have none: not to search them saves a quarter of a report of 3,000 findings.
    longest = max(map(len, re.findall("`+", shown))) if "`" in shown else 0
    fence = "`" * (longest + 1)
    pad = " " if shown.startswith(("`", " ")) or shown.endswith(("`", " ")) else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def prose(text: str, *, in_table: bool = False) -> str:
    """Return a harmless sentence as it is, any other as a code span."""
    return text if _PLAIN.fullmatch(text) else code(text, in_table=in_table)


def sentence(text: str) -> str:
    """Return text of which only the words that may mean something to Markdown are code spans."""
    words = text.split(" ")
    harmless = [bool(_WORD.fullmatch(word)) for word in words]
    harmless[0] = harmless[0] and not _NUMBER.fullmatch(words[0]) and words[0].isascii()
    parts = []
    for plain, run in groupby(zip(words, harmless, strict=True), key=lambda pair: pair[1]):
        joined = " ".join(word for word, _ in run)
        parts.append(joined if plain else _code_and_punctuation(joined))
    return " ".join(parts)


def quoting(text: str) -> str:
    """Return a sentence with its texts in backticks as code spans; all else is harmless, too.

    It is one code span if its backticks are no pairs, or touch something else: two code spans side
    by side would be read as another one.
    """
    parts = text.split("`")
    if len(parts) == 1 or len(parts) % 2 == 0 or not all(parts[1:-1]):
        return prose(text)
    for position in range(0, len(parts), 2):
        is_first, is_last = position == 0, position == len(parts) - 1
        touches = not (is_first or re.match(r"[),.:;?]*( |$)", parts[position]))
        touches |= not (is_last or parts[position] == "" or parts[position].endswith((" ", " (")))
        if touches:
            return prose(text)
    return "".join(
        code(part) if position % 2 else _between(part) for position, part in enumerate(parts)
    )


def _between(text: str) -> str:
    """Return the text between two code spans; spaces and punctuation at its ends stay."""
    start = re.match(r"[),.:;?]* *", text)
    end = re.search(r"(?: +\(?)?$", text)
    assert start is not None
    assert end is not None
    inner = text[start.end() : max(start.end(), end.start())]
    return start[0] + (sentence(inner) if inner else "") + text[max(start.end(), end.start()) :]


def _code_and_punctuation(text: str) -> str:
    """Return a code span; a colon, comma or question mark after it stays outside."""
    kept = text.rstrip(":,;?" if "(" in text else ":,;?)")
    return code(kept) + text[len(kept) :] if kept else code(text)
