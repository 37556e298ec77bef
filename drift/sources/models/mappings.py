"""The parts of the models that only advice reads, besides their tables."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from drift.errors import ModelsError
from drift.kinds.advice.mappings import Mappings
from drift.kinds.metadata.declaration import Declaration
from drift.sources.models.aware_defaults import aware_defaults
from drift.sources.models.relationships import mappers_of, relationships


def read_mappings(
    declaration: Declaration, reading: Callable[[], AbstractContextManager[None]]
) -> Mappings:
    """Return the relationships and the defaults with a time zone.

    Relationships are only known once the mappers are configured, which runs code of the models that
    no check needs: if it fails, a note says so. `reading` turns exceptions into a ModelsError.
    """
    with reading():
        defaults = dict(aware_defaults(declaration.tables, declaration))
    try:
        with reading():
            items = tuple(relationships(mappers_of(declaration.tables), declaration))
    except ModelsError as problem:
        note = f"no advice about relationships: {problem}"
        return Mappings(aware_defaults=defaults, notes=(note,))
    return Mappings(relationships=items, aware_defaults=defaults)
