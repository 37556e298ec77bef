"""In which file and line the models declare a table or a column."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from drift.kinds.metadata.declaration import truncate
from drift.model import Location
from drift.sources.models.later_columns import later_columns
from drift.sources.models.mappers import all_mappers, attribute_names, by_table
from drift.sources.models.source_index import SourceFile
from drift.sources.models.source_modules import SourceModules, below
from drift.sources.models.source_syntax import ClassSource, TableCall
from drift.sources.models.table_calls import TableCalls

if TYPE_CHECKING:
    from sqlalchemy import Column, Table
    from sqlalchemy.orm import Mapper

_Place: TypeAlias = tuple[SourceFile, int]
_Declaration: TypeAlias = tuple[SourceFile, ClassSource | TableCall]


class Locator:
    """Finds declarations lazily: no file is read before a location is asked.

    What has no readable source has no location; that is never an error.
    """

    def __init__(
        self,
        tables: Iterable[Table],
        mappers: Iterable[Mapper[Any]] | None = None,
        *,
        modules: Iterable[str] | None = None,
        root: Path | None = None,
    ) -> None:
        """Take the tables, their mappers and the names of the modules that may declare them.

        The mappers default to those of every registry, the modules to those imported from below
        the root, the root to the working directory. Files below the root are named relative to it.
        """
        self._tables = tuple(tables)
        self._given_mappers = mappers if mappers is None else tuple(mappers)
        self._given_modules = modules if modules is None else tuple(modules)
        self._root = (root or Path()).absolute()
        self._declarations: dict[Table, _Declaration | None] = {}

    def table(self, table: Table) -> Location | None:
        """Return the line of the `class` statement or of the `Table(…)` call."""
        found = self._declaration(table)
        return self._location(found[0], found[1].line) if found else None

    def column(self, table: Table, column_name: str) -> Location | None:
        """Return the line of the column that the database names so, or else of its table."""
        for column in table.columns:
            if truncate(str(column.name)) == truncate(column_name):
                place = next(self._column_places(table, column), None)
                return self._location(*place) if place else self.table(table)
        return self.table(table)

    def _location(self, file: SourceFile, line: int) -> Location:
        path = self._modules.relative(file) or file.path
        return Location(path.as_posix(), line)

    @cached_property
    def _mappers(self) -> dict[Table, list[Mapper[Any]]]:
        mappers = all_mappers() if self._given_mappers is None else self._given_mappers
        return by_table(mappers, self._tables)

    @cached_property
    def _modules(self) -> SourceModules:
        names = below(self._root) if self._given_modules is None else self._given_modules
        mappers = (mapper for several in self._mappers.values() for mapper in several)
        return SourceModules((*names, *(str(m.class_.__module__) for m in mappers)), self._root)

    @cached_property
    def _calls(self) -> TableCalls:
        return TableCalls(self._modules)

    @cached_property
    def _later(self) -> dict[tuple[int, str], _Place]:
        return later_columns(self._modules)

    def _declaration(self, table: Table) -> _Declaration | None:
        if table not in self._declarations:
            self._declarations[table] = self._find_declaration(table)
        return self._declarations[table]

    def _find_declaration(self, table: Table) -> _Declaration | None:
        """Return the class that made the table, or the call, or a class that was mapped to it."""
        mapped = [
            (mapper.class_, source)
            for mapper in self._mappers.get(table, ())
            if (source := self._modules.class_source(mapper.class_))
        ]
        for cls, found in mapped:
            if _names_its_table(cls) and "__table__" not in found[1].attributes:
                return found
        if call := self._calls.find(table):
            return call.module.file, call.source
        return mapped[0][1] if mapped else None

    def _column_places(self, table: Table, column: Column[Any]) -> Iterator[_Place]:
        """Yield the places that may declare a column, the best first."""
        declaration = self._declaration(table)
        if declaration and isinstance(declaration[1], TableCall):
            yield from _line(declaration[0], declaration[1].columns, str(column.name))
        mappers = self._mappers.get(table, [])
        for mapper in mappers:
            yield from self._attribute_places(mapper, attribute_names(mapper, column))
        for mapper in mappers:
            for file, source in self._class_sources(mapper):
                yield from _line(file, source.columns, str(column.name))
        yield from self._later_places(table, str(column.name))

    def _attribute_places(self, mapper: Mapper[Any], names: Iterable[str]) -> Iterator[_Place]:
        for name in names:
            for file, source in self._class_sources(mapper):
                yield from _line(file, source.attributes, name)
            for cls in mapper.class_.__mro__:
                yield from self._later_places(cls, name)

    def _class_sources(self, mapper: Mapper[Any]) -> Iterator[tuple[SourceFile, ClassSource]]:
        for cls in mapper.class_.__mro__:
            if source := self._modules.class_source(cls):
                yield source

    def _later_places(self, owner: object, name: str) -> Iterator[_Place]:
        if place := self._later.get((id(owner), name)):
            yield place


def _names_its_table(cls: type) -> bool:
    """Whether a declarative class made its table, and was not mapped to an existing one."""
    return any("__tablename__" in vars(base) for base in cls.__mro__)


def _line(file: SourceFile, lines: Mapping[str, int], name: str) -> Iterator[_Place]:
    if name in lines:
        yield file, lines[name]
