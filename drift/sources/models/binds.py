"""Binds: models that belong to other databases (`__bind_key__`, `info={"bind_key": …}`).

Flask-SQLAlchemy 3 has a MetaData per bind, its version 2 one for all; both write the key into
`info`, and so does other code that follows them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from sqlalchemy import MetaData, Table


class Selection(msgspec.Struct, frozen=True):
    """The tables of one bind, and the metadata whose own types and sequences are created there."""

    metadatas: tuple[Any, ...]
    tables: tuple[Any, ...]


def select(metadatas: Sequence[MetaData], bind: str | None) -> Selection:
    """Return the metadata and tables of a bind; None is the default one."""
    tables = [table for metadata in metadatas for table in metadata.tables.values()]
    return Selection(
        metadatas=tuple(each for each in metadatas if _bind_of_metadata(each) == bind),
        tables=tuple(table for table in tables if _bind_of_table(table) == bind),
    )


def table_counts(metadatas: Sequence[MetaData]) -> dict[str, int]:
    """Return how many tables each bind has, without the default one."""
    counts = Counter(_bind_of_table(table) for each in metadatas for table in each.tables.values())
    return {bind: count for bind, count in sorted(counts.items(), key=str) if bind is not None}


def _bind_of_table(table: Table) -> str | None:
    return _key(table) or _key(table.metadata)


def _bind_of_metadata(metadata: MetaData) -> str | None:
    """Return the bind of a metadata: its own, or the only one that its tables have."""
    binds = {_bind_of_table(table) for table in metadata.tables.values()}
    return _key(metadata) or (binds.pop() if len(binds) == 1 else None)


def _key(item: Table | MetaData) -> str | None:
    key = item.info.get("bind_key")
    return str(key) if key is not None else None
