"""Frozen models as the expected side of a check, as if the models themselves were read."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from functools import cached_property

import msgspec

from drift.errors import ModelsError
from drift.kinds.advice.mappings import Mappings
from drift.model import Location, ObjectRef, Schema
from drift.report.finding import Finding
from drift.sources.bind_choice import require
from drift.sources.interface import TableName
from drift.sources.located import declaring
from drift.sources.snapshot.shape_v1 import Part, Snapshot, TableLocation, Variant
from drift.sources.snapshot.variants import applied, moved, unpacked

OLDEST, NEWEST = 14, 18
"""The major versions of PostgreSQL for which models are frozen."""

_KEPT = 4
"""Declared schemas in the cache: one per version of a server and default schema."""


class Frozen:
    """The models of a snapshot, or those of one bind."""

    source = "snapshot"

    def __init__(self, snapshot: Snapshot, name: str, bind: str | None = None) -> None:
        """Take the snapshot and the name of its file."""
        self.name = name if bind is None else f"{name}, bind {bind}"
        self.binds: Mapping[str, int] = {key: part.count for key, part in snapshot.binds.items()}
        self._snapshot, self._file = snapshot, name
        self._part: Part = snapshot.main if bind is None else snapshot.binds[bind]
        self._lock = threading.Lock()
        self._cache: dict[tuple[str, int | None], Schema] = {}

    def of(self, bind: str | None) -> Frozen:
        """Return the models of a bind. Raises ModelsError for one that was not frozen."""
        if bind is not None and bind == self._snapshot.bind:
            return self
        require(self.name, bind, self.binds, has_tables=bool(self.tables))
        return self if bind is None else Frozen(self._snapshot, self._file, bind)

    @cached_property
    def tables(self) -> frozenset[TableName]:
        """The (schema, name) of every table; schema is None if the models name none."""
        objects = unpacked(self._part.objects)["table"]
        created = ((self._named(table.schema), table.name) for table in objects)
        return frozenset((*created, *self._part.tables))

    @cached_property
    def schemas(self) -> tuple[str | None, ...]:
        """The schemas that the models need; None stands for the default one."""
        held = {self._named(item.schema) for item in unpacked(self._part.objects)["schema"]}
        return tuple(sorted(held, key=lambda schema: schema or ""))

    def _named(self, schema: str) -> str | None:
        return None if schema == self._snapshot.default_schema else schema

    def declare(
        self, default_schema: str, server_version: int, whole: Iterable[str] = ()
    ) -> Schema:
        """Return the objects that the models would create on a server of that version."""
        variant = self._of_version(server_version)
        key = default_schema, variant.server if variant else None
        with self._lock:
            if key not in self._cache:
                while len(self._cache) >= _KEPT:
                    del self._cache[next(iter(self._cache))]
                self._cache[key] = self._declare(default_schema, variant)
            schema = self._cache[key]
        tables = (table.schema for table in schema.objects["table"])
        return msgspec.structs.replace(schema, managed_schemas=frozenset((*whole, *tables)))

    def _declare(self, default_schema: str, variant: Variant | None) -> Schema:
        schema = self.base if variant is None else applied(self.base, variant)
        schema = moved(schema, default_schema)
        server = variant.server if variant else NEWEST
        for each in self._part.variants:
            if (each.default_schema, each.server) == (default_schema, server):
                if each.error:
                    raise ModelsError(each.error)
                schema = applied(schema, each)
        return schema

    def _of_version(self, server_version: int) -> Variant | None:
        """Return the variant for a server: that of the next version for which there is one."""
        major = min(max(server_version // 10000, OLDEST), NEWEST)
        later = (v for v in self._part.variants if v.default_schema is None and v.server >= major)
        return min(later, key=lambda variant: variant.server, default=None)

    @cached_property
    def base(self) -> Schema:
        """The objects in the snapshot's own default schema, on the newest server."""
        part = self._part
        objects = unpacked(part.objects)
        return Schema(
            source=self.source,
            name=self.name,
            default_schema=self._snapshot.default_schema,
            managed_schemas=frozenset(table.schema for table in objects["table"]),
            objects=objects,
            problems=part.problems,
            notes=part.notes,
        )

    def declared_elsewhere(self, default_schema: str, server_version: int) -> frozenset[ObjectRef]:
        """Return the tables and types of all binds: those of another bind are not extra."""
        del server_version
        refs = self._snapshot.declared_elsewhere
        return frozenset(
            ref if self._named(ref.schema) else self._in(ref, default_schema) for ref in refs
        )

    @staticmethod
    def _in(ref: ObjectRef, schema: str) -> ObjectRef:
        name = schema if ref.kind == "schema" else ref.name
        return ObjectRef(ref.kind, schema, ref.table, name)

    def mappings(self, default_schema: str, server_version: int) -> Mappings:
        """Return nothing: no models were imported."""
        del default_schema, server_version
        return Mappings()

    def locate(self, finding: Finding, default_schema: str) -> Location | None:
        """Return the line that declared a finding's object: that of its column or of its table."""
        declared = declaring(finding, default_schema, self._locations)
        if declared is None:
            return None
        table, column = declared
        if elsewhere := table.elsewhere.get(column or ""):
            return Location(elsewhere.file, elsewhere.line)
        return Location(table.file, table.line + table.columns.get(column or "", 0))

    @cached_property
    def _locations(self) -> dict[TableName, TableLocation]:
        return {(each.schema, each.table): each for each in self._part.locations}

    def unimported(self, tables: Iterable[str]) -> Mapping[str, Location]:
        """Return the lines that declared some of these tables in code that was not imported."""
        wanted = set(tables)
        return {
            each.table: Location(each.file, each.line)
            for each in self._snapshot.unimported
            if each.table in wanted
        }
