"""Where the boxes of a picture stand: on a grid, what is referenced above what refers to it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

Cell: TypeAlias = tuple[int, int]
"""Row and column, from 0."""

Arrows: TypeAlias = Iterable[tuple[str, str]]
COLUMNS = 4


def place(names: Sequence[str], arrows: Arrows) -> dict[str, Cell]:
    """Return a cell for each name, the same for the same input; `arrows` go from, to."""
    pairs = sorted({(start, end) for start, end in arrows if start != end})
    above, below = _neighbours(pairs), _neighbours((end, start) for start, end in pairs)
    rows = list(_rows(names, above, below))
    columns: dict[str, int] = {}
    for row in rows:
        columns |= _columns(row, above, columns)
    for row in reversed(rows):
        columns |= _columns(row, below, columns)
    used = sorted(set(columns.values()))
    return {name: (at, used.index(columns[name])) for at, row in enumerate(rows) for name in row}


def _neighbours(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for one, other in pairs:
        found[one].append(other)
    return found


def _rows(
    names: Sequence[str], above: Mapping[str, list[str]], below: Mapping[str, list[str]]
) -> Iterator[list[str]]:
    """Yield each level's names, those that belong together side by side, in rows of the grid."""
    groups = _groups(names, above, below)
    for level in _levels(names, above):
        row = sorted(level, key=lambda name: groups[name])
        for start in range(0, len(row), COLUMNS):
            yield row[start : start + COLUMNS]


def _levels(names: Sequence[str], above: Mapping[str, list[str]]) -> Iterator[list[str]]:
    """Yield names whose arrows all lead to earlier levels; a circle starts where it has fewest."""
    waiting = dict.fromkeys(names)
    while waiting:
        open_ = {name: len(waiting.keys() & above.get(name, ())) for name in waiting}
        level = [name for name in waiting if not open_[name]] or [min(open_, key=open_.__getitem__)]
        yield level
        for name in level:
            del waiting[name]


def _groups(
    names: Iterable[str], above: Mapping[str, list[str]], below: Mapping[str, list[str]]
) -> dict[str, int]:
    """Return the same number for names that arrows connect."""
    found: dict[str, int] = {}
    for number, name in enumerate(names):
        waiting = [name]
        while waiting:
            one = waiting.pop()
            if one not in found:
                found[one] = number
                waiting += [*above.get(one, ()), *below.get(one, ())]
    return found


def _columns(
    row: Sequence[str], neighbours: Mapping[str, list[str]], known: Mapping[str, int]
) -> dict[str, int]:
    """Give each name of a row the free column that is nearest to its neighbours' middle."""
    found: dict[str, int] = {}
    for at, name in enumerate(row):
        near = [known[other] for other in neighbours.get(name, ()) if other in known]
        wanted = sum(near) / len(near) if near else known.get(name, at)
        free = [column for column in range(COLUMNS) if column not in found.values()]
        found[name] = min(free, key=lambda column: (abs(column - wanted), column))
    return found
