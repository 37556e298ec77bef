"""What of a database was not read or not compared, in sentences."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from drift.comparing import Compared
    from drift.sources.reflector import Reflection

_NAMED = 5
"""Paths that a note names; it counts the others."""


def unread(compared: Compared) -> list[str]:
    """Return a sentence for everything that could not be read or compared; none if all was."""
    skipped = (skip for variety in compared.varieties for skip in variety.comparison.skipped)
    return [*_by_others(compared.reflection), *_skipped(skipped)]


def _by_others(reflection: Reflection) -> Iterator[str]:
    """Say what other sessions kept from being read."""
    for name in reflection.locked:
        yield f"{name} is locked by another session: its expressions could not be read"
    for name in reflection.changed:
        yield f"{name} kept changing during the read: what differs there is not reported"
    for name in reflection.under_way:
        yield f"index {name} is being built or dropped by another session (CONCURRENTLY)"


def _skipped(skipped: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Say what the server could not compare, once for each reason."""
    paths: dict[str, dict[str, None]] = {}
    for path, reason in skipped:
        paths.setdefault(reason, {})[path] = None
    for reason, some in paths.items():
        more = f" and {len(some) - _NAMED:,} more" if len(some) > _NAMED else ""
        yield f"not compared: {', '.join([*some][:_NAMED])}{more} ({reason})"
