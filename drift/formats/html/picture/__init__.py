"""The picture of the foreign keys: the drawn tables of a check in, an inline SVG figure out."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from drift.formats.escape import visible
from drift.formats.html.picture.choice import STATES, Choice, Counts, Line, choose, meanings
from drift.formats.html.picture.grid import arrange
from drift.formats.html.picture.routes import BOX, Plan, Point, Route, route
from drift.formats.html.templating import macros
from drift.formats.vocabulary import counted, plural
from drift.kinds.sides import USUAL, Sides
from drift.model import Severity
from drift.report.drawing import Drawing

_NAME, _LABEL, _COUNT = 8.0, 6.4, 6.0
"""The widths of a character in a table's name, in a line's label and in a box's second line."""


def figure(
    drawings: Sequence[Drawing],
    counts: Counts,
    anchors: Mapping[str, str],
    id_: str,
    sides: Sides = USUAL,
) -> Markup:
    """Return the picture with its legend; nothing if no table has a foreign key.

    `anchors` are the ids of the tables' sections; `id_` begins the ids within the picture.
    """
    choice = choose(drawings, counts, sides)
    if not choice.lines:
        return Markup()
    arrows = [(line.table, line.target) for line in choice.lines]
    plan = route(arrange(choice.tables, arrows), arrows)
    lines = list(map(_line, choice.lines, plan.routes))
    # Lines that differ are drawn last, so that they are above those that do not.
    lines.sort(key=lambda line: -list(STATES).index(line["state"]))
    left, right = _extent(plan, choice.lines)
    in_one_schema = len({table.partition(".")[0] for table in choice.tables}) == 1
    boxes = [_box(table, plan, counts, in_one_schema=in_one_schema) for table in choice.tables]
    markup: Markup = macros("picture.html").figure(
        id_, choice, meanings(sides), _description(choice), lines, boxes, anchors,
        left=left, width=right - left, height=round(plan.size[1]), box=BOX,
    )  # fmt: skip
    return markup


def _line(line: Line, route: Route) -> dict[str, Any]:
    (x, y), (_, before) = route.points[-1], route.points[-2]
    return {
        "state": line.state,
        "description": line.description,
        "path": _rounded(route.points),
        "head": f"M{x:g} {y:g}l-5 {9 if before > y else -9}h10z",
        "label": _label(line, route.room),
        "x": round(route.label[0]),
        "y": round(route.label[1]),
    }


def _rounded(points: Sequence[Point]) -> str:
    """Return a path along the points with rounded corners."""
    path = f"M{points[0][0]:g} {points[0][1]:g}"
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        near, far = _towards(corner, before), _towards(corner, after)
        path += f"L{near[0]:g} {near[1]:g}Q{corner[0]:g} {corner[1]:g} {far[0]:g} {far[1]:g}"
    return f"{path}L{points[-1][0]:g} {points[-1][1]:g}"


def _towards(corner: Point, other: Point, radius: float = 7) -> Point:
    away = [b - a for a, b in zip(corner, other, strict=True)]
    length = max(map(abs, away))
    share = min(radius, length / 2) / length
    return corner[0] + away[0] * share, corner[1] + away[1] * share


def _label(line: Line, room: float) -> str:
    """Return the longest label that fits: columns and state, state alone, or the sign."""
    sign, word = STATES[line.state]
    if not sign:
        return ""
    if len(line.links) > 1:
        labels = [f"{sign} {word} ×{len(line.links)}", word]
    else:
        columns = visible(", ".join(line.links[0].columns))
        labels = [f"{sign} {columns} {word}", f"{sign} {word}", word]
    return next((label for label in labels if _cells(label) * _LABEL <= room), sign)


def _extent(plan: Plan, lines: Sequence[Line]) -> tuple[int, int]:
    """Return the left and the right edge of all that is drawn, with a margin."""
    corners = [x for route in plan.routes for x, _ in route.points]
    labels = [
        route.label[0] + _cells(_label(line, route.room)) * (_LABEL + 0.4)
        for line, route in zip(lines, plan.routes, strict=True)
    ]
    edges = [x for x, _ in plan.boxes.values()]
    right = max(*corners, *labels, max(edges) + BOX[0])
    return round(min(*corners, *edges) - 10), round(right + 10)


def _description(choice: Choice) -> str:
    """Return a description of the picture for screen readers, short enough to listen to."""
    differing = [line for line in choice.lines if line.state != "same"]
    lines = "".join(f" {line.description}." for line in differing[:20])
    rest = f" And {len(differing) - 20} more." if len(differing) > 20 else ""
    return f"{plural(len(choice.tables), 'table')}.{lines}{rest}"


def _box(table: str, plan: Plan, counts: Counts, *, in_one_schema: bool) -> dict[str, Any]:
    levels = counts.get(table, {})
    summary = counted(levels) or "no findings"
    x, y = plan.boxes[table]
    return {
        "table": table,
        "x": round(x),
        "y": round(y),
        "level": next((level for level in Severity if levels.get(level)), "none"),
        "summary": summary,
        "name": _clipped(table.partition(".")[2] if in_one_schema else table, _NAME, 28),
        "count": _clipped(summary, _COUNT, 24),
    }


def _clipped(text: str, character: float, margin: int) -> str:
    """Return as much of a text as fits into a box."""
    shown, room = visible(text)[:200], (BOX[0] - margin) / character
    if _cells(shown) <= room:
        return shown
    while shown and _cells(shown) + 1 > room:
        shown = shown[:-1]
    return f"{shown}…"


def _cells(text: str) -> int:
    """Return the width of a text, in narrow characters."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
