"""Constraints that ALTER TABLE … ADD makes count, whatever that left behind in this process."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.schema import AddConstraint, DropConstraint

from tests.servers import Database, create_all
from tests.system.checking import found


def use_alter() -> sa.MetaData:
    metadata = sa.MetaData()
    key = sa.ForeignKey("t.id", name="fk", use_alter=True)
    sa.Table("t", metadata, sa.Column("id", sa.Integer, primary_key=True),
             sa.Column("p", sa.Integer, key))  # fmt: skip
    return metadata


def cycle(name: str | None) -> Callable[[], sa.MetaData]:
    def made() -> sa.MetaData:
        metadata = sa.MetaData()
        for table, other in (("t", "u"), ("u", "t")):
            key = sa.ForeignKey(f"{other}.id", name=name if table == "t" else "back")
            sa.Table(table, metadata, sa.Column("id", sa.Integer, primary_key=True),
                     sa.Column("p", sa.Integer, key))  # fmt: skip
        return metadata

    return made


def checks() -> sa.MetaData:
    metadata = sa.MetaData()
    kind = sa.Enum("x", native_enum=False, create_constraint=True, name="fk")
    sa.Table("t", metadata, sa.Column("id", sa.Integer, primary_key=True), sa.Column("k", kind))
    return metadata


def added(dialect: str) -> Callable[[], sa.MetaData]:
    """Return a function that makes metadata whose check a listener adds, on one dialect only."""

    def made() -> sa.MetaData:
        metadata = sa.MetaData()
        table = sa.Table("t", metadata, sa.Column("id", sa.Integer, primary_key=True))
        check = sa.CheckConstraint("id > 0", name="fk")
        table.append_constraint(check)
        statement: Any = AddConstraint(check)
        sa.event.listen(table, "after_create", statement.execute_if(dialect=dialect))
        return metadata

    return made


MADE: dict[str, tuple[Callable[[], sa.MetaData], str]] = {
    "use_alter": (use_alter, "missing-foreign-key public.t.fk"),
    "a cycle": (cycle("fk"), "missing-foreign-key public.t.fk"),
    "a cycle with a key without a name": (cycle(None), "missing-foreign-key public.t.t_p_fkey"),
    "an enum's check": (checks, "missing-check public.t.fk"),
    "a check that a listener adds": (added("postgresql"), "missing-check public.t.fk"),
}


@pytest.mark.parametrize(("metadata", "missing"), MADE.values(), ids=MADE)
def test_objects_that_create_all_made_before(
    database: Database, metadata: Callable[[], sa.MetaData], missing: str
) -> None:
    made = metadata()
    create_all(made, database.url)
    assert found(database.url, made) == []
    name = missing.rpartition(".")[2]
    database.execute(f"ALTER TABLE t DROP CONSTRAINT {name}")
    assert found(database.url, made) == [f"error {missing}"]


def test_objects_that_were_dropped_before(database: Database) -> None:
    metadata = use_alter()
    create_all(metadata, database.url)
    for table in metadata.tables.values():
        for key in table.foreign_key_constraints:
            DropConstraint(key)
    assert found(database.url, metadata) == []


def test_constraints_that_a_listener_adds_on_another_dialect(database: Database) -> None:
    metadata = added("mysql")()
    create_all(metadata, database.url)
    assert found(database.url, metadata) == []
