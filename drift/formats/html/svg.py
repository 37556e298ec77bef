"""The picture of the foreign keys as inline SVG, drawn with the page's own colours."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence

from drift.formats.escape import visible
from drift.formats.html.diagram import STATES, Counts, Line, Picture, caption, choose
from drift.formats.html.layout import place
from drift.formats.html.markup import Markup, element, plural, text
from drift.formats.html.routes import BOX, Plan, Point, Route, route
from drift.formats.html.words import counted
from drift.model import Severity
from drift.report.drawing import Drawing

_NAME, _WORD = 8.0, 6.4
"""The widths of a character of a table's name, and of the words beside a line."""


def figure(
    drawings: Sequence[Drawing], counts: Counts, anchors: Mapping[str, str], id_: str
) -> Markup:
    """Return the picture with its legend; nothing where there is no foreign key.

    `counts` are each table's findings, `anchors` the ids of the tables' own sections.
    """
    picture = choose(drawings, counts)
    if not picture.lines:
        return Markup()
    arrows = [(line.table, line.target) for line in picture.lines]
    plan = route(place(picture.tables, arrows), arrows)
    drawn = _svg(plan, picture, counts, anchors, id_)
    region = element(
        "div",
        drawn,
        class_="scroll",
        role="region",
        aria_label="Picture of the foreign keys",
        tabindex=0,
    )
    return element("figure", region, caption(picture), class_="keys")


def _svg(
    plan: Plan, picture: Picture, counts: Counts, anchors: Mapping[str, str], id_: str
) -> Markup:
    lines = list(zip(picture.lines, plan.routes, strict=True))
    left, right = _extent(plan, lines)
    width, height = right - left, round(plan.size[1])
    short = len({name.partition(".")[0] for name in picture.tables}) == 1
    return element(
        "svg",
        element("title", "Foreign keys between the tables concerned", id=f"{id_}-title"),
        element("desc", _description(picture), id=f"{id_}-desc"),
        *(_line(line, way) for line, way in sorted(lines, key=_plain_first)),
        *(
            _box(name, plan.boxes[name], counts.get(name, {}), anchors.get(name), short=short)
            for name in picture.tables
        ),
        viewBox=f"{left} 0 {width} {height}",
        width=width,
        height=height,
        class_="wider" if width > 640 else "wide" if width > 440 else None,
        role="group",
        aria_labelledby=f"{id_}-title",
        aria_describedby=f"{id_}-desc",
    )


def _extent(plan: Plan, lines: Sequence[tuple[Line, Route]]) -> tuple[int, int]:
    """Return from where to where something is drawn, with a margin."""
    corners = [x for _, way in lines for x, _ in way.points]
    words = [way.word[0] + _cells(_fitting(line, way)) * (_WORD + 0.4) for line, way in lines]
    edges = [x for x, _ in plan.boxes.values()]
    right = max(*corners, *words, max(edges) + BOX[0])
    return round(min(*corners, *edges) - 10), round(right + 10)


def _plain_first(drawn: tuple[Line, Route]) -> int:
    """Draw what differs last, so that it lies above."""
    return -list(STATES).index(drawn[0].state)


def _description(picture: Picture) -> str:
    """Say in words what the picture shows; at most as much as one listens to."""
    differing = [line for line in picture.lines if line.state != "same"]
    said = "".join(f" {line.words}." for line in differing[:20])
    rest = f" And {len(differing) - 20} more." if len(differing) > 20 else ""
    return f"{plural(len(picture.tables), 'table')}.{said}{rest}"


def _line(line: Line, way: Route) -> Markup:
    (x, y), (_, before) = way.points[-1], way.points[-2]
    head = 9 if before > y else -9
    return element(
        "g",
        element("title", line.words),
        element("path", d=_rounded(way.points), class_="reach"),
        element("path", d=_rounded(way.points)),
        element("path", d=f"M{x:g} {y:g}l-5 {head}h10z", class_="head"),
        _word(line, way),
        class_=f"line {line.state}",
    )


def _rounded(points: Sequence[Point]) -> str:
    """Return a path along the points with rounded corners."""
    steps = [f"M{points[0][0]:g} {points[0][1]:g}"]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        near, far = _towards(corner, before), _towards(corner, after)
        steps.append(f"L{near[0]:g} {near[1]:g}Q{corner[0]:g} {corner[1]:g} {far[0]:g} {far[1]:g}")
    steps.append(f"L{points[-1][0]:g} {points[-1][1]:g}")
    return "".join(steps)


def _towards(corner: Point, other: Point, radius: float = 7) -> Point:
    away = [b - a for a, b in zip(corner, other, strict=True)]
    length = max(map(abs, away))
    share = min(radius, length / 2) / length
    return corner[0] + away[0] * share, corner[1] + away[1] * share


def _word(line: Line, way: Route) -> Markup:
    words = _fitting(line, way)
    return element("text", words, x=round(way.word[0]), y=round(way.word[1])) if words else words


def _fitting(line: Line, way: Route) -> Markup:
    """Return the longest words that fit: which columns and what, what alone, or its sign."""
    sign, word, _ = STATES[line.state]
    if not sign:
        return Markup()
    many = f" ×{len(line.links)}" if len(line.links) > 1 else ""
    columns = ", ".join(line.links[0].columns)
    spellings = [f"{sign} {word}{many}", word, sign]
    if not many:
        spellings.insert(0, f"{sign} {visible(columns)} {word}")
    fitting = (one for one in spellings if _cells(one) * _WORD <= way.room)
    return text(next(fitting, sign))


def _box(
    name: str, at: Point, found: Mapping[Severity, int], anchor: str | None, *, short: bool
) -> Markup:
    level = next((str(level) for level in Severity if found.get(level)), "none")
    words = counted(found) or "no findings"
    shown = name.partition(".")[2] if short else name
    width, height = BOX
    x, y = (round(side) for side in at)
    drawn = element(
        "g",
        element("title", f"{name}: {words}"),
        element("rect", x=x, y=y, width=width, height=height, rx=8),
        element("rect", x=x, y=y + 8, width=4, height=height - 16, rx=2, class_="bar"),
        element("text", _clipped(shown, (width - 28) / _NAME), x=x + 16, y=y + 24, class_="name"),
        element("text", _clipped(words, (width - 24) / 6), x=x + 16, y=y + 43, class_="count"),
        class_=f"box {level}",
    )
    return element("a", drawn, href=f"#{anchor}") if anchor else drawn


def _clipped(name: str, room: float) -> str:
    """Return as much of a name as fits into `room` cells."""
    shown = visible(name)[:200]
    if _cells(shown) <= room:
        return shown
    while shown and _cells(shown) + 1 > room:
        shown = shown[:-1]
    return f"{shown}…"


def _cells(shown: str) -> int:
    """Count the widths of narrow characters that text takes."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in shown)
