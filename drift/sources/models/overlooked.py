"""Sentences about tables of the project that a check does not compare."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from drift.kinds.metadata.declaration import truncate
from drift.sources.models.holders import with_tables
from drift.sources.models.unimported import modules_with_tables

if TYPE_CHECKING:
    from drift.sources.models.loader import Models

_MOST_NAMES = 5
"""Modules or bases that a sentence names."""


def overlooked(models: Models) -> Iterator[str]:
    """Yield sentences about tables that are not compared, with the fix."""
    if modules := modules_with_tables(models.roots, {name for _, name in models.tables}):
        total = sum(modules.values())
        noun = f"{total} more tables are" if total > 1 else "1 more table is"
        listed = [f"{name} ({count})" for name, count in list(modules.items())[:_MOST_NAMES]]
        more = len(modules) - _MOST_NAMES
        yield (
            f"{noun} declared in modules that were not imported: {', '.join(listed)}"
            f"{f' and {more} more' if more > 0 else ''}; add "
            f"{' '.join(f'--import {name}' for name in list(modules)[:_MOST_NAMES])} (in the "
            "configuration: import), or a package that holds them"
        )
    for spec, count in _other_bases(models).items():
        noun = "tables that are" if count > 1 else "table that is"
        yield (
            f"{spec} holds {count} {noun} not compared; if the database has them, add "
            f"--models {spec} (in the configuration: models: [{', '.join([models.name, spec])}])"
        )


def _other_bases(models: Models) -> dict[str, int]:
    """Return the bases with tables that the models do not have, under any metadata."""
    compared = set(map(id, models.metadatas))
    counts = {
        holder.spec: sum(
            (table.schema and truncate(table.schema), truncate(str(table.name)))
            not in models.tables
            for table in holder.metadata.tables.values()
        )
        for holder in with_tables(*models.roots)
        if id(holder.metadata) not in compared
    }
    return {spec: count for spec, count in counts.items() if count}
