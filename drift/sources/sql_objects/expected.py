"""Models together with the objects that the project declares as SQL."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from drift.kinds.advice.mappings import Mappings
from drift.kinds.sql_object import SqlObject
from drift.model import Location, ObjectRef, Schema
from drift.report.finding import Finding
from drift.sources.interface import Expected, TableName

if TYPE_CHECKING:
    from drift.sources.sql_objects.scratch_objects import ScratchObjects


class WithObjects:
    """An expected side with objects beyond tables, which a server has to create to be known.

    They belong to the models without a bind: no declaration of such an object names one.
    """

    def __init__(self, expected: Expected, objects: ScratchObjects) -> None:
        self.tables_only, self.objects = expected, objects

    @property
    def source(self) -> str:
        """The kind of source."""
        return self.tables_only.source

    @property
    def name(self) -> str:
        """Its name in reports."""
        return self.tables_only.name

    @property
    def binds(self) -> Mapping[str, int]:
        """The number of tables per bind key of the models."""
        return self.tables_only.binds

    @property
    def tables(self) -> frozenset[TableName]:
        """The names of all tables."""
        return self.tables_only.tables

    @cached_property
    def schemas(self) -> tuple[str | None, ...]:
        """The schemas that the tables and the objects are in."""
        own = (item.schema for item in self.objects.objects if item.kind in self.objects.kinds)
        return tuple(dict.fromkeys((*self.tables_only.schemas, *own)))

    def of(self, bind: str | None) -> Expected:
        """Return the part that belongs to a bind. Raises ModelsError for an unknown one."""
        part = self.tables_only.of(bind)
        return WithObjects(part, self.objects) if bind is None else part

    def declare(
        self, default_schema: str, server_version: int, whole: Iterable[str] = ()
    ) -> Schema:
        """Return the tables and their parts; `objects` adds the rest for a live side."""
        return self.tables_only.declare(default_schema, server_version, whole)

    def declared_elsewhere(self, default_schema: str, server_version: int) -> frozenset[ObjectRef]:
        """Return the tables and types of all binds."""
        return self.tables_only.declared_elsewhere(default_schema, server_version)

    def mappings(self, default_schema: str, server_version: int) -> Mappings:
        """Return the facts of the ORM for the rules of advice."""
        return self.tables_only.mappings(default_schema, server_version)

    def locate(self, finding: Finding, default_schema: str) -> Location | None:
        """Return the line of code that declares a finding's object."""
        from drift.sources.sql_objects.scratch_objects import SQL_KINDS

        if finding.object.kind not in SQL_KINDS:
            return self.tables_only.locate(finding, default_schema)
        for item in self.objects.objects:
            if _declares(item, finding.object, default_schema):
                return item.location or self.tables_only.locate(finding, default_schema)
        return None

    def unimported(self, tables: Iterable[str]) -> Mapping[str, Location]:
        """Return the lines that declare some of these tables in code that was not imported."""
        return self.tables_only.unimported(tables)


def _declares(item: SqlObject, ref: ObjectRef, default_schema: str) -> bool:
    own = (item.kind, item.schema or default_schema, item.table)
    bare = ref.name.partition("(")[0] if ref.kind == "function" else ref.name
    return own == (ref.kind, ref.schema, ref.table) and bare == item.name
