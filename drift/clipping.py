"""Long text made short: a comment or an expression may have hundreds of megabytes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

SHOWN = 2_000
"""Characters of one text in a message or a cell: nobody reads more of one definition."""

WORDS = 10_000
"""Characters of one whole message, which may name several texts."""

KEPT = 20_000
"""Characters of one text in the JSON report, whose readers are programs."""

ITEMS = 50
"""Items of a list in a message."""


def clip(text: str, most: int = SHOWN) -> str:
    """Return at most `most` characters of a text, and how many it has where that is not all."""
    return text if len(text) <= most else f"{text[:most]}… ({len(text):,} characters)"


def listed(items: Sequence[Any]) -> str:
    """Return the items with commas between them, and how many there are where some are left out."""
    words = ", ".join(clip(str(item)) for item in items[:ITEMS])
    return words if len(items) <= ITEMS else f"{words}, … {len(items):,} in all"


def kept(value: Any) -> Any:
    """Return plain data with every text in it clipped for the JSON report."""
    if isinstance(value, str):
        return clip(value, KEPT)
    if isinstance(value, dict):
        return {key: kept(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(map(kept, value))
    return value
