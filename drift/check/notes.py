"""The notes of a check: sentences about what was not compared, and about its settings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from drift.config import Target
from drift.model import Schema

if TYPE_CHECKING:
    from drift.check.session import Compared
    from drift.sources.database.catalog import Server
    from drift.sources.database.reflection import Reflection
    from drift.sources.models.loader import Models

_NAMED = 5
"""Paths that a note names; it counts the others."""


def unread(compared: Compared) -> list[str]:
    """Return a sentence for everything that could not be read or compared; none if all was."""
    skipped = (skip for variety in compared.variants for skip in variety.comparison.skipped)
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


def not_compared(declared: Schema, live: Schema) -> dict[str, int]:
    """Count what exists and is not compared, by kind."""
    counts: dict[str, int] = {}
    named = {(table.schema, table.name) for table in declared.objects["table"]}
    for table in live.objects["table"]:
        relation: Any = table
        own = relation.managed != "system" and (table.schema, table.name) not in named
        if own and not relation.stores_rows:
            counts[relation.relation] = counts.get(relation.relation, 0) + 1
    return dict(sorted((counts | dict(live.not_compared)).items()))


def binds(target: Target, models: Models) -> list[str]:
    """Say which binds have a database that is not checked."""
    if target.bind is not None:
        return []
    return [
        f"the bind {bind} is not compared (tables: {count}); name its database under binds in the "
        f"configuration, or check that database with --bind {bind}"
        for bind, count in models.binds.items()
        if bind not in target.binds
    ]


def dropped(parameters: Iterable[str]) -> list[str]:
    return [
        f"the database URL's parameter {name!r} is driver-specific and was ignored"
        for name in parameters
    ]


def privileges(server: Server) -> list[str]:
    """Say that the role may do more than a check needs."""
    if not server.excess:
        return []
    return [
        f"the role {server.role} {server.excess}; drift only needs CONNECT: `drift doctor` prints "
        "the SQL of such a role"
    ]
