"""Relationships that contradict ON DELETE: the advice predicts what session.delete() does.

Every combination of cascade, passive_deletes, ON DELETE and nullability is deleted by the ORM, with
children that are loaded and with children that are not.
"""

from __future__ import annotations

from itertools import product
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
import sqlalchemy.orm

from tests.servers import create_all, engine_of
from tests.system.checking import check

orm: Any = sqlalchemy.orm
RULE, SLOW = "delete-rule-contradiction", "delete-loads-children"
CASCADES = ("save-update, merge", "all, delete", "all, delete-orphan")
PASSIVE: tuple[Any, ...] = (False, True, "all")
ACTIONS = ("NO ACTION", "RESTRICT", "CASCADE", "SET NULL", "SET DEFAULT")
COMBINATIONS = [
    each
    for each in product(CASCADES, PASSIVE, ACTIONS, (True, False))
    if not ("delete" in each[0] and each[1] == "all")  # SQLAlchemy refuses it
]


def column(*arguments: Any, **options: Any) -> Any:
    """Return a column, without its type for mypy."""
    return sa.Column(*arguments, **options)


def models(cascade: str, passive: Any, action: str, nullable: bool, **more: Any) -> Any:
    """Return the base of a parent with children."""
    base: Any = orm.declarative_base()

    class Parent(base):
        __tablename__ = "parents"
        id = sa.Column(sa.Integer, primary_key=True)
        children = orm.relationship(
            "Child", cascade=cascade, passive_deletes=passive, backref="parent", **more
        )

    class Child(base):
        __tablename__ = "children"
        id = sa.Column(sa.Integer, primary_key=True)
        parent_id = column(
            sa.ForeignKey("parents.id", ondelete=action),
            nullable=nullable,
            server_default="0",
            index=True,
        )

    base.Parent, base.Child = Parent, Child
    return base


def outcome(base: Any, database: Any, *, loaded: bool) -> str:
    """Return what happens to a child when the ORM deletes its parent."""
    with psycopg.connect(database.url) as connection:
        connection.execute("TRUNCATE parents, children CASCADE")
        connection.execute("INSERT INTO parents VALUES (0), (1)")
        connection.execute("INSERT INTO children VALUES (1, 1)")
    engine = engine_of(database)
    try:
        with orm.Session(engine) as session:
            parent = session.get(base.Parent, 1)
            if loaded:
                assert len(parent.children) == 1
            session.delete(parent)
            session.commit()
    except sa.exc.IntegrityError:
        return "fails"
    finally:
        engine.dispose()
    rows = database.fetch("SELECT parent_id FROM children")
    return "deleted" if not rows else f"kept with {rows[0][0]}"


@pytest.mark.parametrize("combination", COMBINATIONS, ids=str)
def test_the_advice_is_what_happens(combination: Any, database: Any) -> None:
    cascade, passive, action, nullable = combination
    base = models(*combination)
    create_all(base.metadata, database.url)
    checked = check(database.url, base.metadata, advice=(RULE, SLOW))
    assert checked.in_sync
    rules = [finding.rule for finding in checked.advice]
    unloaded, loaded = (outcome(base, database, loaded=each) for each in (False, True))
    meant = {"CASCADE": "deleted", "SET NULL": "kept with None", "SET DEFAULT": "kept with 0"}
    by_database = meant.get(action, "fails")
    if action == "SET NULL" and not nullable:
        by_database = "fails"
    if RULE in rules:
        text = checked.advice[0].detail
        assert unloaded != loaded or loaded not in {by_database, "deleted"} or passive
        assert ("fails" in text) == ("fails" in {unloaded, loaded})
        assert "kept" not in text or any("kept" in each for each in (unloaded, loaded))
    elif passive != "all":
        # one outcome: the database's, or one that the cascade asks for, or the usual NULL
        usual = {by_database, "deleted"} if "delete" in cascade else {by_database}
        if action in {"NO ACTION", "RESTRICT"} and not passive:
            usual.add("kept with None")
        if action == "SET DEFAULT":
            usual.add(loaded)
        assert unloaded in usual
        assert loaded in usual
    assert (SLOW in rules) == ("delete" in cascade and not passive and action == "CASCADE")


def test_examples_in_words(database: Any) -> None:
    base = models("save-update, merge", True, "NO ACTION", nullable=False)
    create_all(base.metadata, database.url)
    (finding,) = check(database.url, base.metadata, advice=(RULE,)).advice
    assert finding.object.path == "public.parents.Parent.children"
    assert finding.message == (
        "relationship Parent.children: children_parent_id_fkey on children (parent_id) has ON "
        "DELETE NO ACTION: passive_deletes=True leaves children that are not loaded: the DELETE "
        "fails"
    )


