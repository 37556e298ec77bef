"""Lines of text for a terminal: wrapped, in columns, coloured if the reader is one.

Written by hand: a library for terminals takes longer to import than a check takes to run, and its
tables break a path inside a file's name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from enum import Enum
from itertools import groupby, zip_longest
from typing import NamedTuple

from drift.formats.escape import inert, visible


class Style(Enum):
    """How text looks, as the parameters of ANSI's "select graphic rendition"."""

    PLAIN = ""
    BOLD = "1"
    DIM = "2"
    ITALIC = "3"
    RED = "1;31"
    GREEN = "1;32"
    YELLOW = "33"
    CYAN = "36"


class Span(NamedTuple):
    """Text in one style; characters that a terminal would obey are shown as escapes."""

    text: str
    style: Style = Style.PLAIN


class Cell(NamedTuple):
    """Spans that are wrapped at `width` cells, and padded to it if another cell follows."""

    width: int
    spans: Sequence[Span]


class Page:
    """Collects lines that are at most `width` cells wide."""

    def __init__(self, width: int, *, color: bool) -> None:
        """Start an empty page."""
        self.width = width
        self._color = color
        self._lines: list[str] = []

    def paragraph(self, *spans: Span, indent: int = 0, hanging: int = 0) -> None:
        """Add spans, wrapped; lines after the first are indented by `hanging` cells more."""
        lines = wrap(spans, self.width - indent, hanging)
        for number, line in enumerate(lines):
            self._add([Span(" " * (indent + (hanging if number else 0))), *line])

    def verbatim(self, span: Span, indent: int) -> None:
        """Add a line that is not wrapped: a terminal wraps it, and a copy of it is whole."""
        self._add([Span(" " * indent), Span(visible(span.text), span.style)])

    def row(self, *cells: Cell, indent: int = 0) -> None:
        """Add cells in one row, two spaces apart."""
        wrapped = [list(wrap(cell.spans, cell.width)) for cell in cells]
        for lines in zip_longest(*wrapped, fillvalue=()):
            parts = [Span(" " * indent)]
            for cell, line in zip(cells, lines, strict=True):
                used = sum(cell_width(span.text) for span in line)
                parts += [*line, Span(" " * (cell.width - used + 2))]
            self._add(parts)

    def rule(self, title: str, style: Style) -> None:
        """Add a line across the page that begins with a title."""
        shown = visible(title)
        room = self.width - cell_width(shown) - 1
        if room < 1:
            self.paragraph(Span(title, Style.BOLD))
        else:  # nothing to wrap
            self._add([Span(shown, Style.BOLD), Span(" "), Span("─" * room, style)])

    def blank(self) -> None:
        """Add an empty line, unless there is one."""
        if self._lines and self._lines[-1]:
            self._lines.append("")

    def text(self) -> str:
        """Return all lines."""
        return "".join(f"{line}\n" for line in self._lines)

    def _add(self, spans: Iterable[Span]) -> None:
        self._lines.append(inert("".join(map(self._styled, spans)).rstrip()))

    def _styled(self, span: Span) -> str:
        if not self._color or span.style is Style.PLAIN or not span.text:
            return span.text
        return f"\x1b[{span.style.value}m{span.text}\x1b[0m"


def wrap(spans: Sequence[Span], width: int, hanging: int = 0) -> Iterator[list[Span]]:
    """Yield lines of spans; each line after the first is narrower by `hanging` cells."""
    shown = [Span(visible(span.text), span.style) for span in spans]
    text = "".join(span.text for span in shown)
    styles = [span.style for span in shown for _ in span.text]
    for start, end in _breaks(text, width, hanging):
        characters = zip(text[start:end], styles[start:end], strict=True)
        yield [
            Span("".join(character for character, _ in run), style)
            for style, run in groupby(characters, key=lambda pair: pair[1])
        ]


def _breaks(text: str, width: int, hanging: int) -> Iterator[tuple[int, int]]:
    """Yield the start and the end of each line: between words, or inside one that is too wide."""
    start, room = 0, width
    while True:
        end = _end(text, start, room)
        if end < len(text):
            space = text.rfind(" ", start, end + 1)
            end = space if text[start : max(start, space)].strip() else end
        yield start, end
        start = end + len(text[end:]) - len(text[end:].lstrip(" "))
        if start >= len(text):
            return
        room = width - hanging


def _end(text: str, start: int, room: int) -> int:
    """Return the end of the text that fits into `room` cells: one character at least."""
    if text.isascii():
        return min(len(text), start + max(1, room))
    end = start
    while end < len(text) and (room := room - _character_width(text[end])) >= 0:
        end += 1
    return min(len(text), max(end, start + 1))


def cell_width(text: str) -> int:
    """Return the number of cells of a terminal that a text takes."""
    return len(text) if text.isascii() else sum(map(_character_width, text))


def _character_width(character: str) -> int:
    if character.isascii():
        return 1
    import unicodedata  # only for a name that is not ASCII

    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def shorten_path(path: str, room: int) -> str:
    """Return a path that fits, without its first folders if need be: `…/models/user.py`."""
    shown = visible(path)
    if cell_width(shown) <= room:
        return shown
    parts = shown.split("/")
    for first in range(1, len(parts)):
        shorter = "/".join(("…", *parts[first:]))
        if cell_width(shorter) <= room:
            return shorter
    return parts[-1]
