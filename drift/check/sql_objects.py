"""Objects beyond tables in a check: the kinds that are read, and the declared objects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from drift.config import Target
from drift.kinds import KINDS
from drift.model import Schema

if TYPE_CHECKING:
    from drift.sources.database.catalog import Server
    from drift.sources.interface import Expected
    from drift.sources.sql_objects.scratch_objects import Created, ScratchObjects

OPTIONAL = frozenset(kind.name for kind in KINDS if kind.is_optional)
ALL = "all"


def optional_kinds(target: Target, expected: Expected) -> frozenset[str]:
    """Return the optional kinds that are read: those that are declared, and the strict ones."""
    objects = _objects(expected)
    return strict_kinds(target) | (objects.kinds if objects else frozenset())


def strict_kinds(target: Target) -> frozenset[str]:
    """Return the kinds of which every object should be declared."""
    return OPTIONAL if ALL in target.strict else OPTIONAL & set(target.strict)


def with_created(
    expected: Expected, target: Target, declared: Schema, live: Schema, server: Server
) -> tuple[Schema, Created | None]:
    """Return the expected side with its objects beyond tables, and what answers questions."""
    objects = _objects(expected)
    created = None
    if objects is not None:
        seconds = target.statement_timeout
        created = objects.created(declared, live, server.schema_of_extension, seconds)
        declared = created.declared()
    if strict := strict_kinds(target):
        declared = replace(declared, strict=strict)
    return declared, created


def _objects(expected: Expected) -> ScratchObjects | None:
    """Return the declared objects of an expected side, if it has any."""
    from drift.sources.sql_objects.expected import WithObjects

    return expected.objects if isinstance(expected, WithObjects) else None
