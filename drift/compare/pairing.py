"""Which object of one side is which of the other: identical ones first, then by name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from typing import Any, TypeAlias

import msgspec

from drift.kinds.base import Kind
from drift.model import Expression


class Side(msgspec.Struct, frozen=True, eq=False):
    """One object with what is compared of it, and the expressions that this took."""

    item: Any
    comparable: dict[str, Any]
    identity: Hashable | None
    asked: tuple[Expression, ...] = ()


Key: TypeAlias = Callable[[Side], Hashable | None]


def alike(
    kind: Kind[Any], declared: list[Any], live: list[Any]
) -> tuple[list[tuple[Any, Any]], list[Any], list[Any]]:
    """Return the pairs that are the same by their essence and name, and what is left of each side.

    A declared object without a name takes the only one of its essence, where no expression that
    is spelled in another way could be its own.
    """
    same = set(declared) & set(live)
    found = [(item, item) for item in live if item in same]
    mine = [item for item in declared if item not in same]
    theirs = [item for item in live if item not in same]
    if not mine or not theirs:
        return found, mine, theirs
    waiting: dict[Hashable, list[Any]] = defaultdict(list)
    for item in theirs:
        waiting[kind.equality_key(item)].append(item)
    left = []
    for item in sorted(mine, key=lambda item: item.name is None):
        others = waiting.get(kind.equality_key(item), [])
        named = [other for other in others if other.name == item.name]
        if item.name is None and not kind.hidden_by_locks and len(others) == 1:
            named = others
        if named:
            found.append((item, named[0]))
            others.remove(named[0])
        else:
            left.append(item)
    return found, left, [item for others in waiting.values() for item in others]


def pair(
    kind: Kind[Any], declared: Sequence[Side], live: Sequence[Side]
) -> tuple[list[tuple[Side, Side]], list[Side], list[Side]]:
    """Return the pairs, the declared objects without a partner, and the live ones without one."""
    rounds: tuple[Key, ...] = (
        lambda side: side.item.name and (side.item.name, side.identity),
        lambda side: side.identity,
        lambda side: side.item.name,
        lambda side: kind.rename_key(side.item),
    )
    pairs: list[tuple[Side, Side]] = []
    mine, theirs = (
        sorted(sides, key=_unnamed_first) if len(sides) > 1 else list(sides)
        for sides in (declared, live)
    )
    for key in rounds:
        if not mine or not theirs:
            break
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
