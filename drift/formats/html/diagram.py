"""Which tables and foreign keys are in the picture, and what stands beside it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

import msgspec

from drift.formats.html.markup import Markup, element, plural
from drift.model import Severity
from drift.report.drawing import Drawing, Link

MOST = 24
MOST_LINES = 60
"""Boxes and lines in one picture: more are a maze."""

STATES = {
    "missing": ("✕", "missing", "in the models, missing from the database"),
    "extra": ("+", "extra", "in the database, not in the models"),
    "changed": ("≠", "differs", "different on both sides"),
    "same": ("", "", "the same on both sides"),
}
"""A foreign key's state: its sign, its word, and what it means."""

Counts: TypeAlias = Mapping[str, Mapping[Severity, int]]


class Line(msgspec.Struct, frozen=True):
    """Foreign keys from one table to another that are in the same state."""

    table: str
    target: str
    state: str
    links: tuple[Link, ...]

    @property
    def ends(self) -> set[str]:
        """Return both tables; of a table that refers to itself, the one."""
        return {self.table, self.target}

    @property
    def words(self) -> str:
        """Say which foreign keys these are."""
        some = (
            f"{link.name}: {link.table} ({', '.join(link.columns)}) → "
            f"{link.target} ({', '.join(link.target_columns)})"
            for link in self.links[:10]
        )
        return f"{'; '.join(some)}: {STATES[self.state][2]}"


class Picture(msgspec.Struct, frozen=True):
    """What is drawn, how much there would be in all, and the tables without a foreign key."""

    tables: tuple[str, ...]
    lines: tuple[Line, ...]
    tables_in_all: int
    lines_in_all: int
    without: int


def choose(drawings: Sequence[Drawing], counts: Counts) -> Picture:
    """Return the tables that foreign keys connect, those that differ most first."""
    lines = sorted(_lines(drawings), key=lambda line: _weight(line, counts))
    everything = {name for line in lines for name in line.ends}
    tables = _chosen(lines)
    shown = [line for line in lines if line.ends <= tables][:MOST_LINES]
    return Picture(
        tables=tuple(sorted(tables)),
        lines=tuple(sorted(shown, key=lambda line: (line.table, line.target, line.state))),
        tables_in_all=len(everything),
        lines_in_all=len(lines),
        without=sum(drawing.path not in everything for drawing in drawings),
    )


def _lines(drawings: Iterable[Drawing]) -> list[Line]:
    bundles: dict[tuple[str, str, str], list[Link]] = defaultdict(list)
    for drawing in drawings:
        marked = {part.name for part in drawing.parts if part.kind == "foreign-key" and part.marked}
        for link in drawing.links:
            bundles[link.table, link.target, _state(link, marked)].append(link)
    return [Line(*key, tuple(links)) for key, links in sorted(bundles.items())]


def _state(link: Link, marked: Iterable[str]) -> str:
    if link.expected != link.actual:
        return "missing" if link.expected else "extra"
    return "changed" if link.name in marked else "same"


def _weight(line: Line, counts: Counts) -> tuple[object, ...]:
    found = counts.get(line.table, {})
    worst = [-found.get(level, 0) for level in Severity]
    return list(STATES).index(line.state), worst, line.table, line.target


def _chosen(lines: Iterable[Line]) -> set[str]:
    """Return the ends of the lines that matter most, as many as one can look at."""
    chosen: set[str] = set()
    for line in lines:
        if len(chosen | line.ends) <= MOST:
            chosen |= line.ends
    return chosen


def caption(picture: Picture) -> Markup:
    """Return the legend, and what is not in the picture."""
    used = {line.state for line in picture.lines}
    legend = (
        element("li", element("span", class_=f"swatch {state}", aria_hidden="true"), meaning)
        for state, (_, _, meaning) in STATES.items()
        if state in used
    )
    return element(
        "figcaption",
        element("p", "An arrow is a foreign key: it points at the table that is referenced."),
        element("ul", *legend, class_="legend", aria_label="Lines"),
        *(element("p", sentence) for sentence in _left_out(picture)),
    )


def _left_out(picture: Picture) -> Iterator[str]:
    if (len(picture.tables), len(picture.lines)) < (picture.tables_in_all, picture.lines_in_all):
        yield (
            f"Cut: {len(picture.tables)} of {plural(picture.tables_in_all, 'table')} and "
            f"{len(picture.lines)} of {plural(picture.lines_in_all, 'arrow')} are drawn, those "
            "that differ first."
        )
    if picture.without:
        verb = "has" if picture.without == 1 else "have"
        yield f"{plural(picture.without, 'more table')} below {verb} no foreign key to draw."