SILENT: list[tuple[str, dict[str, Any], str]] = [
    ("view only", {"viewonly": True, "backref": None}, ""),
    ("never loaded", {"lazy": "noload"}, ""),
    ("a trigger deletes the children", {},
     "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN DELETE FROM children WHERE"
     " parent_id = OLD.id; RETURN OLD; END $$; CREATE TRIGGER t BEFORE DELETE ON parents FOR EACH"
     " ROW EXECUTE FUNCTION f()"),
    ("a rule does something else", {},
     "CREATE RULE r AS ON DELETE TO parents DO INSTEAD UPDATE parents SET id = id"),
    ("no foreign key", {}, "ALTER TABLE children DROP CONSTRAINT children_parent_id_fkey"),
    ("disabled triggers", {}, "ALTER TABLE children DISABLE TRIGGER ALL;"
     "ALTER TABLE parents DISABLE TRIGGER ALL"),
    ("updated later", {"post_update": True}, ""),
]  # fmt: skip


@pytest.mark.parametrize("case", SILENT, ids=lambda case: case[0])
def test_relationships_that_decide_nothing(case: Any, database: Any) -> None:
    _, options, sql = case
    arguments: dict[str, Any] = {"cascade": "save-update", "passive": True} | options
    if options.get("viewonly"):
        arguments["cascade"] = ""
    base = viewing(**arguments)
    create_all(base.metadata, database.url)
    database.execute(sql)
    assert not check(database.url, base.metadata, advice=(RULE, SLOW)).advice


def viewing(*, cascade: str, passive: bool, backref: Any = "parent", **more: Any) -> Any:
    """Return models whose relationship has other options, too."""
    base: Any = orm.declarative_base()
    options: dict[str, Any] = {"cascade": cascade} if cascade else {}
    if not more.get("viewonly"):
        options["passive_deletes"] = passive

    class Parent(base):
        __tablename__ = "parents"
        id = sa.Column(sa.Integer, primary_key=True)
        children = orm.relationship("Child", backref=backref, **options, **more)

    class Child(base):
        __tablename__ = "children"
        id = sa.Column(sa.Integer, primary_key=True)
        parent_id = column(sa.ForeignKey("parents.id"))

    return base


def test_two_relationships_over_one_key_are_not_judged(database: Any) -> None:
    base: Any = orm.declarative_base()

    class Parent(base):
        __tablename__ = "parents"
        id = sa.Column(sa.Integer, primary_key=True)
        first = orm.relationship("Child", passive_deletes=True, overlaps="all_of_them")
        all_of_them = orm.relationship("Child", overlaps="first")

    class Child(base):
        __tablename__ = "children"
        id = sa.Column(sa.Integer, primary_key=True)
        parent_id = column(sa.ForeignKey("parents.id"))

    create_all(base.metadata, database.url)
    assert not check(database.url, base.metadata, advice=(RULE,)).advice


@pytest.mark.parametrize(
    ("passive", "action", "nullable", "loud"),
    [
        (False, "NO ACTION", True, False),
        (True, "NO ACTION", True, True),
        (True, "CASCADE", True, False),
        (False, "CASCADE", True, False),
        (True, "SET NULL", True, True),
        ("all", "NO ACTION", True, False),
    ],
)
def test_rows_of_an_association_table(
    passive: Any, action: str, nullable: bool, loud: bool, database: Any
) -> None:
    base: Any = orm.declarative_base()
    links = sa.Table(
        "links",
        base.metadata,
        sa.Column("parent_id", sa.ForeignKey("parents.id", ondelete=action), nullable=nullable),
        sa.Column("tag_id", sa.ForeignKey("tags.id")),
    )

    class Parent(base):
        __tablename__ = "parents"
        id = sa.Column(sa.Integer, primary_key=True)
        tags = orm.relationship("Tag", secondary=links, passive_deletes=passive)

    class Tag(base):
        __tablename__ = "tags"
        id = sa.Column(sa.Integer, primary_key=True)

    create_all(base.metadata, database.url)
    assert bool(check(database.url, base.metadata, advice=(RULE, SLOW)).advice) == loud
    database.execute(
        "INSERT INTO parents VALUES (1); INSERT INTO tags VALUES (1);"
        "INSERT INTO links VALUES (1, 1)"
    )
    engine = engine_of(database)
    failed = False
    with orm.Session(engine) as session:
        session.delete(session.get(Parent, 1))
        try:
            session.commit()
        except sa.exc.IntegrityError:
            failed = True
    engine.dispose()
    kept = bool(database.fetch("SELECT FROM links"))
    assert loud == (failed or kept) or passive == "all"
