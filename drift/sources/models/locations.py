"""The file and line at which the models declare a table or a column."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from drift.kinds.metadata.declaration import truncate
from drift.kinds.metadata.sqlalchemy_adapter import registries
from drift.model import Location
from drift.sources.models.own_code import own_names
from drift.sources.models.recorder import Line, recorded
from drift.sources.models.source_file import ClassStatement, SourceFile

if TYPE_CHECKING:
    from sqlalchemy import Column, Table
    from sqlalchemy.orm import Mapper


class Locator:
    """Returns the recorded lines, and reads class bodies for columns that no call made.

    `name: Mapped[str]` and the fields of a SQLModel become columns while the `class` statement
    ends; so do all columns of models that were imported before drift could record their lines. No
    file is read before a location is asked. A table without source code has no location.
    """

    def __init__(self, tables: Iterable[Table], root: Path | None = None) -> None:
        """Take the tables; files below the root (the working directory) are relative to it."""
        self._tables = tuple(tables)
        self._root = (root or Path()).absolute()
        # Many findings are about the same few files.
        self._source = cache(lambda file: SourceFile(Path(file).absolute()))
        self._is_file = cache(_is_file)
        # Several findings are about one table.
        self._columns = cache(_columns)
        self._statements = cache(self._statements_of)
        self._shown = cache(self._relative)

    def table(self, table: Table) -> Location | None:
        """Return the line of the `class` statement or of the call that made the table."""
        line = self._recorded(table)
        if line is not None and self._begins_class(table, line):
            return self._location(*line)
        own = [s for m in self._mappers[table] if (s := self._statement(m.class_))]
        for statement in own:
            if line is None or statement.starts_at(line):
                return self._location(str(statement.file.path), statement.line)
        return self._location(*line) if line else None

    def column(self, table: Table, column_name: str) -> Location | None:
        """Return the line of the column that the database names so, or else of its table."""
        column = self._columns(table).get(truncate(column_name))
        return self.table(table) if column is None else self._column(table, column)

    def attribute(self, table: Table, path: str) -> Location | None:
        """Return the line of `Class.attribute`; that of the table for one that a backref makes."""
        owner, _, name = path.rpartition(".")
        for mapper in self._mappers[table]:
            for cls in mapper.class_.__mro__ if mapper.class_.__name__ == owner else ():
                statement = self._statement(cls)
                if statement and name in statement.attributes:
                    return self._location(str(statement.file.path), statement.attributes[name])
        return self.table(table)

    def _column(self, table: Table, column: Column[Any]) -> Location | None:
        line, table_line = self._recorded(column), self._recorded(table)
        if line is not None and table_line is not None and self._is_own(table, line, table_line):
            return self._location(*line)
        mappers = self._mappers[table]
        statements = self._statements(table)
        if line is not None and any(s.starts_at(line) for s in statements):
            line = None
        # In the body of a class that makes its table, `id = key()` declares, not the body of key().
        declared = any(s.starts_at(table_line) for s in statements)
        if line is not None and (not declared or any(s.holds(line) for s in statements)):
            return self._location(*line)
        for name in dict.fromkeys(name for m in mappers for name in _attributes(m, column)):
            for statement in statements:
                if name in statement.attributes:
                    return self._location(str(statement.file.path), statement.attributes[name])
        return self._location(*line) if line else self.table(table)

    def _begins_class(self, table: Table, line: Line) -> bool:
        """Return whether the class of a table begins on a line; the file is not parsed."""
        source = self._source(line[0])
        names = (mapper.class_.__name__ for mapper in self._mappers[table])
        return any(source.begins_class(line[1], name) for name in names)

    def _is_own(self, table: Table, line: Line, table_line: Line) -> bool:
        """Return whether a line is surely in the class of a table; the file is not parsed."""
        return (
            line[0] == table_line[0]
            and self._begins_class(table, table_line)
            and self._source(line[0]).is_in_body(line[1], table_line[1])
        )

    @cached_property
    def _mappers(self) -> dict[Table, list[Mapper[Any]]]:
        """The mappers of each table: those of the class that made it first, then by inheritance."""
        mappers: dict[Table, list[Mapper[Any]]] = {table: [] for table in self._tables}
        for mapper in sorted((m for each in registries() for m in each.mappers), key=_order):
            if mapper.local_table in mappers:
                mappers[mapper.local_table].append(mapper)
        return mappers

    def _statements_of(self, table: Table) -> list[ClassStatement]:
        """Return the statements of all classes of a table, and of their bases."""
        classes = (cls for mapper in self._mappers[table] for cls in mapper.class_.__mro__)
        return [statement for cls in classes if (statement := self._statement(cls))]

    def _statement(self, cls: type) -> ClassStatement | None:
        """Return the `class` statement of a class; none if several could be it."""
        if cls.__module__.startswith("sqlalchemy."):
            return None  # its bases declare nothing, and its files are long
        file = own_names(sys.modules.get(cls.__module__)).get("__file__")
        if not isinstance(file, str) or not file.endswith(".py"):
            return None
        statements = self._source(file).statements(cls.__qualname__)
        made = recorded(table) if (table := vars(cls).get("__table__")) is not None else None
        first = vars(cls).get("__firstlineno__")  # from Python 3.13 on
        for statement in statements:
            if statement.starts_at(made) or statement.first_line == first:
                return statement
        return statements[0] if len(statements) == 1 else None

    def _recorded(self, item: Table | Column[Any]) -> Line | None:
        """Return the line, if it is one of a file that can be reached."""
        line = recorded(item)
        return line if line and self._is_file(line[0]) else None

    def _location(self, file: str, line: int) -> Location:
        return Location(self._shown(file), line)

    def _relative(self, file: str) -> str:
        """Return the path of a file, relative to the root if it is below that."""
        path = Path(file).absolute()
        for path_, root in ((path, self._root), (path.resolve(), self._root.resolve())):
            if path_.is_relative_to(root):
                return path_.relative_to(root).as_posix()
        return path.as_posix()


def _is_file(name: str) -> bool:
    """Return whether a file can be reached.

    The name is any text that the code was compiled with: too long, or a folder of root's.
    """
    with suppress(OSError):
        return Path(name).is_file()
    return False


def _columns(table: Table) -> dict[str, Column[Any]]:
    """Return the columns by the name that the database gives them; the first of two."""
    return {truncate(str(column.name)): column for column in reversed(list(table.columns))}


def _order(mapper: Mapper[Any]) -> tuple[bool, int, str, str]:
    cls = mapper.class_
    made_elsewhere = not any("__tablename__" in vars(base) for base in cls.__mro__)
    return made_elsewhere, len(cls.__mro__), str(cls.__module__), cls.__qualname__


def _attributes(mapper: Mapper[Any], column: Column[Any]) -> Iterator[str]:
    """Yield the names that the class may have given to a column, the likeliest first.

    The mapper is asked without configuring it, which could fail.
    """
    from sqlalchemy.exc import SQLAlchemyError

    # A column that the mapper was told to leave out still stands in the class.
    with suppress(SQLAlchemyError):
        yield str(mapper.get_property_by_column(column).key)
    yield from (str(column.key), str(column.name))
