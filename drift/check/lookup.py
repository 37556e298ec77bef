"""Finds the objects named at the command line: tables, views, enums, domains, sequences."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec

from drift.errors import UsageError
from drift.kinds.sql import types
from drift.model import Schema

KINDS = ("table", "enum", "domain", "sequence")
"""The kinds whose objects have names of their own in a schema."""

_LISTED = 5
"""Names that a message lists; it counts the others."""


def readings(name: str) -> set[tuple[str | None, str]]:
    """Return each (schema, name) that a name may mean; without a schema, None.

    Names are read as the catalog stores them, since a shell takes quotes away: `Sales.Orders` is
    a table of the schema `Sales`. Quotes that reach us count as in SQL.
    """
    dots = [position for position, letter in enumerate(name) if letter == "."]
    pairs = {(name[:dot], name[dot + 1 :]) for dot in dots if 0 < dot < len(name) - 1}
    if '"' in name and len(parts := types.split(name)) <= 2:
        pairs.add((parts[0] if len(parts) == 2 else "", parts[-1]))
    return {(None, name), *((schema or None, bare) for schema, bare in pairs)}


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """The objects to show, in the order of their names, and sentences about others."""

    objects: tuple[Any, ...]
    notes: tuple[str, ...] = ()


def choose(live: Schema, names: Sequence[str], inside: Callable[[str], bool]) -> Chosen:
    """Return the objects that the names mean; without names, all that nothing else owns.

    `inside` returns whether a schema is searched for a name without one. An object in one of those
    hides others of the same name, as on a search path; a note mentions them.

    Raises UsageError for a name of no object, or of several objects in other schemas.
    """
    if not names:
        return Chosen(objects=tuple(sorted(filter(_stands_alone, _all(live)), key=_order)))
    objects: dict[tuple[type, str, str], Any] = {}
    notes: list[str] = []
    for name in names:
        chosen, hidden = _named(live, name, inside)
        objects |= {(type(item), item.schema, item.name): item for item in chosen}
        if hidden:
            notes.append(f"{name} is also in {_schemas_of(hidden)}; write schema.name for that one")
    return Chosen(objects=tuple(sorted(objects.values(), key=_order)), notes=tuple(notes))


def _stands_alone(item: Any) -> bool:
    """Return whether nothing else owns an object, as a column its sequence, or manages a table."""
    return not (getattr(item, "owned", False) or getattr(item, "managed", False) is True)


def _all(live: Schema) -> Iterator[Any]:
    for kind in KINDS:
        yield from live.objects[kind]


def _order(item: Any) -> tuple[str, str]:
    return item.schema, item.name


def _named(
    live: Schema, name: str, inside: Callable[[str], bool]
) -> tuple[list[Any], Sequence[Any]]:
    """Return the objects of a name, and those of the same name in other schemas."""
    pairs = readings(name)
    exact = [item for item in _all(live) if (item.schema, item.name) in pairs]
    loose = [item for item in _all(live) if (None, item.name) in pairs]
    near = [item for item in loose if inside(item.schema)]
    if exact or near:
        return [*exact, *near], [] if exact else [item for item in loose if item not in near]
    if len(loose) > 1:
        raise UsageError(f"{name!r} is in {_schemas_of(loose)}; write schema.name for one of them")
    if not loose:
        raise UsageError(_unknown(live, name, inside))
    return loose, []


def _schemas_of(items: Sequence[Any]) -> str:
    """Name the schemas of objects that have one name: `the schemas a, b and 3 more`."""
    schemas = sorted({item.schema for item in items})
    more = f" and {len(schemas) - _LISTED:,} more" if len(schemas) > _LISTED else ""
    noun = "the schema" if len(schemas) == 1 else "the schemas"
    return f"{noun} {', '.join(schemas[:_LISTED])}{more}"


def _unknown(live: Schema, name: str, inside: Callable[[str], bool]) -> str:
    hint = f"; did you mean {close!r}?" if (close := _close(live, name, inside)) else ""
    return f'database "{live.name}" has no table, view, enum, domain or sequence {name!r}{hint}'


def _close(live: Schema, name: str, inside: Callable[[str], bool]) -> str:
    """Return the same name in another schema, or one with a similar spelling; "" if none."""
    names = {bare for _, bare in readings(name)}
    known: dict[str, str] = {}
    for item in _all(live):
        path = f"{item.schema}.{item.name}"
        if item.name in names:
            return path
        known[path.lower()] = path
        known.setdefault(item.name.lower(), item.name if inside(item.schema) else path)
    close = difflib.get_close_matches(name.lower(), known, n=1)
    return known[close[0]] if close else ""
