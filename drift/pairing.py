"""Which object of one side is which of the other: identical ones first, then by name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from typing import Any, TypeAlias

import msgspec

from drift.kinds.kind import Kind
from drift.model import Expression


class Side(msgspec.Struct, frozen=True, eq=False):
    """One object with what is compared of it, and the expressions that this took."""

    item: Any
    facts: dict[str, Any]
    structure: Hashable | None
    asked: tuple[Expression, ...] = ()


Key: TypeAlias = Callable[[Side], Hashable | None]


def pair(
    kind: Kind[Any], declared: Sequence[Side], live: Sequence[Side]
) -> tuple[list[tuple[Side, Side]], list[Side], list[Side]]:
    """Return the pairs, the declared objects without a partner, and the live ones without one."""
    rounds: tuple[Key, ...] = (
        lambda side: side.item.name and (side.item.name, side.structure),
        lambda side: side.structure,
        lambda side: side.item.name,
        lambda side: kind.kin(side.item),
    )
    pairs: list[tuple[Side, Side]] = []
    mine, theirs = (sorted(sides, key=_unnamed_first) for sides in (declared, live))
    for key in rounds:
        found, mine, theirs = _match(mine, theirs, key)
        pairs += found
    return pairs, mine, theirs


def _unnamed_first(side: Side) -> tuple[bool, str]:
    """Let an object without a name choose first among equals: it can be told by nothing else."""
    return side.item.name is not None, repr(side.item)


def _match(
    declared: list[Side], live: list[Side], key: Key
) -> tuple[list[tuple[Side, Side]], list[Side], list[Side]]:
    """Pair the sides that have the same key, in order; those without a key stay alone."""
    waiting: dict[Hashable, list[Side]] = defaultdict(list)
    for side in reversed(live):
        if (value := key(side)) is not None:
            waiting[value].append(side)
    pairs, alone, taken = [], [], set()
    for side in declared:
        partners = waiting.get(key(side)) if key(side) is not None else None
        if partners:
            pairs.append((side, partners.pop()))
            taken.add(id(pairs[-1][1]))
        else:
            alone.append(side)
    return pairs, alone, [side for side in live if id(side) not in taken]
