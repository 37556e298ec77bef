"""Shortens long texts, and changes every text in a nested value."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

import msgspec

from drift import redaction

SHOWN = 2_000
"""Characters of one text, such as a definition, in a message or a cell."""

WORDS = 10_000
"""Characters of a whole message, which may name several texts."""

KEPT = 20_000
"""Characters of one text in the JSON report, whose readers are programs."""

ITEMS = 50
"""Items of a list in a message."""

LONGEST_SECRET = 1_000
"""Characters beyond the cut in which a secret may end: half of one would not be recognised."""

T = TypeVar("T")
_PLAIN = frozenset({bool, int, float, type(None)})


def clip(text: str, most: int = SHOWN) -> str:
    """Return at most `most` characters of a text, and how many it has if that is not all."""
    if len(text) <= most:
        return text
    beginning = redaction.known().text(text[: most + LONGEST_SECRET])
    return f"{beginning[:most]}… ({len(text):,} characters)"


def nearest(name: str, known: Iterable[str], cutoff: float = 0.6) -> str:
    """Return the known name that was probably meant, at least as similar as `cutoff`, or ""."""
    import difflib

    return next(iter(difflib.get_close_matches(name, list(known), n=1, cutoff=cutoff)), "")


def kept(value: T) -> T:
    """Return a value with every text in it clipped for the JSON report."""
    return changed(value, lambda text: clip(text, KEPT))


def safe(value: T, hide: Callable[[str], str]) -> T:
    """Return a value with every text in it without secrets, and then clipped for the report."""
    return changed(value, lambda text: clip(hide(text), KEPT))


def changed(value: T, change: Callable[[str], str]) -> T:
    """Return a value with `change` made to every text in it.

    Unchanged values are not copied: a report may have hundreds of thousands of findings.
    """
    result: Any = value
    if type(value) is str:  # not a member of an enumeration
        result = change(result)
    elif type(value) in _PLAIN:
        return value
    elif isinstance(value, msgspec.Struct):
        fields = ((name, getattr(value, name)) for name in value.__struct_fields__)
        if new := _changes(fields, change):
            result = msgspec.structs.replace(value, **new)
    elif isinstance(value, Mapping):
        if new := _changes(value.items(), change):
            result = {**value, **new}
    elif isinstance(value, tuple | list) and (new := _changes(enumerate(value), change)):
        result = type(value)([new.get(index, item) for index, item in enumerate(value)])
    changed_value: T = result
    return changed_value


def _changes(items: Iterable[tuple[Any, Any]], change: Callable[[str], str]) -> dict[Any, Any]:
    """Return the new values of those items that change."""
    pairs = ((key, item, changed(item, change)) for key, item in items if item)
    return {key: new for key, item, new in pairs if new is not item}
