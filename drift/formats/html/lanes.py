"""The space between two rows of a picture: each line has a lane where it runs along others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import msgspec


class End(msgspec.Struct):
    """One end of a line: at the top or the bottom of a box, in the space above row `gap`.

    `room` is how wide a word beside it may be; `outermost` and `alone` tell what else is there.
    """

    box: str
    top: bool
    gap: int
    order: tuple[int, int, int]
    x: float = 0
    room: float = 0
    outermost: bool = False
    alone: bool = False
    lane: int = 0


class Run(msgspec.Struct, frozen=True):
    """The part of a line along a lane: from an end to `x`, where another may be."""

    end: End
    x: float
    other: End | None = None

    @property
    def span(self) -> tuple[float, float, float]:
        return min(self.end.x, self.x), max(self.end.x, self.x), self.end.x

    def pins(self, *, top: bool) -> set[float]:
        """Return where it goes up, or with `top` down, to the side of a box."""
        return {end.x for end in (self.end, self.other) if end is not None and end.top == top}


def lanes_of(ends: Sequence[tuple[End, End]], streets: Sequence[float | None]) -> dict[int, int]:
    """Give each line a lane of its own where it runs beside others; return how many a gap has."""
    runs: dict[int, list[Run]] = defaultdict(list)
    for (start, end), street in zip(ends, streets, strict=True):
        if street is None and start.x != end.x:
            runs[start.gap].append(Run(start, end.x, end))
        elif street is not None:
            runs[start.gap] += [Run(start, street)] if start.x != street else []
            runs[end.gap] += [Run(end, street)] if end.x != street else []
    return {gap: _share(some) for gap, some in runs.items() if some}


def _share(runs: Sequence[Run]) -> int:
    """Fill lanes from the top, so that no line meets another on its way to a box if possible."""
    waiting = sorted(runs, key=lambda run: run.span)
    lanes = 0
    while waiting:
        reached, taken = float("-inf"), []
        for run in _unhindered(waiting) or waiting[:1]:
            if reached + 4 < run.span[0]:
                run.end.lane, reached = lanes, run.span[1]
                taken.append(run)
        waiting = [run for run in waiting if run not in taken]
        lanes += 1
    return lanes


def _unhindered(waiting: Sequence[Run]) -> list[Run]:
    """Return the runs that come down to a box where no other goes up to one from below them."""
    return [
        run
        for run in waiting
        if not any(
            run.pins(top=True) & other.pins(top=False) for other in waiting if other is not run
        )
    ]
