"""The rows of a block: name, detail and location in columns, as far as they fit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from drift.formats.ages import age
from drift.formats.escape import visible
from drift.formats.text.blocks import Row
from drift.formats.text.layout import Cell, Page, Span, Style, cell_width, shorten_path
from drift.kinds.sides import USUAL, Sides
from drift.kinds.sql_words import clauses
from drift.report.finding import Finding

INDENT = 6


class _Texts(NamedTuple):
    """The texts to print for one finding."""

    name: str
    detail: str
    location: str
    more: list[str]

    def start(self, name_width: int) -> int:
        """Return the cell where the detail starts: beside the name, or below it."""
        if cell_width(self.name) > name_width:
            return 2
        return name_width + 2 if name_width else 0


def add_rows(  # noqa: PLR0913 — independent options
    page: Page,
    rows: Sequence[Row],
    file: str,
    sides: Sides = USUAL,
    *,
    verbose: bool,
    aged: bool = False,
) -> None:
    """Add findings in columns; of a location in `file`, only the line is printed.

    A name that would leave less than half of the line to its detail has a line of its own, and so
    has a long location. With `aged`, each row has its age.
    """
    room = page.width - INDENT
    texts = [_texts(row, file, room, sides, verbose=verbose, aged=aged) for row in rows]
    name_width = _widest([text.name for text in texts], (room - 10) // 2)
    location_width = _widest([text.location for text in texts], room // 3)
    end = min(
        room - (location_width + 2 if location_width else 0),
        max(text.start(name_width) + cell_width(text.detail) for text in texts),
    )
    for text in texts:
        start = text.start(name_width)
        cells = [Cell(end - start, [Span(text.detail)])]
        indent = INDENT
        if start > name_width > 0:
            cells.insert(0, Cell(name_width, [Span(text.name)]))
        else:
            indent += start
            if text.name:
                page.paragraph(Span(text.name), indent=INDENT)
        below = text.more
        if text.location and cell_width(text.location) <= location_width:
            cells.append(Cell(location_width, [Span(text.location, Style.DIM)]))
        elif text.location:
            below = [text.location, *below]
        page.row(*cells, indent=indent)
        for line in below:
            page.paragraph(Span(line, Style.DIM), indent=INDENT + start)


def _widest(texts: Sequence[str], most: int) -> int:
    """Return the width of the widest text that is not wider than `most`."""
    return max((width for text in texts if (width := cell_width(text)) <= most), default=0)


def _texts(  # noqa: PLR0913 — as add_rows
    row: Row, file: str, room: int, sides: Sides, *, verbose: bool, aged: bool
) -> _Texts:
    finding = row.finding
    detail = visible(finding.detail or finding.message)
    more = [line for line in _changes(finding, sides) if line not in detail] if verbose else []
    if aged and (phrase := age(finding)):
        more.insert(0, phrase)
    if verbose:
        more.append(f"fingerprint {finding.fingerprint}")
    return _Texts(visible(row.name), detail, _location(finding, file, room), more)


def _changes(finding: Finding, sides: Sides) -> Iterator[str]:
    for attribute, values in finding.changes.items():
        yield visible("; ".join(clauses(attribute, *values, sides=sides)))


def _location(finding: Finding, file: str, room: int) -> str:
    """Return `file:line`, or `:line` in the file that the block names."""
    location = finding.location
    if location is None:
        return ""
    line = f":{location.line}"
    if location.file == file:
        return line
    return shorten_path(location.file, room - 2 - len(line)) + line
