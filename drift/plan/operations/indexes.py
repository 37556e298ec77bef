"""Statements about indexes."""

from __future__ import annotations

from collections.abc import Iterable

from drift.kinds.index.index import Index
from drift.kinds.sql import types
from drift.plan import ddl, excuses
from drift.plan.operation import Lock, Operation, TableName, Work


def create(item: Index, name: str, *, concurrently: bool, only: bool = False) -> Operation:
    """Create an index: CONCURRENTLY takes longer, and lets writes go on."""
    table = ddl.table_name(item)
    words = f"{'UNIQUE ' if item.unique else ''}INDEX{' CONCURRENTLY' if concurrently else ''}"
    return Operation(
        sql=f"CREATE {words} IF NOT EXISTS {types.quote(name)} ON {ddl.index(item, only=only)}",
        locks={table: Lock.SHARE_UPDATE_EXCLUSIVE if concurrently else Lock.SHARE},
        work=Work.CATALOG if only else Work.BUILD,
        transactional=not concurrently,
        action="" if only else "create_index",
        item=item,
        options={"name": name, "concurrently": concurrently},
        excuses={} if concurrently else excuses.SHORT_INDEX,
    )


def drop(
    table: TableName, name: str, *, concurrently: bool, item: Index | None = None
) -> Operation:
    """Drop an index; CONCURRENTLY waits for queries that use it instead of stopping them."""
    words = "INDEX CONCURRENTLY" if concurrently else "INDEX"
    lock = Lock.SHARE_UPDATE_EXCLUSIVE if concurrently else Lock.ACCESS_EXCLUSIVE
    return Operation(
        sql=f"DROP {words} IF EXISTS {ddl.path(table[0], name)}",
        locks={table: lock},
        transactional=not concurrently,
        action="drop_index" if item else "",
        item=item,
        options={"name": name, "concurrently": concurrently},
        excuses={} if concurrently else excuses.SHORT_DROP,
    )


def rename(schema: str, old: str, new: str) -> Operation:
    """Rename an index, which locks no table."""
    return Operation(
        sql=f"ALTER INDEX IF EXISTS {ddl.path(schema, old)} RENAME TO {types.quote(new)}",
        done=f"{ddl.to_regclass((schema, new))} IS NOT NULL",
        excuses=excuses.RENAMED,
    )


def attach(schema: str, parent: str, child_schema: str, child: str) -> Operation:
    """Attach the index of a partition to that of the partitioned table."""
    return Operation(
        sql=f"ALTER INDEX {ddl.path(schema, parent)} "
        f"ATTACH PARTITION {ddl.path(child_schema, child)}",
    )


def reindex(table: TableName, name: str) -> Operation:
    """Build an index again while reads and writes go on."""
    return Operation(
        sql=f"REINDEX INDEX CONCURRENTLY {ddl.path(table[0], name)}",
        locks={table: Lock.SHARE_UPDATE_EXCLUSIVE},
        work=Work.BUILD,
        transactional=False,
    )


def set_storage(schema: str, name: str, item: Index, reset: Iterable[str] = ()) -> list[Operation]:
    """Set and reset storage parameters, which apply to pages that are written from now on."""
    path = ddl.path(schema, name)
    operations = []
    if item.storage:
        pairs = ", ".join(ddl.storage_pair(*pair) for pair in item.storage)
        operations.append(Operation(sql=f"ALTER INDEX {path} SET ({pairs})"))
    if names := ", ".join(map(ddl.storage_name, reset)):
        operations.append(Operation(sql=f"ALTER INDEX {path} RESET ({names})"))
    return operations
