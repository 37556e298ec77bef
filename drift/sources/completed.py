"""Fills in the defaults of PostgreSQL, so that a declared schema can be the actual side."""

from __future__ import annotations

from typing import Any

import msgspec

from drift.kinds import KINDS
from drift.kinds.column.column import Column
from drift.kinds.schema import Namespace
from drift.kinds.sequence.options import Options, complete
from drift.kinds.sequence.serial import Counter
from drift.model import Schema


def completed(schema: Schema) -> Schema:
    """Return the schema with PostgreSQL's names and with all schemas that its objects are in."""
    objects = {
        kind.name: tuple(_completed(kind, item) for item in schema.objects.get(kind.name, ()))
        for kind in KINDS
    }
    known = {item.schema for item in objects["schema"]}
    named = {item.schema for items in objects.values() for item in items}
    missing = sorted((named | {schema.default_schema}) - known)
    objects["schema"] += tuple(Namespace(schema=name) for name in missing)
    return msgspec.structs.replace(schema, objects=objects)


def _completed(kind: Any, item: Any) -> Any:
    if isinstance(item, Column):
        return _with_options(item)
    if item.name is None and kind.lives_in == "table" and kind.label(item):
        return msgspec.structs.replace(item, name=kind.label(item), called=None)
    return item


def _with_options(column: Column) -> Column:
    """Return a column with all options of its identity, and with the sequence of a SERIAL one."""
    changes: dict[str, Any] = {}
    if column.identity:
        options = msgspec.structs.asdict(complete(column.identity, column.type))
        changes["identity"] = msgspec.structs.replace(column.identity, **options)
    if column.serial and column.sequence is None:
        changes["sequence"] = Counter(
            schema=column.schema,
            name=f"{column.table}_{column.name}_seq",
            type=column.type,
            options=complete(Options(), column.type),
        )
    return msgspec.structs.replace(column, **changes) if changes else column
