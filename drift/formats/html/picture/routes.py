"""Routes for the lines of a picture: between the boxes of a grid, never through one.

A line leaves its box into the gap between two rows, runs along a lane of that gap and, if boxes
are in its way, passes them in the channel between two columns.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import TypeAlias

import msgspec

from drift.formats.html.picture.grid import Arrow, Cell
from drift.formats.html.picture.lanes import End, assign_lanes

Point: TypeAlias = tuple[float, float]
BOX = (220, 56)
CHANNEL = 56
"""The width between two columns, and at both sides; all lengths in the picture's own units."""

_ARROW_HEADS, _LABELS, _LANE, _EDGE = 24, 28, 10, 10
"""Heights in a gap: for arrow heads, for labels, per lane, and of an empty gap at the edge."""


class Route(msgspec.Struct, frozen=True):
    """The corners of a line, the position of its label, and the width that the label may have."""

    points: tuple[Point, ...]
    label: Point
    room: float


class Plan(msgspec.Struct, frozen=True):
    """The upper left corner of each box, the route of each arrow, and the size of the picture."""

    boxes: Mapping[str, Point]
    routes: tuple[Route, ...]
    size: Point


def route(cells: Mapping[str, Cell], arrows: Sequence[Arrow]) -> Plan:
    """Return the positions of the boxes in these cells, and the routes of the arrows."""
    ends = [_ends(cells, arrow, number) for number, arrow in enumerate(arrows)]
    _spread(cells, [end for pair in ends for end in pair])
    _straighten(cells, ends)
    channels = _channels(cells, ends)
    if not any(channels):
        _widen_labels(ends)
    lanes = assign_lanes(ends, channels)
    rows = 1 + max(row for row, _ in cells.values())
    columns = 1 + max(column for _, column in cells.values())
    heights = [_height(lanes.get(gap, 0), inner=0 < gap < rows) for gap in range(rows + 1)]
    tops = [sum(heights[:gap]) + gap * BOX[1] for gap in range(rows + 1)]
    boxes = {
        name: (_left(column), float(tops[row] + heights[row]))
        for name, (row, column) in cells.items()
    }
    routes = (
        _route(start, end, channel, tops, boxes)
        for (start, end), channel in zip(ends, channels, strict=True)
    )
    return Plan(boxes, tuple(routes), size=(_left(columns), float(tops[-1] + heights[-1])))


def _ends(cells: Mapping[str, Cell], arrow: Arrow, number: int) -> tuple[End, End]:
    """Let a line leave towards the other box; between boxes of the same row, at the top."""
    (row, column), (other_row, other_column) = cells[arrow[0]], cells[arrow[1]]
    down = other_row > row
    return (
        End(arrow[0], not down, row + down, (other_column, number, 0)),
        End(arrow[1], other_row >= row, other_row + (other_row < row), (column, number, 1)),
    )


def _spread(cells: Mapping[str, Cell], ends: Sequence[End]) -> None:
    """Spread the ends on each side of a box evenly over its width."""
    sides: dict[tuple[str, bool], list[End]] = defaultdict(list)
    for end in ends:
        sides[end.box, end.top].append(end)
    for (box, _), side in sides.items():
        step = BOX[0] / (len(side) + 1)
        for position, end in enumerate(sorted(side, key=lambda end: end.order), 1):
            end.x = _left(cells[box][1]) + position * step
            end.rightmost, end.alone = position == len(side), len(side) == 1
            end.room = step + (CHANNEL / 2 - 20 if end.rightmost else 0) - 12


def _straighten(cells: Mapping[str, Cell], ends: Sequence[tuple[End, End]]) -> None:
    """Align an end that is alone on its side of a box with the other end of its line."""
    for pair in ends:
        for end, other in (pair, pair[::-1]):
            left = _left(cells[end.box][1])
            if end.alone and left + 16 <= other.x <= left + BOX[0] - 16:
                end.room += end.x - other.x
                end.x = other.x


def _widen_labels(ends: Sequence[tuple[End, End]]) -> None:
    """Let labels reach into the channels, which no line uses."""
    for pair in ends:
        for end in pair:
            end.room += CHANNEL / 2 + 10 if end.rightmost else 0


def _left(column: int) -> float:
    return float(CHANNEL + column * (BOX[0] + CHANNEL))


def _channels(cells: Mapping[str, Cell], ends: Sequence[tuple[End, End]]) -> list[float | None]:
    """Return the x at which each line passes from one gap to another; None within one gap."""
    columns = 1 + max(column for _, column in cells.values())
    middles = [_left(column) - CHANNEL / 2 for column in range(columns + 1)]
    lines_in: Counter[float] = Counter()
    channels: list[float | None] = []
    for start, end in ends:
        if start.gap == end.gap:
            channels.append(None)
        elif _is_free(cells, end.box, start.gap, end.gap):
            channels.append(end.x)
        else:
            nearest = min(middles, key=lambda x: abs(x - start.x) + abs(x - end.x))
            channels.append(nearest + (lines_in[nearest] % 5 - 2) * 8)
            lines_in[nearest] += 1
    return channels


def _is_free(cells: Mapping[str, Cell], box: str, *gaps: int) -> bool:
    """Return whether no box is between two gaps in the column of `box`."""
    column = cells[box][1]
    return not {(row, column) for row in range(min(gaps), max(gaps))} & set(cells.values())


def _height(lanes: int, *, inner: bool) -> int:
    return _ARROW_HEADS + lanes * _LANE + _LABELS if lanes or inner else _EDGE


def _route(
    start: End, end: End, channel: float | None, tops: Sequence[float], boxes: Mapping[str, Point]
) -> Route:
    first = boxes[start.box][1] + (0 if start.top else BOX[1])
    last = boxes[end.box][1] + (0 if end.top else BOX[1])
    lane = tops[start.gap] + _ARROW_HEADS + start.lane * _LANE
    points = [(start.x, first), (start.x, lane)]
    if channel is None:
        points.append((end.x, lane))
    else:
        other_lane = tops[end.gap] + _ARROW_HEADS + end.lane * _LANE
        points += [(channel, lane), (channel, other_lane), (end.x, other_lane)]
    points.append((end.x, last))
    label = (start.x + 7, first - 9 if start.top else first + 17)
    return Route(tuple(dict.fromkeys(points)), label, start.room)
