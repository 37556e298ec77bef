"""The number of findings per day as a picture, drawn as areas on top of each other."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from markupsafe import Markup

from drift.formats.html.templating import macros
from drift.formats.vocabulary import counted
from drift.model import Severity
from drift.report.ages import Day

WIDTH, HEIGHT = 600, 80
MOST_STEPS = 400
"""Days that are drawn: the last of them, a year of daily changes."""


def plot(days: Sequence[Day], until: datetime.date | None, id_: str) -> Markup:
    """Return the picture up to a day; "" if there are not two days yet, or never a finding."""
    steps = sorted(days, key=lambda day: day.date)[-MOST_STEPS:]
    highest = max((sum(_numbers(day)) for day in steps), default=0)
    if until is None or not highest or (span := (until - steps[0].date).days) < 1:
        return Markup()
    edges = [WIDTH * (day.date - steps[0].date).days / span for day in steps]
    heights = [_stacked(day, highest) for day in steps]
    areas = [
        (level, _area(edges, [height[number] for height in heights]))
        for number, level in reversed(list(enumerate(Severity)))
    ]
    markup: Markup = macros("plot.html").plot(id_, areas, WIDTH, HEIGHT, _summary(steps, until))
    return markup


def _numbers(day: Day) -> tuple[int, ...]:
    return day.error, day.warning, day.info


def _stacked(day: Day, highest: int) -> list[float]:
    """Return the height of each level's area with those below it: errors are at the bottom."""
    sums = [sum(_numbers(day)[: number + 1]) for number in range(len(Severity))]
    return [HEIGHT * number / highest for number in sums]


def _area(edges: Sequence[float], heights: Sequence[float]) -> str:
    """Return the path of an area: each height holds until the next day with another one."""
    path = [f"M0 {HEIGHT}"]
    for edge, height in zip(edges, heights, strict=True):
        path.append(f"H{edge:.1f}V{HEIGHT - height:.1f}")
    return "".join((*path, f"H{WIDTH}V{HEIGHT}Z"))


def _summary(steps: Sequence[Day], until: datetime.date) -> str:
    """Return the picture in words: the first, the highest and the last number."""
    first, last = steps[0], steps[-1]
    most = max(steps, key=lambda day: sum(_numbers(day)))
    parts = [f"{_words(first)} on {first.date}"]
    parts += [f"at most {_words(most)} on {most.date}"] if most not in {first, last} else []
    return ", ".join((*parts, f"{_words(last)} on {until}"))


def _words(day: Day) -> str:
    return counted(dict(zip(Severity, _numbers(day), strict=True))) or "no findings"
