"""The live schema for `drift show`: the named objects, or all of them."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from drift.check.address import address_of
from drift.check.reading import timeouts_of
from drift.config import Target
from drift.model import Schema
from drift.sources.database.retry import persist
from drift.sources.database.schema_patterns import is_pattern

if TYPE_CHECKING:
    from drift.check import lookup
    from drift.sources.database.reflection import Reflection


def show(
    target: Target, names: Sequence[str] = (), *, environment: Mapping[str, str] = os.environ
) -> tuple[Schema, lookup.Chosen]:
    """Return the live schema of a target, and its objects with these names.

    Without names, that is everything in the target's schemas. Names are looked up in all schemas:
    the search path of a role that only reads need not hold the application's schema.
    """
    from drift.check import lookup
    from drift.sources.database.connection import connect
    from drift.sources.database.reflection import reflect, require_schemas
    from drift.sources.database.scope import DEFAULT, Scope

    address = address_of(target, environment)
    patterns = tuple(filter(is_pattern, target.schemas))
    named = [schema for schema in target.schemas if not is_pattern(schema)]
    readings = {reading for name in names for reading in lookup.readings(name)}
    scope = Scope(
        schemas=(
            *(named if target.schemas else [DEFAULT]),
            *(schema for schema, _ in readings if schema),
        ),
        tenants=() if names else patterns,
        tables=frozenset(readings) if names else None,
        everywhere=bool(names),
    )

    def read(connect_seconds: float) -> Reflection:
        timeouts = timeouts_of(target)._replace(connect=connect_seconds)
        with connect(address, timeouts) as connection:
            reflection = reflect(connection, scope, timeouts)
            connection.execute("ROLLBACK")
        return reflection

    def inside(schema: str) -> bool:
        if not target.schemas:
            return schema == live.default_schema
        return any(fnmatchcase(schema, pattern) for pattern in target.schemas)

    reflection = persist(read, target.connect_timeout, lambda _: None)
    require_schemas(named if names else target.schemas, reflection)
    live = reflection.schema
    return live, lookup.choose(live, names, inside)
