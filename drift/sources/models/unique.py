"""Tables that several bases declare: once in the result, and in one way."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from drift.errors import ModelsError
from drift.sources.ordering import ordered


def unique(
    kind: str, items: Iterable[Any], declared_twice: Collection[tuple[str, str]]
) -> tuple[Any, ...]:
    """Return the objects sorted; equal ones of a table that two bases declare are returned once.

    A table's columns keep the models' order. Raises ModelsError if two bases declare a table or a
    column in two ways.
    """
    once: list[Any] = []
    repeated: dict[Any, None] = {}
    for item in items:  # only these are hashed: most models declare each table once
        if (item.schema, item.table or item.name) in declared_twice:
            repeated[item] = None
        else:
            once.append(item)
    once += repeated
    if kind in {"table", "column"}:
        _require_one_declaration(kind, once)
    return ordered(kind, once)


def _require_one_declaration(kind: str, items: Iterable[Any]) -> None:
    """Raise ModelsError if two of the objects have the same path."""
    known: set[tuple[str | None, ...]] = set()
    for item in items:
        path = item.schema, item.table, item.name
        if path in known:
            name = ".".join(filter(None, path))
            raise ModelsError(
                f"two bases declare the {kind} {name} differently; keep one declaration"
            )
        known.add(path)
