"""Block Kit's blocks out of plain text.

Slack's markup is not used: the text of a `rich_text` or a `plain_text` is shown as it is, so that
no name can mention, link or format anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

from drift.formats.escape import visible

Json: TypeAlias = dict[str, Any]
Inline: TypeAlias = list[Json]

HEADER, TEXT, BLOCKS = 150, 3000, 50
"""Characters of a header and of another text, and blocks of a message, that Slack takes."""


def header(text: str) -> Json:
    """Return the block with the title of a message."""
    return {"type": "header", "text": _plain(text, HEADER)}


def context(*texts: str) -> Json:
    """Return the block of small print."""
    return {"type": "context", "elements": [_plain(text, TEXT) for text in texts]}


def table(title: Inline, items: Sequence[Inline]) -> Json:
    """Return the block of a line and a list below it."""
    elements: list[Json] = [{"type": "rich_text_section", "elements": title}]
    if items:
        points = [{"type": "rich_text_section", "elements": item} for item in items]
        elements.append({"type": "rich_text_list", "style": "bullet", "elements": points})
    return {"type": "rich_text", "elements": elements}


def text(words: str, *, bold: bool = False) -> Json:
    """Return words of a line."""
    return _inline(words, {"bold": True} if bold else {})


def code(words: str) -> Json:
    """Return words of a line in the font of code."""
    return _inline(words, {"code": True})


def link(url: str, words: str) -> Json:
    """Return a link to one of our own addresses."""
    return {"type": "link", "url": url, "text": cut(words, TEXT)}


def length(line: Iterable[Json]) -> int:
    """Return the characters of a line."""
    return sum(units(part["text"]) for part in line)


def cut(words: str, most: int) -> str:
    """Return visible text of at most `most` characters; Slack rejects an empty one."""
    shown = visible(words) or " "
    return shown if units(shown) <= most else f"{_beginning(shown, most - 1)}…"


def units(words: str) -> int:
    """Return the length in UTF-16, the longest of all ways to count: an emoji is two."""
    return len(words.encode("utf-16-le", "surrogatepass")) // 2


def _beginning(words: str, most: int) -> str:
    return words.encode("utf-16-le")[: most * 2].decode("utf-16-le", "ignore")


def _inline(words: str, style: Json) -> Json:
    part: Json = {"type": "text", "text": visible(words) or " "}
    return part | ({"style": style} if style else {})


def _plain(words: str, most: int) -> Json:
    return {"type": "plain_text", "text": cut(words, most), "emoji": False}
