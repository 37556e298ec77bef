"""Statements about constraints."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from drift.kinds.foreign_key.foreign_key import ForeignKey
from drift.kinds.sql import types
from drift.kinds.sql.text import string_literal
from drift.plan import ddl, excuses
from drift.plan.operation import Lock, Operation, TableName, Work

_CLAUSES: Mapping[str, Callable[[Any], str]] = {
    "PrimaryKey": ddl.primary_key,
    "Unique": ddl.unique,
    "Check": ddl.check,
    "Exclusion": ddl.exclusion,
    "ForeignKey": ddl.foreign_key,
}


def clause(item: Any) -> str:
    """Return a constraint as ADD CONSTRAINT has it, without its name."""
    return _CLAUSES[type(item).__name__](item)


def exists(table: TableName, name: str, and_also: str = "") -> str:
    """Return a condition: the table has a constraint of this name."""
    return (
        f"EXISTS (SELECT FROM pg_constraint WHERE conrelid = {ddl.to_regclass(table)}"
        f" AND conname = {string_literal(name)}{and_also})"
    )


def target(item: ForeignKey) -> TableName:
    """Return the table that a foreign key refers to."""
    return (item.target_schema, item.target_table)


def add(item: Any, name: str, *, valid: bool = True) -> Operation:
    """Add a constraint, NOT VALID if old rows are checked later."""
    table = ddl.table_name(item)
    not_valid = "" if valid else " NOT VALID"
    return Operation(
        sql=f"ALTER TABLE {ddl.path(*table)} ADD CONSTRAINT {types.quote(name)} "
        f"{clause(item)}{not_valid}",
        locks=_locks_of_adding(item),
        work=_work_of_adding(item, valid=valid),
        done=exists(table, name),
        action=f"add_{type(item).__name__}",
        item=item,
        options={"name": name, "valid": valid},
        excuses=excuses.of_constraint(type(item).__name__, valid=valid),
    )


def _locks_of_adding(item: Any) -> Mapping[TableName, Lock]:
    table = ddl.table_name(item)
    if isinstance(item, ForeignKey):
        lock = Lock.SHARE_ROW_EXCLUSIVE
        return {table: lock, target(item): lock}
    return {table: Lock.ACCESS_EXCLUSIVE}


def _work_of_adding(item: Any, *, valid: bool) -> Work:
    if type(item).__name__ in {"PrimaryKey", "Unique", "Exclusion"}:
        return Work.BUILD
    return Work.SCAN if valid and item.enforced else Work.CATALOG


def add_using_index(item: Any, name: str, index: str, *, scan: bool = False) -> Operation:
    """Make a unique index the index of a constraint, which then has the constraint's name."""
    table = ddl.table_name(item)
    word = "PRIMARY KEY" if type(item).__name__ == "PrimaryKey" else "UNIQUE"
    return Operation(
        sql=f"ALTER TABLE {ddl.path(*table)} ADD CONSTRAINT {types.quote(name)} {word} "
        f"USING INDEX {types.quote(index)}{ddl.deferrable(item)}",
        locks={table: Lock.ACCESS_EXCLUSIVE},
        work=Work.SCAN if scan else Work.CATALOG,
        done=exists(table, name),
    )


def validate(table: TableName, name: str, referenced: TableName | None = None) -> Operation:
    """Check the old rows of a NOT VALID constraint while reads and writes go on."""
    locks = {table: Lock.SHARE_UPDATE_EXCLUSIVE}
    if referenced is not None and referenced != table:
        locks[referenced] = Lock.ROW_SHARE
    return Operation(
        sql=f"ALTER TABLE {ddl.path(*table)} VALIDATE CONSTRAINT {types.quote(name)}",
        locks=locks,
        work=Work.SCAN,
    )


def drop(item: Any, name: str, *, late: bool = False) -> Operation:
    """Drop a constraint; a foreign key locks both of its tables.

    `late`: a later step may drop the table, so that a second run does not find it.
    """
    table = ddl.table_name(item)
    locks = {table: Lock.ACCESS_EXCLUSIVE}
    if isinstance(item, ForeignKey):
        locks[target(item)] = Lock.ACCESS_EXCLUSIVE
    path = f"{'IF EXISTS ' if late else ''}{ddl.path(*table)}"
    return Operation(
        sql=f"ALTER TABLE {path} DROP CONSTRAINT IF EXISTS {types.quote(name)}",
        locks=locks,
        action="drop_constraint",
        item=item,
        options={"name": name},
        excuses=excuses.DROP_CONSTRAINT,
    )


def rename(table: TableName, old: str, new: str) -> Operation:
    """Rename a constraint, and its index with it."""
    return Operation(
        sql=f"ALTER TABLE {ddl.path(*table)} RENAME CONSTRAINT {types.quote(old)} "
        f"TO {types.quote(new)}",
        locks={table: Lock.ACCESS_EXCLUSIVE},
        done=f"NOT {exists(table, old)}",
        excuses=excuses.RENAMED,
    )


def not_null(table: TableName, column: str, name: str) -> Operation:
    """Add a NOT NULL constraint that only new rows are checked for, from PostgreSQL 18 on."""
    return Operation(
        sql=f"ALTER TABLE {ddl.path(*table)} ADD CONSTRAINT {types.quote(name)} "
        f"NOT NULL {types.quote(column)} NOT VALID",
        locks={table: Lock.ACCESS_EXCLUSIVE},
        done=f"EXISTS (SELECT FROM pg_attribute WHERE attrelid = {ddl.to_regclass(table)}"
        f" AND attname = {string_literal(column)} AND attnotnull)",
    )


def check_not_null(table: TableName, column: str, name: str) -> Operation:
    """Add a check that a column is not NULL, which only new rows are checked for."""
    return Operation(
        sql=f"ALTER TABLE {ddl.path(*table)} ADD CONSTRAINT {types.quote(name)} "
        f"CHECK ({types.quote(column)} IS NOT NULL) NOT VALID",
        locks={table: Lock.ACCESS_EXCLUSIVE},
        done=exists(table, name),
    )


def drop_check(table: TableName, name: str) -> Operation:
    """Drop a temporary check."""
    return Operation(
        sql=f"ALTER TABLE {ddl.path(*table)} DROP CONSTRAINT IF EXISTS {types.quote(name)}",
        locks={table: Lock.ACCESS_EXCLUSIVE},
        excuses=excuses.DROP_CONSTRAINT,
    )
