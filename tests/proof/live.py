"""Live schemas for proofs: a database in, what drift reads of it out."""

from __future__ import annotations

from collections.abc import Iterable

from drift.model import Schema
from drift.plan.surroundings import Surroundings
from drift.sources.database import surroundings
from drift.sources.database.connection import Timeouts, connect, parse
from drift.sources.database.reflection import reflect
from drift.sources.database.scope import Scope
from tests.servers import Database

TIMEOUTS = Timeouts()


def read(
    database: Database, schemas: Iterable[str] = ("public", "app")
) -> tuple[Schema, Surroundings]:
    """Return the live schema of a database and its surroundings."""
    with connect(parse(database.url), TIMEOUTS) as connection:
        live = reflect(connection, Scope(schemas=tuple(schemas)), TIMEOUTS).schema
        connection.execute("ROLLBACK")
        around = surroundings.read(connection, schemas, TIMEOUTS)
    return live, around
