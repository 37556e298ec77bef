"""A schema that was read from a database, as the expected side of a comparison."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

import msgspec

from drift.errors import ModelsError
from drift.kinds import KINDS
from drift.kinds.advice.mappings import Mappings
from drift.kinds.sequence.kind import Sequence, UsedSequence
from drift.kinds.sequence.options import Options
from drift.model import Location, ObjectRef, Schema
from drift.report.finding import Finding
from drift.sources.interface import TableName
from drift.sources.relocation import relocated


class Reflected:
    """Objects that a server has, expected on another one.

    Objects that no model could declare are skipped: those of extensions, partitions, views, and
    Alembic's own table. Sequences of columns are expected to exist at most: they are compared with
    their columns.
    """

    binds: Mapping[str, int] = {}

    def __init__(self, schema: Schema, source: str, name: str, label: str = "") -> None:
        """Take the schema, the names of its source for reports, and its name in messages."""
        self.source, self.name = source, name
        self._label = label or (name if source == "database" else source)
        self._schema = as_declared(schema)

    @cached_property
    def tables(self) -> frozenset[TableName]:
        """The names of all tables; those of the default schema without it."""
        return frozenset(
            (self._without_default(table.schema), table.name)
            for table in self._schema.objects["table"]
        )

    @cached_property
    def schemas(self) -> tuple[str | None, ...]:
        """The schemas that hold a table, a type or a sequence."""
        held = {
            item.schema
            for kind in KINDS
            if kind.lives_in == "schema"
            for item in self._schema.objects[kind.name]
        }
        return tuple(self._without_default(schema) for schema in sorted(held))

    def _without_default(self, schema: str) -> str | None:
        return None if schema == self._schema.default_schema else schema

    def of(self, bind: str | None) -> Reflected:
        """Return itself: only models have binds."""
        if bind is not None:
            raise ModelsError(f"{self.source} {self.name} has no binds; remove bind {bind}")
        return self

    def declare(
        self, default_schema: str, server_version: int, whole: Iterable[str] = ()
    ) -> Schema:
        """Return the objects as they are in a database with that default schema."""
        del server_version  # a server's own words are compared as any other version prints them
        schema = relocated(self._schema, default_schema)
        return msgspec.structs.replace(
            schema,
            source=self.source,
            name=self.name,
            label=self._label,
            complete=True,
            managed_schemas=schema.managed_schemas | frozenset(whole),
        )

    def declared_elsewhere(self, default_schema: str, server_version: int) -> frozenset[ObjectRef]:
        """Return nothing: there are no binds."""
        del default_schema, server_version
        return frozenset()

    def mappings(self, default_schema: str, server_version: int) -> Mappings:
        """Return nothing: no models were imported."""
        del default_schema, server_version
        return Mappings()

    def locate(self, finding: Finding, default_schema: str) -> Location | None:
        """Return None: no line of code declares the objects of a database."""
        del finding, default_schema
        return None

    def unimported(self, tables: Iterable[str]) -> Mapping[str, Location]:
        """Return nothing: nothing was imported."""
        del tables
        return {}


def _as_used(sequence: Sequence) -> Sequence:
    """Return the sequence of a column: the other side may have it, with any options."""
    return UsedSequence(schema=sequence.schema, name=sequence.name, options=Options())


def as_declared(schema: Schema) -> Schema:
    """Return the objects of a live schema that another side can be expected to have."""
    tables = {
        (table.schema, table.name)
        for table in schema.objects["table"]
        if table.managed is None and table.stores_rows
    }
    objects = {}
    for kind in KINDS:
        items = schema.objects[kind.name]
        kept: list[Any] = []
        if kind.is_optional:
            pass  # only objects that the models declare are compared
        elif kind.lives_in == "table":
            kept = [item for item in items if (item.schema, item.table) in tables]
        elif kind.name == "table":
            kept = [item for item in items if (item.schema, item.name) in tables]
        elif kind.name == "sequence":
            kept = [item if kind.reported_extra(item) else _as_used(item) for item in items]
        elif kind.lives_in == "schema":
            kept = [item for item in items if kind.reported_extra(item)]
        else:
            kept = list(items)
        objects[kind.name] = tuple(kept)
    managed = frozenset(schema for schema, _ in tables)
    return msgspec.structs.replace(schema, objects=objects, managed_schemas=managed)
