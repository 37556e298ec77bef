"""Views of SQLAlchemy 2.1's CreateView, whose table is in the metadata as well."""

from __future__ import annotations

from collections.abc import Container, Iterator

from drift.kinds.metadata.declaration import Declaration, truncate
from drift.kinds.sql_object import SqlObject
from drift.sources.interface import TableName
from drift.sources.sql_objects.header import sql_object


def views(declaration: Declaration, names: Container[TableName]) -> Iterator[SqlObject]:
    """Yield the views of these names with their queries."""
    for table in (each for meta in declaration.metadatas for each in meta.tables.values()):
        creator = declaration.selected(table)
        if creator is None or not getattr(table, "is_view", False):
            continue
        if (table.schema, truncate(table.name)) in names and declaration.is_created(table):
            yield sql_object(str(creator.compile(dialect=declaration.dialect)).strip())
