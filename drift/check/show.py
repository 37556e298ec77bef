"""The live schema for `drift show`: what a person names, or all of it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from drift.check import session
from drift.check.address import address_of
from drift.config import Target
from drift.model import Schema
from drift.sources.database import retry, tenants

if TYPE_CHECKING:
    from drift.check import lookup
    from drift.sources.database.reader import Reflection


def show(
    target: Target, words: Sequence[str] = (), *, environment: Mapping[str, str] = os.environ
) -> tuple[Schema, lookup.Chosen]:
    """Return the live schema of a target, and what the words name of it.

    Without words, that is everything in the target's schemas. Words are looked up in all schemas,
    since the search path of a role that only reads says little about where things are.
    """
    from drift.check import lookup
    from drift.sources.database import reader
    from drift.sources.database import request as scope
    from drift.sources.database.connection import connect

    address = address_of(target, environment)
    schemas: tuple[str | None, ...] = target.schemas or (scope.DEFAULT,)
    pairs = {pair for word in words for pair in lookup.readings(word)}
    exact = {name for name in schemas if name is None or not tenants.is_pattern(name)}
    request = scope.Request(
        schemas=tuple(exact | {schema for schema, _ in pairs if schema}),
        tenants=() if words else tuple(filter(tenants.is_pattern, target.schemas)),
        tables=frozenset(pairs) if words else None,
        everywhere=bool(words),
    )

    def read(left: float) -> Reflection:
        timeouts = session.timeouts_of(target)._replace(connect=left)
        with connect(address, timeouts) as connection:
            reflection = reader.persistently(connection, request, timeouts)
            connection.execute("ROLLBACK")
        return reflection

    reflection = retry.persist(read, target.connect_timeout, lambda _: None)
    needed = target.schemas if not words else [name for name in exact if name]
    reader.require_schemas(needed, reflection)
    live = reflection.schema

    def inside(schema: str) -> bool:
        if not target.schemas:
            return schema == live.default_schema
        return any(fnmatchcase(schema, pattern) for pattern in target.schemas)

    return live, lookup.choose(live, words, inside)
