"""Long text made short, and text changed wherever it stands in a value."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar

import msgspec

from drift import redaction

SHOWN = 2_000
"""Characters of one text in a message or a cell: nobody reads more of one definition."""

WORDS = 10_000
"""Characters of one whole message, which may name several texts."""

KEPT = 20_000
"""Characters of one text in the JSON report, whose readers are programs."""

ITEMS = 50
"""Items of a list in a message."""

T = TypeVar("T")


LONGEST_SECRET = 1_000
"""Characters beyond the cut in which a secret may end: half of one would not be recognised."""


def clip(text: str, most: int = SHOWN) -> str:
    """Return at most `most` characters of a text, and how many it has if that is not all."""
    if len(text) <= most:
        return text
    begin = redaction.known().text(text[: most + LONGEST_SECRET])
    return f"{begin[:most]}… ({len(text):,} characters)"


def kept(value: T) -> T:
    """Return a value with every text in it clipped for the JSON report."""
    return changed(value, lambda text: clip(text, KEPT))


def changed(value: T, change: Callable[[str], str]) -> T:
    """Return a value with `change` made to every text in it.

    What does not change is not copied: a report may have hundreds of thousands of findings.
    """
    found: Any = value
    if type(found) is str:  # no member of an enumeration
        found = change(found)
    elif isinstance(found, msgspec.Struct):
        if new := _changes(_fields(found), change):
            found = msgspec.structs.replace(found, **new)
    elif isinstance(found, Mapping):
        if new := _changes(found.items(), change):
            found = {**found, **new}
    elif isinstance(found, tuple | list) and (new := _changes(enumerate(found), change)):
        found = type(found)([new.get(index, one) for index, one in enumerate(found)])
    result: T = found
    return result


def _fields(struct: msgspec.Struct) -> Iterator[tuple[str, Any]]:
    return ((name, getattr(struct, name)) for name in struct.__struct_fields__)


def _changes(items: Iterable[tuple[Any, Any]], change: Callable[[str], str]) -> dict[Any, Any]:
    """Return what becomes of those items that change."""
    changes = ((key, one, changed(one, change)) for key, one in items if one)
    return {key: new for key, one, new in changes if new is not one}
