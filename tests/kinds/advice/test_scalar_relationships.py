"""Relationships to one row that may be many."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
import sqlalchemy.orm

from tests.servers import create_all
from tests.system.checking import check

orm: Any = sqlalchemy.orm
RULE = "scalar-relationship-without-unique"
LOUD: list[tuple[str, dict[str, Any], dict[str, Any], str]] = [
    ("nothing", {}, {}, ""),
    ("an index", {}, {"index": True}, ""),
    ("unique together with another column", {}, {},
     "ALTER TABLE children ADD UNIQUE (parent_id, name)"),
]  # fmt: skip
SILENT: list[tuple[str, dict[str, Any], dict[str, Any], str]] = [
    ("a list", {"uselist": True}, {}, ""),
    ("a unique constraint", {}, {"unique": True}, ""),
    ("a unique index", {}, {"unique": True, "index": True}, ""),
    ("a unique constraint of the models alone: it is missing", {}, {"unique": True},
     "ALTER TABLE children DROP CONSTRAINT children_parent_id_key"),
    ("a unique constraint of the database alone: it is extra", {}, {},
     "ALTER TABLE children ADD UNIQUE (parent_id)"),
    ("a partial unique index", {}, {},
     "CREATE UNIQUE INDEX ON children (parent_id) WHERE name IS NULL"),
    ("an order chooses one", {"order_by": "Child.id"}, {}, ""),
    ("view only", {"viewonly": True}, {}, ""),
    ("a condition chooses one",
     {"primaryjoin": "and_(Parent.id == Child.parent_id, Child.name == 'first')"}, {}, ""),
]  # fmt: skip


def advised(case: Any, database: Any) -> list[str]:
    """Return the paths of the advice about a relationship and a column with some options."""
    _, relationship, column, sql = case
    base: Any = orm.declarative_base()

    class Parent(base):
        __tablename__ = "parents"
        id = sa.Column(sa.Integer, primary_key=True)
        child = orm.relationship("Child", **{"uselist": False, **relationship})

    class Child(base):
        __tablename__ = "children"
        id = sa.Column(sa.Integer, primary_key=True)
        name = sa.Column(sa.Text)
        parent_id: Any = sa.Column(sa.Integer, sa.ForeignKey("parents.id"), **column)

    create_all(base.metadata, database.url)
    database.execute(sql)
    outcome = check(database.url, base.metadata, advice=(RULE,))
    return [finding.object.path for finding in outcome.advice]


@pytest.mark.parametrize("case", LOUD, ids=lambda case: case[0])
def test_columns_that_are_not_unique(case: Any, database: Any) -> None:
    assert advised(case, database) == ["public.parents.Parent.child"]


@pytest.mark.parametrize("case", SILENT, ids=lambda case: case[0])
def test_one_row_at_most(case: Any, database: Any) -> None:
    assert advised(case, database) == []


def test_the_other_side_and_shared_primary_keys_are_silent(database: Any) -> None:
    base: Any = orm.declarative_base()

    class Parent(base):
        __tablename__ = "parents"
        id = sa.Column(sa.Integer, primary_key=True)

    class Child(base):
        __tablename__ = "children"
        id: Any = sa.Column(sa.ForeignKey("parents.id"), primary_key=True)
        parent = orm.relationship("Parent", backref=orm.backref("child", uselist=False))

    create_all(base.metadata, database.url)
    assert check(database.url, base.metadata, advice=(RULE,)).advice == ()


@pytest.mark.parametrize("unique", [True, False])
def test_an_association_table(unique: bool, database: Any) -> None:
    base: Any = orm.declarative_base()
    links = sa.Table(
        "links",
        base.metadata,
        sa.Column("parent_id", sa.Integer, sa.ForeignKey("parents.id"), unique=unique),
        sa.Column("tag_id", sa.Integer, sa.ForeignKey("tags.id")),
    )

    class Parent(base):
        __tablename__ = "parents"
        id = sa.Column(sa.Integer, primary_key=True)
        tag = orm.relationship("Tag", secondary=links, uselist=False)

    class Tag(base):
        __tablename__ = "tags"
        id = sa.Column(sa.Integer, primary_key=True)

    create_all(base.metadata, database.url)
    assert bool(check(database.url, base.metadata, advice=(RULE,)).advice) == (not unique)


def test_a_mapper_that_cannot_be_configured_is_a_note(database: Any) -> None:
    base: Any = orm.declarative_base()

    class Parent(base):
        __tablename__ = "parents"
        id = sa.Column(sa.Integer, primary_key=True)
        child = orm.relationship("Nothing of that name")

    create_all(base.metadata, database.url)
    outcome = check(database.url, base.metadata, advice=("*",))
    assert outcome.in_sync
    assert [note for note in outcome.notes if note.startswith("no advice about relationships: ")]
    assert not check(database.url, base.metadata).notes[1:]
