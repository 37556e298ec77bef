"""Pairs the objects of both sides: identical ones first, then those of one name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from typing import Any, NamedTuple, TypeAlias

from drift.kinds.base import Kind
from drift.model import Expression


class Side(NamedTuple):
    """One object with its compared values and the expressions in them."""

    item: Any
    comparable: dict[str, Any]
    asked: tuple[Expression, ...] = ()


def _hashable(value: Any) -> Hashable:
    """Return a value as a key; most are made of texts and tuples, which need no copy."""
    flat = tuple(value.items()) if isinstance(value, dict) else value
    try:
        hash(flat)
    except TypeError:
        return tuple(map(_hashable, flat))
    key: Hashable = flat
    return key


Pair: TypeAlias = tuple[Side, Side]
"""A declared side and the live side that it is compared with."""
Key: TypeAlias = Callable[[Side], Hashable | None]


def set_aside_equal(
    kind: Kind[Any], declared: list[Any], live: list[Any]
) -> tuple[list[tuple[Any, Any]], list[Any], list[Any]]:
    """Return the pairs that are equal by their keys and names, and the rest of each side.

    A declared object without a name takes the only live one of its key, unless its kind has
    expressions: another live one may be its partner and spell them differently.
    """
    equal, declared, live = _identical(declared, live)
    if not declared or not live:
        return equal, declared, live
    live_by_key: dict[Hashable, list[Any]] = defaultdict(list)
    for item in live:
        live_by_key[kind.equality_key(item)].append(item)
    left = []
    for item in sorted(declared, key=lambda item: item.name is None):
        candidates = live_by_key.get(kind.equality_key(item), [])
        partners = [candidate for candidate in candidates if candidate.name == item.name]
        if item.name is None and not kind.hidden_by_locks and len(candidates) == 1:
            partners = candidates
        if partners:
            equal.append((item, partners[0]))
            candidates.remove(partners[0])
        else:
            left.append(item)
    return equal, left, [item for items in live_by_key.values() for item in items]


def _identical(
    declared: list[Any], live: list[Any]
) -> tuple[list[tuple[Any, Any]], list[Any], list[Any]]:
    """Return the pairs that are equal to the letter, and the rest of each side.

    Most tables are equal as a whole: hashing nothing for them saves a third of the time.
    """
    if declared == live:
        return [(item, item) for item in live], [], []
    equal, declared, live = _identical_in_order(declared, live)
    same = set(declared).intersection(live) if len(declared) > 1 or len(live) > 1 else ()
    if not same:
        return equal, declared, live
    equal += [(item, item) for item in live if item in same]
    declared = [item for item in declared if item not in same]
    live = [item for item in live if item not in same]
    return equal, declared, live


def _identical_in_order(
    declared: list[Any], live: list[Any]
) -> tuple[list[tuple[Any, Any]], list[Any], list[Any]]:
    """Return the pairs that are equal and at the same place, and the rest of each side.

    Most columns are: comparing two takes a tenth of the time of hashing them.
    """
    if len(declared) != len(live):
        return [], declared, live
    equal: list[tuple[Any, Any]] = []
    rest: list[tuple[Any, Any]] = []
    for pair_ in zip(declared, live, strict=True):
        (equal if pair_[0] == pair_[1] else rest).append(pair_)
    known = _repeated(equal, rest)
    left = [item for item, _ in rest if item not in known]
    return equal, left, [item for _, item in rest if item not in known]


def _repeated(equal: list[tuple[Any, Any]], rest: list[tuple[Any, Any]]) -> set[Any]:
    """Return the equal objects that may be in the rest again: models can declare one twice.

    Without a name in common there are none, and no object is hashed.
    """
    names = {item.name for item, _ in equal}
    if any(item.name in names for pair_ in rest for item in pair_):
        return {item for item, _ in equal}
    return set()


def pair(
    kind: Kind[Any], declared: Sequence[Side], live: Sequence[Side]
) -> tuple[list[Pair], list[Side], list[Side]]:
    """Return the pairs, the declared objects without a partner, and the live ones without one."""
    if len(declared) == len(live) == 1 and declared[0].item.name == live[0].item.name is not None:
        return [(declared[0], live[0])], [], []
    pairs: list[Pair] = []
    missing, extra = (
        sorted(sides, key=_unnamed_first) if len(sides) > 1 else list(sides)
        for sides in (declared, live)
    )
    for key in _rounds(kind, (*missing, *extra)):
        if not missing or not extra:
            break
        matched, missing, extra = _match(missing, extra, key)
        pairs += matched
    return pairs, missing, extra


def _rounds(kind: Kind[Any], sides: Sequence[Side]) -> tuple[Key, ...]:
    """Return the keys by which sides are matched, the surest first."""
    by_name: tuple[Key, Key] = (
        lambda side: side.item.name,
        lambda side: kind.rename_key(side.item),
    )
    if not kind.paired_by_content:
        return by_name
    content = {id(side): _hashable(side.comparable) for side in sides}
    return (
        lambda side: side.item.name and (side.item.name, content[id(side)]),
        lambda side: content[id(side)],
        *by_name,
    )


def _unnamed_first(side: Side) -> tuple[bool, str]:
    """Put objects without a name first: among equals, nothing else distinguishes them."""
    return side.item.name is not None, repr(side.item)


def _match(
    declared: list[Side], live: list[Side], key: Key
) -> tuple[list[Pair], list[Side], list[Side]]:
    """Pair the sides that have the same key, in order; those without a key stay alone."""
    live_by_key: dict[Hashable, list[Side]] = defaultdict(list)
    for side in reversed(live):
        if (value := key(side)) is not None:
            live_by_key[value].append(side)
    pairs, alone, taken = [], [], set()
    for side in declared:
        value = key(side)
        partners = None if value is None else live_by_key.get(value)
        if partners:
            pairs.append((side, partners.pop()))
            taken.add(id(pairs[-1][1]))
        else:
            alone.append(side)
    return pairs, alone, [side for side in live if id(side) not in taken]
