# mypy: ignore-errors
"""Columns that join their class or table after its declaration."""

from sqlalchemy import Column, Integer, MetaData, Table
from sqlalchemy.orm import declarative_base

Base = declarative_base(metadata=MetaData())
metadata = Base.metadata


class Person(Base):  # -> people
    __tablename__ = "people"
    id = Column(Integer, primary_key=True)  # -> people.id


class Child(Person):
    pass


Person.age = Column(Integer)  # -> people.age
Person.size: Column = Column("height", Integer)  # -> people.height
Person.__table__.append_column(Column("weight", Integer))  # -> people.weight
Person.__table__.append_column(Column("un" + "seen", Integer))  # -> people.unseen
Person.label = "not a column"

pets = Table("pets", metadata)  # -> pets
pets.append_column(
    Column("id", Integer),  # -> pets.id
)
