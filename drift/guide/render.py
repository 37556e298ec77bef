"""Markdown of the guide → text for a terminal.

It reads the Markdown of the pages: headings, fenced blocks, tables, lists, emphasis and links.
Paragraphs keep the lines of the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

BOLD, DIM, PLAIN = "\x1b[1m", "\x1b[2m", "\x1b[0m"
_LINK = re.compile(r"\[([^\]]+)\]\(([^)\s]+)\)")
_PAGE = re.compile(r"(?:\.\./|rules/)?([\w-]+)\.md(?:#[\w-]+)?")


def render(markdown: str, *, color: bool = False) -> str:
    """Return a page as text; `color` adds the terminal's bold and dim."""
    return "\n".join(_lines(markdown, color=color)).rstrip() + "\n"


def _lines(markdown: str, *, color: bool) -> Iterator[str]:
    in_block = False
    for line in markdown.splitlines():
        if line.lstrip().startswith("```"):
            in_block = not in_block
        elif in_block:
            yield _styled(f"    {line}" if line else "", DIM, color=color)
        elif line.startswith("#"):
            yield _styled(line.lstrip("# "), BOLD, color=color)
        elif not re.fullmatch(r"[|\s:-]+", line) or not line.strip():
            yield _inline(line, color=color)


def _inline(line: str, *, color: bool) -> str:
    """Return a line with its links as text, and without the marks of emphasis."""
    line = _LINK.sub(_link, line)
    bold = (BOLD, PLAIN) if color else ("", "")
    return re.sub(r"\*\*(.+?)\*\*", rf"{bold[0]}\1{bold[1]}", line)


def _link(match: re.Match[str]) -> str:
    """Return a link as text: another page as the command that prints it.

    Other files belong to the repository, and lead nowhere from a terminal.
    """
    label, target = match[1], match[2]
    if page := _PAGE.fullmatch(target):
        return f"{label} (drift help {page[1]})"
    return f"{label} ({target})" if "://" in target else label


def _styled(text: str, style: str, *, color: bool) -> str:
    return f"{style}{text}{PLAIN}" if color and text else text
