"""Cells for the boxes of a picture: tables that are referenced above those that refer to them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

Cell: TypeAlias = tuple[int, int]
"""Row and column, from 0."""

Arrow: TypeAlias = tuple[str, str]
"""The table that refers, and the one that it refers to."""

Neighbours: TypeAlias = Mapping[str, Sequence[str]]
COLUMNS = 4


def arrange(names: Sequence[str], arrows: Iterable[Arrow]) -> dict[str, Cell]:
    """Return a cell per name; the same input gives the same cells.

    Rows come from the direction of the arrows. Columns are chosen twice, once from the top and
    once from the bottom, because each row is aligned with the neighbours that already have one.
    """
    pairs = sorted({(start, end) for start, end in arrows if start != end})
    above, below = _neighbours(pairs), _neighbours((end, start) for start, end in pairs)
    rows = list(_rows(names, above, below))
    columns: dict[str, int] = {}
    for row in rows:
        columns |= _columns(row, above, columns)
    for row in reversed(rows):
        columns |= _columns(row, below, columns)
    used = sorted(set(columns.values()))
    return {
        name: (number, used.index(columns[name])) for number, row in enumerate(rows) for name in row
    }


def _neighbours(pairs: Iterable[Arrow]) -> dict[str, list[str]]:
    neighbours: dict[str, list[str]] = defaultdict(list)
    for start, end in pairs:
        neighbours[start].append(end)
    return neighbours


def _rows(names: Sequence[str], above: Neighbours, below: Neighbours) -> Iterator[list[str]]:
    """Yield the levels, connected names side by side, cut into rows of the grid's width."""
    groups = _connected_groups(names, above, below)
    for level in _levels(names, above):
        row = sorted(level, key=groups.__getitem__)
        for start in range(0, len(row), COLUMNS):
            yield row[start : start + COLUMNS]


def _levels(names: Sequence[str], above: Neighbours) -> Iterator[list[str]]:
    """Yield names whose arrows all lead to earlier levels.

    If the rest is circular, the name with the fewest arrows into the rest is the next level.
    """
    waiting = dict.fromkeys(names)
    while waiting:
        blockers = {name: len(waiting.keys() & above.get(name, ())) for name in waiting}
        free = [name for name in waiting if not blockers[name]]
        level = free or [min(blockers, key=blockers.__getitem__)]
        yield level
        for name in level:
            del waiting[name]


def _connected_groups(names: Iterable[str], above: Neighbours, below: Neighbours) -> dict[str, int]:
    """Return the same number for names that arrows connect."""
    groups: dict[str, int] = {}
    for number, name in enumerate(names):
        waiting = [name]
        while waiting:
            current = waiting.pop()
            if current not in groups:
                groups[current] = number
                waiting += [*above.get(current, ()), *below.get(current, ())]
    return groups


def _columns(
    row: Sequence[str], neighbours: Neighbours, known: Mapping[str, int]
) -> dict[str, int]:
    """Give each name of a row the free column nearest to the middle of its neighbours."""
    columns: dict[str, int] = {}
    for position, name in enumerate(row):
        near = [known[other] for other in neighbours.get(name, ()) if other in known]
        middle = sum(near) / len(near) if near else known.get(name, position)
        free = set(range(COLUMNS)) - set(columns.values())
        columns[name] = min(free, key=lambda column: (abs(column - middle), column))
    return columns
