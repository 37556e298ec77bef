"""Reads the schema of a scratch database."""

from __future__ import annotations

from drift.config import Target
from drift.model import Schema
from drift.sources.database.connection import Timeouts, connect, parse
from drift.sources.database.reflection import reflect
from drift.sources.database.scope import Scope


def reflected(url: str, target: Target) -> Schema:
    """Read every schema except the system's."""
    limits = Timeouts(target.connect_timeout, target.statement_timeout, target.lock_timeout)
    with connect(parse(url), limits) as connection:
        reading = reflect(connection, Scope(everywhere=True), limits)
        connection.execute("ROLLBACK")
    return reading.schema
