"""Lanes in the gaps between rows: lines that run side by side get a lane each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import msgspec


class End(msgspec.Struct):
    """One end of a line, at the top or the bottom of a box, in the gap above row `gap`.

    `order` sorts the ends on one side of a box, `room` is the width for a label next to it.
    `rightmost` and `alone` are about the other ends on that side.
    """

    box: str
    top: bool
    gap: int
    order: tuple[int, int, int]
    x: float = 0
    room: float = 0
    rightmost: bool = False
    alone: bool = False
    lane: int = 0


class Run(msgspec.Struct, frozen=True):
    """The horizontal part of a line in a gap: from an end to `x`, the x of `other` if it ends."""

    end: End
    x: float
    other: End | None = None

    @property
    def span(self) -> tuple[float, float, float]:
        """Return the left end, the right end and the start; runs get lanes in this order."""
        return min(self.end.x, self.x), max(self.end.x, self.x), self.end.x

    def verticals(self, *, up: bool) -> set[float]:
        """Return the x of its vertical parts that lead up, or down, from the lane to a box."""
        return {end.x for end in (self.end, self.other) if end is not None and end.top != up}


def assign_lanes(
    ends: Sequence[tuple[End, End]], channels: Sequence[float | None]
) -> dict[int, int]:
    """Set the lane of each end; return the number of lanes per gap.

    A line with a channel has a run in two gaps, a line without one has a run in a single gap.
    """
    runs: dict[int, list[Run]] = defaultdict(list)
    for (start, end), channel in zip(ends, channels, strict=True):
        if channel is None:
            runs[start.gap] += [Run(start, end.x, end)] if start.x != end.x else []
        else:
            runs[start.gap] += [Run(start, channel)] if start.x != channel else []
            runs[end.gap] += [Run(end, channel)] if end.x != channel else []
    return {gap: _fill_lanes(in_gap) for gap, in_gap in runs.items() if in_gap}


def _fill_lanes(runs: Sequence[Run]) -> int:
    """Fill lanes from the top, each with runs that do not touch; return the number of lanes.

    A run whose way down would meet another run's way up waits for a lower lane, unless all wait.
    """
    waiting = sorted(runs, key=lambda run: run.span)
    lanes = 0
    while waiting:
        free = [run for run in waiting if not _is_blocked(run, waiting)]
        reached, placed = float("-inf"), []
        for run in free or waiting[:1]:
            if reached + 4 < run.span[0]:
                run.end.lane, reached = lanes, run.span[1]
                placed.append(run)
        waiting = [run for run in waiting if run not in placed]
        lanes += 1
    return lanes


def _is_blocked(run: Run, waiting: Sequence[Run]) -> bool:
    down = run.verticals(up=False)
    return any(down & other.verticals(up=True) for other in waiting if other is not run)
