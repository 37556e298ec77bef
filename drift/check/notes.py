"""The notes of a check: objects that were not compared, and unusual settings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from drift.config import Target
from drift.model import Schema

if TYPE_CHECKING:
    from drift.check.session import Compared
    from drift.sources.database.catalog import Server
    from drift.sources.database.reflection import Reflection
    from drift.sources.interface import Expected

_NAMED = 5
"""Paths that a note names; it counts the others."""


def unread(compared: Compared) -> list[str]:
    """Return a sentence for everything that could not be read or compared."""
    skipped = (skip for variety in compared.variants for skip in variety.comparison.skipped)
    declared = {text: None for variety in compared.variants for text in variety.declared.unread}
    return [*by_others(compared.reflection), *_skipped(skipped), *declared]


def by_others(reflection: Reflection) -> Iterator[str]:
    """Say what other sessions prevented drift from reading."""
    for name in reflection.locked:
        yield f"{name} is locked by another session: its expressions were not read"
    for name in reflection.changed:
        yield f"{name} kept changing during the read: its differences are not reported"
    for name in reflection.under_way:
        yield f"index {name} is being built or dropped by another session (CONCURRENTLY)"


def _skipped(skipped: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Name the objects that the server could not compare, one sentence per reason."""
    paths: dict[str, dict[str, None]] = {}
    for path, reason in skipped:
        paths.setdefault(reason, {})[path] = None
    for reason, skipped_paths in paths.items():
        named = ", ".join([*skipped_paths][:_NAMED])
        left = len(skipped_paths) - _NAMED
        yield f"not compared: {named}{f' and {left:,} more' if left > 0 else ''} ({reason})"


def not_compared(declared: Schema, reflection: Reflection) -> dict[str, int]:
    """Count what exists and is not compared, by kind."""
    live, role = reflection.schema, reflection.server.role
    counts: dict[str, int] = {}
    kinds = ("table", "view", "materialized-view")
    named = {(each.schema, each.name) for kind in kinds for each in declared.objects.get(kind, ())}
    for table in live.objects["table"]:
        relation: Any = table
        is_strict = relation.relation.replace(" ", "-") in declared.strict
        own = relation.managed != "system" and (table.schema, table.name) not in named
        own = own and not is_strict
        if own and not relation.stores_rows:
            counts[relation.relation] = counts.get(relation.relation, 0) + 1
    for kind, count in live.not_compared.items():
        present = {(each.schema, each.table, each.name) for each in declared.objects.get(kind, ())}
        compared_too = [
            each
            for each in live.objects.get(kind, ())
            if (each.schema, each.table, each.name) in present and _is_counted(kind, each, role)
        ]
        left = 0 if kind in declared.strict else count - len(compared_too)
        if left > 0:
            counts[kind] = left
    return dict(sorted(counts.items()))


def _is_counted(kind: str, item: Any, role: str) -> bool:
    """Return whether the server counts an object among those of its kind.

    Of privileges, it counts those on whole tables that are not their owner's or of the `role` that
    checks. Those on version tables are not among the objects: the server counts them all except for
    SELECT, and none is compared.
    """
    if kind != "grant":
        return True
    on_table = item.table is not None and any(not column for _, column, _ in item.entries)
    return on_table and not item.is_owner and item.name != role


def binds(target: Target, expected: Expected) -> list[str]:
    """Name the binds whose database is not checked."""
    if target.bind is not None:
        return []
    return [
        f"the bind {bind} is not compared (tables: {count}); add its database to binds in the "
        f"configuration, or check it with the option bind set to {bind}"
        for bind, count in expected.binds.items()
        if bind not in target.binds
    ]


def dropped(parameters: Iterable[str]) -> list[str]:
    return [
        f"the database URL's parameter {name!r} is driver-specific and was ignored"
        for name in parameters
    ]


def privileges(server: Server, name: str = "") -> list[str]:
    """Say that the role has more privileges than a check needs; `name` is that of the database."""
    if not server.excess:
        return []
    about = f"{name}: " if name else ""
    return [
        f"{about}the role {server.role} {server.excess}; drift only needs CONNECT: `drift doctor` "
        "prints the SQL for such a role"
    ]
