"""The schema that a plan leaves, from which the steps back start."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import msgspec

from drift.kinds import KINDS
from drift.model import Schema
from drift.plan.names import name_of
from drift.plan.recipe import Change

_KINDS = {kind.name: kind for kind in KINDS}


def after(
    present: Schema, wanted: Schema, changes: Iterable[Change]
) -> tuple[Schema, dict[int, Any]]:
    """Return the live schema with the changes made, and the new object of each change by its id."""
    changes = tuple(changes)
    gone = {id(change.present) for change in changes if change.present is not None}
    tables = {
        (change.present.schema, change.present.name)
        for change in changes
        if change.kind == "table" and change.wanted is None
    }
    objects: dict[str, list[Any]] = defaultdict(list)
    for kind, items in present.objects.items():
        objects[kind] += [
            item
            for item in items
            if id(item) not in gone and (item.schema, item.table) not in tables
        ]
    made: dict[int, Any] = {}
    for change in changes:
        if change.wanted is not None:
            made[id(change)] = _made(change)
            objects[change.kind].append(made[id(change)])
            _add_parts(objects, change, wanted)
    reached = {kind: tuple(items) for kind, items in objects.items()}
    return msgspec.structs.replace(present, objects=reached), made


def _made(change: Change) -> Any:
    """Return the wanted object as PostgreSQL has it then: with a name, and with its defaults."""
    item = change.wanted
    if change.present is not None and type(change.present) is type(item):
        item = _KINDS[change.kind].with_server_defaults(item, change.present)
        if "identity" in change.attributes:
            declared = change.wanted
            item = msgspec.structs.replace(
                item, default=declared.default, serial=declared.serial, identity=declared.identity
            )
    return _named(change.kind, item)


def _add_parts(objects: dict[str, list[Any]], change: Change, wanted: Schema) -> None:
    """Add the objects that are created with a missing table, or with a missing schema."""
    kind, item = change.kind, change.wanted
    if change.present is not None or kind not in {"table", "schema"}:
        return
    for name, items in wanted.objects.items():
        objects[name] += [_named(name, each) for each in items if _belongs(each, kind, item)]


def _belongs(each: Any, kind: str, item: Any) -> bool:
    if kind == "schema":
        return bool(each.schema == item.schema and type(each) is not type(item))
    return (each.schema, each.table) == (item.schema, item.name)


def _named(kind: str, item: Any) -> Any:
    if item.name is None and _KINDS[kind].lives_in == "table":
        return msgspec.structs.replace(item, name=name_of(kind, item))
    return item
