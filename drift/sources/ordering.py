"""The order of a schema's objects."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


def by_name(item: Any) -> tuple[str, str, str, str]:
    """Return the key that sorts by name.

    Objects without one are sorted by the name that PostgreSQL gives them, or by all attributes.
    """
    text = (item.called or repr(item)) if item.name is None else ""
    return item.schema, item.table or "", item.name or "", text


def ordered(kind: str, items: Iterable[Any]) -> tuple[Any, ...]:
    """Return the objects of a kind sorted; a table's columns keep their order."""
    if kind == "column":
        return tuple(sorted(items, key=lambda column: (column.schema, column.table)))
    return tuple(sorted(items, key=by_name))
