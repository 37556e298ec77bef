"""Differences of two declarations of the same models: taken from one, applied to the other.

The models may declare other objects on an older server (`ddl_if`), or if a schema that they name is
the default one. Snapshots hold one declaration, and such differences from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

import msgspec

from drift.kinds import KINDS
from drift.model import Schema
from drift.sources.ordering import ordered
from drift.sources.relocation import relocated
from drift.sources.snapshot.shape_v1 import Group, Variant, items, packed

Grouped: TypeAlias = "dict[Group, list[Any]]"
_OUTSIDE_TABLES = {kind.name for kind in KINDS if kind.lives_in != "table"}


def difference(base: Schema, other: Schema, server: int, default_schema: str | None) -> Variant:
    """Return the changes that turn the base into another declaration."""
    before, after = _grouped(base), _grouped(other)
    changed = {group for group in {*before, *after} if before.get(group) != after.get(group)}
    objects: dict[str, list[Any]] = {}
    for group in sorted(changed):
        objects.setdefault(group.kind, []).extend(after.get(group, ()))
    return Variant(
        server=server,
        default_schema=default_schema,
        groups=tuple(sorted(changed)),
        objects=packed({kind: ordered(kind, each) for kind, each in objects.items()}),
        problems=other.problems,
        notes=other.notes,
    )


def applied(base: Schema, variant: Variant) -> Schema:
    """Return the declaration that a variant stands for."""
    replaced = frozenset(variant.groups)
    own = unpacked(variant.objects)
    objects = dict(base.objects)
    for kind in {group.kind for group in variant.groups} & objects.keys():
        kept = (item for item in objects[kind] if _group(kind, item) not in replaced)
        objects[kind] = ordered(kind, (*kept, *own[kind]))
    return msgspec.structs.replace(
        base, objects=objects, problems=variant.problems, notes=variant.notes
    )


def moved(base: Schema, default_schema: str) -> Schema:
    """Return the declaration as it is with another default schema, which no text of it names."""
    old = base.default_schema
    if old == default_schema:
        return base
    schema = relocated(base, default_schema)
    objects = {
        kind: ordered(kind, dict.fromkeys(each) if kind in _OUTSIDE_TABLES else each)
        for kind, each in schema.objects.items()
    }
    notes = tuple(note.replace(f"{old}.", f"{default_schema}.") for note in schema.notes)
    return msgspec.structs.replace(schema, objects=objects, notes=notes)


def unpacked(objects: Any) -> dict[str, tuple[Any, ...]]:
    """Return the objects of each kind, sorted if they come from several lists."""
    lists: dict[str, tuple[Any, ...]] = {kind.name: () for kind in KINDS}
    for name, kind, each in items(objects):
        if name == kind:
            lists[kind] = each
        elif each:
            lists[kind] = ordered(kind, (*lists[kind], *each))
    return lists


def _grouped(schema: Schema) -> Grouped:
    grouped: Grouped = {}
    for kind, objects in schema.objects.items():
        for item in objects:
            grouped.setdefault(_group(kind, item), []).append(item)
    return grouped


def _group(kind: str, item: Any) -> Group:
    if item.table is not None:
        return Group(kind=kind, schema=item.schema, table=item.table)
    return Group(kind=kind, schema=item.schema, name=item.name or "")


def same(variant: Variant, other: Variant | None, base: Schema) -> bool:
    """Return whether two variants differ in their servers only; None stands for the base."""
    if other is None:
        return not variant.groups and (variant.problems, variant.notes) == (
            base.problems,
            base.notes,
        )
    return msgspec.structs.replace(variant, server=other.server) == other


def schemas_in(objects: Mapping[str, Iterable[Any]]) -> set[str]:
    """Return every schema that an attribute of an object names."""
    return {
        getattr(item, field)
        for each in objects.values()
        for item in each
        for field in item.__struct_fields__
        if field.endswith("schema")
    } - {None}
