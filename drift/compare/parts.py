"""What is compared with what: the objects of one kind in one place, on both sides."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, TypeAlias

from drift.kinds import KINDS
from drift.kinds.base import Kind
from drift.model import Schema

Place: TypeAlias = "tuple[str, str | None]"


class Part(NamedTuple):
    """The objects of one kind in one table, or in one schema where they are in no table."""

    kind: Kind[Any]
    declared: list[Any]
    live: list[Any]


def parts(declared: Schema, live: Schema) -> Iterator[Part]:
    """Yield the parts of two schemas, kind by kind, and place by place."""
    schemas = {item.schema for item in live.objects.get("schema", ())}
    mine, theirs = _tables(declared), _tables(live)
    tables = {place: theirs[place] for place in mine.keys() & theirs.keys()}
    for kind in KINDS:
        own, found = (_places(kind, side, schemas, tables) for side in (declared, live))
        for place in sorted(own.keys() | found.keys(), key=str):
            yield Part(kind, own.get(place, []), found.get(place, []))


def _tables(schema: Schema) -> dict[Place, Any]:
    return {(item.schema, item.name): item for item in schema.objects.get("table", ())}


def _places(
    kind: Kind[Any], side: Schema, schemas: set[str], tables: Mapping[Place, Any]
) -> dict[Place, list[Any]]:
    """Group a side's objects, and leave out what is not to be compared where it is."""
    places: dict[Place, list[Any]] = defaultdict(list)
    for item in side.objects.get(kind.name, ()):
        if kind.lives_in == "table":
            table = tables.get((item.schema, item.table))
            if table is not None and (kind.in_views or _is_complete(kind, table)):
                places[item.schema, item.table].append(item)
        elif kind.lives_in == "database" or item.schema in schemas:
            places[item.schema, None].append(item)
    return places


def _is_complete(kind: Kind[Any], live_table: Any) -> bool:
    """Tell whether a live relation can have objects of the kind, and all of them could be read."""
    hidden = live_table.locked and kind.hidden_by_locks
    return live_table.stores_rows and not hidden
