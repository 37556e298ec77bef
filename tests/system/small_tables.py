"""Metadata with one table, and the check that nothing differs after `create_all`."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from tests.servers import Database, create_all
from tests.system.checking import found


def in_sync(database: Database, *metadatas: sa.MetaData) -> None:
    """Create the metadata and hold that nothing differs."""
    for metadata in metadatas:
        create_all(metadata, database.url)
    assert found(database.url, *metadatas) == []


def table(*items: Any, **options: Any) -> sa.MetaData:
    metadata = sa.MetaData()
    sa.Table("t", metadata, sa.Column("id", sa.Integer, primary_key=True), *items, **options)
    return metadata
