# mypy: ignore-errors
# ruff: noqa: RUF012, N805
"""Columns from mixins, abstract bases, declared attributes and parents."""

from sqlalchemy import Column, DateTime, ForeignKey, Integer, String
from sqlalchemy.orm import declarative_base, declared_attr


class Base:
    id = Column(Integer, primary_key=True)  # -> animals.id, reports.id, named.id


Base = declarative_base(cls=Base)
metadata = Base.metadata


class Timestamps:
    created_at = Column(DateTime)  # -> animals.created_at, reports.created_at

    @declared_attr
    def author(cls):
        return Column("author_id", Integer)  # -> animals.author_id, reports.author_id


class Abstract(Timestamps, Base):
    __abstract__ = True
    revision = Column(Integer)  # -> animals.revision, reports.revision


class Report(Abstract):  # -> reports
    __tablename__ = "reports"
    title = Column(String)  # -> reports.title


class Animal(Abstract):  # -> animals
    __tablename__ = "animals"
    kind = Column(String)  # -> animals.kind
    __mapper_args__ = {"polymorphic_on": kind}


class Cat(Animal):
    __mapper_args__ = {"polymorphic_identity": "cat"}
    lives = Column(Integer)  # -> animals.lives


class Dog(Animal):  # -> dogs
    __tablename__ = "dogs"
    __mapper_args__ = {"polymorphic_identity": "dog"}
    id = Column(ForeignKey("animals.id"), primary_key=True)  # -> dogs.id
    tricks = Column(Integer)  # -> dogs.tricks


class NamesItself:
    @declared_attr
    def __tablename__(cls):
        return cls.__name__.lower()


class Named(NamesItself, Base):  # -> named
    pass
