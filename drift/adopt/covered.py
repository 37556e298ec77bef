"""Findings that the change of another object closes: an enum whose column is another one now."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from drift.adopt.draft import Draft
from drift.adopt.group import Group
from drift.kinds.column.column import Column
from drift.kinds.sql import types


class Done(NamedTuple):
    """An object that was adopted, and the files that this changed."""

    group: Group
    drafts: list[Draft]


def covering(group: Group, done: Iterable[Done]) -> Done | None:
    """Return the adopted object whose change closes the findings of a group."""
    return next((each for each in done if _covers(each.group, group)), None)


def _covers(adopted: Group, group: Group) -> bool:
    if adopted.kind != "column":
        return False
    if group.kind in {"enum", "domain"}:
        item = group.live or group.declared
        column = adopted.declared if group.live is None else adopted.live
        return group.live is None or group.declared is None if _has_type(column, item) else False
    if group.kind == "sequence":
        counter = adopted.live.sequence if adopted.live else None
        path = (counter.schema, counter.name) if counter else None
        return group.declared is None and path == (group.object.schema, group.object.name)
    if "foreign-key-type-mismatch" not in group.rules or "type" not in adopted.changes:
        return False
    owner = adopted.object.schema, adopted.object.table
    return owner in {(group.object.schema, group.object.table), _target(group)}


def _has_type(column: Column | None, item: Any) -> bool:
    if column is None:
        return False
    names = types.split(column.type.removesuffix("[]"))
    return names[-1] == item.name and (len(names) < 2 or names[-2] == item.schema)


def _target(group: Group) -> tuple[str, str | None] | None:
    key = group.declared or group.live
    return (key.target_schema, key.target_table) if hasattr(key, "target_table") else None
