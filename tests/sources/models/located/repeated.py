# mypy: ignore-errors
"""Classes of one name in one file."""

from typing import TYPE_CHECKING

from sqlalchemy import Column, Integer, MetaData
from sqlalchemy.orm import registry

metadata = MetaData()


def base():
    return registry(metadata=metadata).generate_base()


class Thing(base()):  # -> first
    __tablename__ = "first"
    id = Column(Integer, primary_key=True)  # -> first.id


First = Thing


class Thing(base()):  # -> second
    __tablename__ = "second"
    id = Column(Integer, primary_key=True)  # -> second.id


Second = Thing


class Thing(base()):  # -> third
    __tablename__ = f"{'third'}"
    id = Column(Integer, primary_key=True)  # -> third.id
    if TYPE_CHECKING:
        size: int
    else:
        size = Column(Integer)  # -> third.size


Third = Thing


class Thing(base()):  # -> fourth
    __tablename__: str = "fourth"
    id = Column(Integer, primary_key=True)  # -> fourth.id


Fourth = Thing


class Thing:
    unrelated = 1


def make(name):
    return type(  # -> by_type
        "Dynamic",
        (base(),),
        {"__tablename__": name, "id": Column(Integer, primary_key=True)},  # -> by_type.id
    )


Typed = make("by_type")
exec("""  # -> by_exec, by_exec.id
class Executed(base()):
    __tablename__ = "by_exec"
    id = Column(Integer, primary_key=True)
""")
