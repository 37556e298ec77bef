"""The lines of a picture: along the streets between boxes on a grid, never through a box."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import TypeAlias

import msgspec

from drift.formats.html.lanes import End, lanes_of
from drift.formats.html.layout import Cell

Point: TypeAlias = tuple[float, float]
Arrow: TypeAlias = tuple[str, str]
BOX = (220, 56)
STREET = 56
"""Between two columns, and at both sides; all lengths in the picture's own units."""

_ARRIVAL, _DEPARTURE, _LANE, _EDGE = 24, 28, 10, 10
"""Of the space between two rows: for arrow heads, for words, for each line along it."""


class Route(msgspec.Struct, frozen=True):
    """A line's corners; where a word about it may stand, and how wide."""

    points: tuple[Point, ...]
    word: Point
    room: float


class Plan(msgspec.Struct, frozen=True):
    """Each box's upper left corner, each arrow's route, and the whole picture's size."""

    boxes: Mapping[str, Point]
    routes: tuple[Route, ...]
    size: Point


def route(cells: Mapping[str, Cell], arrows: Sequence[Arrow]) -> Plan:
    """Draw arrows between boxes that have their cells."""
    ends = [_ends(cells, arrow, number) for number, arrow in enumerate(arrows)]
    _spread(cells, [end for pair in ends for end in pair])
    _straighten(cells, ends)
    streets = _streets(cells, ends)
    if not any(streets):
        _widen(ends)
    lanes = lanes_of(ends, streets)
    rows = 1 + max(row for row, _ in cells.values())
    columns = 1 + max(column for _, column in cells.values())
    heights = [_height(lanes.get(gap, 0), inner=0 < gap < rows) for gap in range(rows + 1)]
    tops = [sum(heights[:gap]) + gap * BOX[1] for gap in range(rows + 1)]
    boxes = {
        name: (_left(column), float(tops[row] + heights[row]))
        for name, (row, column) in cells.items()
    }
    return Plan(
        boxes=boxes,
        routes=tuple(
            _route(start, end, street, tops, boxes)
            for (start, end), street in zip(ends, streets, strict=True)
        ),
        size=(_left(columns), float(tops[-1] + heights[-1])),
    )


def _ends(cells: Mapping[str, Cell], arrow: Arrow, number: int) -> tuple[End, End]:
    """Let a line leave towards the other box, and between boxes of one row by the top."""
    (row, column), (other_row, other_column) = cells[arrow[0]], cells[arrow[1]]
    down = other_row > row
    return (
        End(arrow[0], not down, row + down, (other_column, number, 0)),
        End(arrow[1], other_row >= row, other_row + (other_row < row), (column, number, 1)),
    )


def _spread(cells: Mapping[str, Cell], ends: Sequence[End]) -> None:
    """Spread the lines that meet one side of a box over its width."""
    sides: dict[tuple[str, bool], list[End]] = defaultdict(list)
    for end in ends:
        sides[end.box, end.top].append(end)
    for (box, _), side in sides.items():
        step = BOX[0] / (len(side) + 1)
        for at, end in enumerate(sorted(side, key=lambda end: end.order), 1):
            end.x = _left(cells[box][1]) + at * step
            end.outermost, end.alone = at == len(side), len(side) == 1
            end.room = step + (STREET / 2 - 20 if end.outermost else 0) - 12


def _straighten(cells: Mapping[str, Cell], ends: Sequence[tuple[End, End]]) -> None:
    """Move an end that has a side of a box for itself in line with the other end."""
    for pair in ends:
        for one, other in (pair, pair[::-1]):
            left = _left(cells[one.box][1])
            if one.alone and left + 16 <= other.x <= left + BOX[0] - 16:
                one.room += one.x - other.x
                one.x = other.x


def _widen(ends: Sequence[tuple[End, End]]) -> None:
    """Let words reach into the streets where no line passes."""
    for pair in ends:
        for end in pair:
            end.room += STREET / 2 + 10 if end.outermost else 0


def _left(column: int) -> float:
    return float(STREET + column * (BOX[0] + STREET))


def _streets(cells: Mapping[str, Cell], ends: Sequence[tuple[End, End]]) -> list[float | None]:
    """Return where each line passes between two columns; None where it need not."""
    columns = 1 + max(column for _, column in cells.values())
    used: Counter[float] = Counter()
    found: list[float | None] = []
    for start, end in ends:
        if start.gap == end.gap:
            found.append(None)
            continue
        if _is_free(cells, end.box, start.gap, end.gap):
            found.append(end.x)
            continue
        middles = [_left(column) - STREET / 2 for column in range(columns + 1)]
        nearest = min(middles, key=lambda x: abs(x - start.x) + abs(x - end.x))
        found.append(nearest + (used[nearest] % 5 - 2) * 8)
        used[nearest] += 1
    return found


def _is_free(cells: Mapping[str, Cell], box: str, *gaps: int) -> bool:
    """Tell whether a line may reach a box along its own column: no box stands between."""
    column = cells[box][1]
    return not {(row, column) for row in range(min(gaps), max(gaps))} & set(cells.values())


def _height(lanes: int, *, inner: bool) -> int:
    return _ARRIVAL + lanes * _LANE + _DEPARTURE if lanes or inner else _EDGE


def _route(
    start: End,
    end: End,
    street: float | None,
    tops: Sequence[float],
    boxes: Mapping[str, Point],
) -> Route:
    first = boxes[start.box][1] + (0 if start.top else BOX[1])
    last = boxes[end.box][1] + (0 if end.top else BOX[1])
    along = tops[start.gap] + _ARRIVAL + start.lane * _LANE
    points = [(start.x, first), (start.x, along)]
    if street is not None:
        back = tops[end.gap] + _ARRIVAL + end.lane * _LANE
        points += [(street, along), (street, back), (end.x, back)]
    else:
        points.append((end.x, along))
    points.append((end.x, last))
    word = (start.x + 7, first - 9 if start.top else first + 17)
    return Route(tuple(dict.fromkeys(points)), word, start.room)
