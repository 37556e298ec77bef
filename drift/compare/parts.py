"""Splits two schemas into parts: the objects of one kind in one table or schema, on both sides."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import groupby
from operator import attrgetter
from typing import Any, NamedTuple, TypeAlias

from drift.kinds import KINDS
from drift.kinds.base import Kind
from drift.model import Schema

Owner: TypeAlias = "tuple[str, str | None]"
"""A schema, and a table in it if the objects belong to one."""


class Part(NamedTuple):
    """The objects of one kind in one table, or in one schema if they belong to no table."""

    kind: Kind[Any]
    declared: list[Any]
    live: list[Any]


def parts(declared: Schema, live: Schema) -> Iterator[Part]:
    """Yield the parts of two schemas, by kind and owner."""
    schemas = {item.schema for item in live.objects.get("schema", ())}
    declared_tables, live_tables = _tables(declared), _tables(live)
    tables = {
        owner: (declared_tables[owner], live_tables[owner])
        for owner in declared_tables.keys() & live_tables.keys()
    }
    relations = tables | _views(declared, live_tables)
    for kind in KINDS:
        owners = relations if kind.is_optional else tables
        declared_by_owner, live_by_owner = (
            _by_owner(kind, side, schemas, owners) for side in (declared, live)
        )
        for owner in sorted(declared_by_owner.keys() | live_by_owner.keys(), key=str):
            yield Part(kind, declared_by_owner.get(owner, []), live_by_owner.get(owner, []))


def _tables(schema: Schema) -> dict[Owner, Any]:
    return {(item.schema, item.name): item for item in schema.objects.get("table", ())}


def _views(declared: Schema, live_tables: Mapping[Owner, Any]) -> dict[Owner, tuple[Any, Any]]:
    """Return the views that are declared as SQL and exist: they can have triggers, and grants."""
    kinds = ("view", "materialized-view")
    views = ((item.schema, item.name) for kind in kinds for item in declared.objects.get(kind, ()))
    return {view: (live_tables[view], live_tables[view]) for view in views if view in live_tables}


def _by_owner(
    kind: Kind[Any], side: Schema, schemas: set[str], tables: Mapping[Owner, tuple[Any, Any]]
) -> dict[Owner, list[Any]]:
    """Group a side's objects, without those whose owner does not exist on both sides."""
    owners: dict[Owner, list[Any]] = defaultdict(list)
    # those of one table follow each other: its owner is looked up once
    for (schema, table), items in groupby(side.objects.get(kind.name, ()), _OWNER):
        if kind.lives_in == "table" and table is not None:
            both = tables.get((schema, table))
            if both is not None and (kind.in_views or _is_complete(kind, *both)):
                owners[schema, table] += items
        elif kind.lives_in == "database" or schema in schemas:
            owners[schema, None] += items
    return owners


_OWNER = attrgetter("schema", "table")


def _is_complete(kind: Kind[Any], declared: Any, live: Any) -> bool:
    """Return whether a live relation can have objects of the kind, and all could be read."""
    hidden = (live.locked or declared.locked) and kind.hidden_by_locks
    return live.stores_rows and not hidden
