"""What SQLAlchemy's mappers know of tables, asked without configuring any of them."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlalchemy import Column, Table
    from sqlalchemy.orm import Mapper


def all_mappers() -> list[Mapper[Any]]:
    """Return the mappers of every registry that exists."""
    from sqlalchemy.orm import mapperlib

    # There is no public list of registries; this is the same from SQLAlchemy 1.4 on.
    registries: Iterable[Any] = mapperlib._all_registries()
    return [mapper for registry in registries for mapper in registry.mappers]


def by_table(mappers: Iterable[Mapper[Any]], tables: Iterable[Table]) -> dict[Table, list[Any]]:
    """Return the mappers of each table, parents before their children."""
    found: dict[Table, list[Mapper[Any]]] = {table: [] for table in tables}
    for mapper in sorted(mappers, key=_order):
        if mapper.local_table in found:
            found[mapper.local_table].append(mapper)
    return found


def attribute_names(mapper: Mapper[Any], column: Column[Any]) -> list[str]:
    """Return the names that the class may have given to a column, the likeliest first."""
    from sqlalchemy.exc import SQLAlchemyError

    names = [str(column.key), str(column.name)]
    # A column that the mapper was told to leave out still stands in the class.
    with suppress(SQLAlchemyError):
        names.insert(0, str(mapper.get_property_by_column(column).key))
    return list(dict.fromkeys(names))


def _order(mapper: Mapper[Any]) -> tuple[int, str, str]:
    cls = mapper.class_
    return len(cls.__mro__), str(cls.__module__), cls.__qualname__
