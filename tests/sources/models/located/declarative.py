# mypy: ignore-errors
# ruff: noqa: RUF012
"""Classic declarative classes; the trailing comments say what is declared on the line."""

import sqlalchemy as sa
from sqlalchemy import Column as Col
from sqlalchemy import Enum, ForeignKey, Integer, String, Table
from sqlalchemy.orm import column_property, declarative_base, deferred, relationship

Base = declarative_base()
metadata = Base.metadata


def tagged(cls):
    return cls


class User(Base):  # -> users
    __tablename__ = "users"

    id = Col(Integer, primary_key=True)  # -> users.id
    email = sa.Column(  # -> users.email
        String(255),
        unique=True,
    )
    kind = Col("type", Enum("a", "b", name="user_kind"))  # -> users.type
    type = Col("kind", String)  # -> users.kind
    keyed = Col("stored", Integer, key="key_of_stored")  # -> users.stored
    notes = deferred(Col(String))  # -> users.notes
    shout = column_property(Col(name="loud", type_=String))  # -> users.loud
    first, last = Col(String), Col(String)  # -> users.first, users.last
    if Base is not None:
        conditional = Col(Integer)  # -> users.conditional
    groups = relationship(
        "Group",
        secondary=Table(  # -> memberships
            "memberships",
            Base.metadata,
            Col("user_id", ForeignKey("users.id")),  # -> memberships.user_id
            Col(  # -> memberships.group_id
                "group_id",
                ForeignKey("groups.id"),
            ),
        ),
    )

    class Settings:
        column = Col("nested", Integer)


for name in ["group_id", "nested"]:
    User.__table__.append_column(Col(name, Integer))  # -> users.group_id, users.nested


@tagged
@tagged
class Group(Base):  # -> groups
    __tablename__ = "groups"
    id = Col(Integer, primary_key=True)  # -> groups.id


class Outer:
    class Inner(Base):  # -> inner
        __tablename__ = "inner"
        id = Col(Integer, primary_key=True)  # -> inner.id


def make():
    class Made(Base):  # -> made
        __tablename__ = "made"
        id = Col(Integer, primary_key=True)  # -> made.id

    return Made


Made = make()


class WithTable(Base):
    __table__ = Table(  # -> with_table
        "with_table",
        Base.metadata,
        Col("id", Integer, primary_key=True),  # -> with_table.id
        Col("name", String),  # -> with_table.name
    )


class Narrow(Base):
    __table__ = User.__table__
    __mapper_args__ = {"include_properties": ["id"], "concrete": True}


class Prefixed(Base):  # -> prefixed
    __tablename__ = "prefixed"
    __mapper_args__ = {"column_prefix": "_"}
    id = Col(Integer, primary_key=True)  # -> prefixed.id


def key():
    return Col(Integer, primary_key=True)


class OwnColumn(Col):
    inherit_cache = True

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)


class Helped(Base):  # -> helped
    __tablename__ = "helped"
    id = key()  # -> helped.id
    size = OwnColumn(Integer)  # -> helped.size


Helped.later = OwnColumn(Integer)  # -> helped.later
Table(  # -> plain
    "plain",
    metadata,
    OwnColumn("id", Integer),  # -> plain.id
)


class Broken(Base):  # -> broken
    __tablename__ = "broken"
    id = Col(Integer, primary_key=True)  # -> broken.id
    nobody = relationship("NoSuchClass")
