"""The order in which tables and domains can be created."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from drift.kinds.sql import types
from drift.kinds.table.table import Table
from drift.plan.operation import TableName


class Key(NamedTuple):
    """A foreign key; `late` if the table that it refers to is created after its own."""

    key: Any
    late: bool


def with_foreign_keys(
    tables: Sequence[Table], keys: Iterable[Any]
) -> Iterator[tuple[Table, list[Key]]]:
    """Yield tables with their foreign keys: parents first, and few keys that come late."""
    own: dict[TableName, list[Any]] = defaultdict(list)
    for key in keys:
        own[key.schema, key.table].append(key)
    waiting = {(table.schema, str(table.name)): table for table in tables}
    made = set[TableName]()
    while waiting:
        name = _next(waiting, own, made)
        table = waiting.pop(name)
        made.add(name)
        yield table, [Key(key, _target(key) not in made) for key in own[name]]


def _next(
    waiting: dict[TableName, Table], own: dict[TableName, list[Any]], made: set[TableName]
) -> TableName:
    """Return a table that needs no other one; if there is none, one that needs no parent."""
    without_parents = [
        name
        for name, table in waiting.items()
        if not any((table.schema, parent) in waiting for parent in table.inherits)
    ]
    for name in without_parents:
        if all(_target(key) in made | {name} for key in own[name]):
            return name
    return (without_parents or list(waiting))[0]


def _target(key: Any) -> TableName:
    return (key.target_schema, key.target_table)


def by_use(domains: Sequence[Any]) -> list[Any]:
    """Return domains, each after the one that is its type."""
    named = {(item.schema, item.name): item for item in domains}
    result: list[Any] = []

    def add(item: Any) -> None:
        parts = types.split(item.type.removesuffix("[]"))
        schema = parts[-2] if len(parts) > 1 else item.schema
        base = named.get((schema, parts[-1]))
        if base is not None and base is not item and base not in result:
            add(base)
        if item not in result:
            result.append(item)

    for item in domains:
        add(item)
    return result
