"""The tables and foreign keys that are in the picture, and how many are not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

import msgspec

from drift.kinds.sides import USUAL, Sides
from drift.model import Severity
from drift.report.drawing import Drawing, Link

MOST_BOXES = 24
MOST_LINES = 60
"""Limits of one picture: more boxes or lines are a maze."""

STATES = {
    "missing": ("✕", "missing"),
    "extra": ("+", "extra"),
    "changed": ("≠", "differs"),
    "same": ("", ""),
}
"""The sign of a foreign key's state and its word; the most important first."""


def meanings(sides: Sides) -> dict[str, str]:
    """Return the meaning of each state of a foreign key."""
    expected, actual = sides.in_expected, sides.in_actual
    return {
        "missing": f"in {expected}, missing from {actual}",
        "extra": f"in {actual}, not in {expected}",
        "changed": "different on both sides",
        "same": "the same on both sides",
    }


Counts: TypeAlias = Mapping[str, Mapping[Severity, int]]
"""The number of findings per table and severity."""


class Line(msgspec.Struct, frozen=True):
    """The foreign keys from one table to another that are in the same state."""

    table: str
    target: str
    state: str
    links: tuple[Link, ...]
    sides: Sides = USUAL

    @property
    def ends(self) -> set[str]:
        """Return both tables; of a table that refers to itself, the only one."""
        return {self.table, self.target}

    @property
    def description(self) -> str:
        """Return the foreign keys with their columns, and what their state means."""
        keys = (
            f"{link.name}: {link.table} ({', '.join(link.columns)}) → "
            f"{link.target} ({', '.join(link.target_columns)})"
            for link in self.links[:10]
        )
        return f"{'; '.join(keys)}: {meanings(self.sides)[self.state]}"


class Choice(msgspec.Struct, frozen=True):
    """The tables and lines to draw, the number of all, and that of tables without foreign keys."""

    tables: tuple[str, ...]
    lines: tuple[Line, ...]
    all_tables: int
    all_lines: int
    unconnected: int

    @property
    def is_cut(self) -> bool:
        """Whether something is not drawn."""
        return (len(self.tables), len(self.lines)) < (self.all_tables, self.all_lines)


def choose(drawings: Sequence[Drawing], counts: Counts, sides: Sides = USUAL) -> Choice:
    """Return the tables that foreign keys connect, those that differ most first."""

    def importance(line: Line) -> tuple[object, ...]:
        worst = [-counts.get(line.table, {}).get(level, 0) for level in Severity]
        return list(STATES).index(line.state), worst, line.table, line.target

    lines = sorted(_lines(drawings, sides), key=importance)
    connected = {table for line in lines for table in line.ends}
    tables: set[str] = set()
    for line in lines:
        if len(tables | line.ends) <= MOST_BOXES:
            tables |= line.ends
    shown = [line for line in lines if line.ends <= tables][:MOST_LINES]
    return Choice(
        tables=tuple(sorted(tables)),
        lines=tuple(sorted(shown, key=lambda line: (line.table, line.target, line.state))),
        all_tables=len(connected),
        all_lines=len(lines),
        unconnected=sum(drawing.path not in connected for drawing in drawings),
    )


def _lines(drawings: Iterable[Drawing], sides: Sides) -> list[Line]:
    bundles: dict[tuple[str, str, str], list[Link]] = defaultdict(list)
    for drawing in drawings:
        changed = {
            part.name for part in drawing.parts if part.kind == "foreign-key" and part.marked
        }
        for link in drawing.links:
            if link.expected != link.actual:
                state = "missing" if link.expected else "extra"
            else:
                state = "changed" if link.name in changed else "same"
            bundles[link.table, link.target, state].append(link)
    return [Line(*key, tuple(links), sides) for key, links in sorted(bundles.items())]
