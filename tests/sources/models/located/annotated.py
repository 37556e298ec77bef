# mypy: ignore-errors
"""Annotated classes, for SQLAlchemy 2."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from sqlalchemy import ForeignKey, Integer, String, Table
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    MappedAsDataclass,
    composite,
    declared_attr,
    mapped_column,
    relationship,
)

Key = Annotated[int, mapped_column(primary_key=True)]


class Base(DeclarativeBase):
    __table__: ClassVar[Table]


metadata = Base.metadata


class Owned:
    owner: Mapped[int]  # -> books.owner

    @declared_attr
    @classmethod
    def reviewer_id(cls) -> Mapped[int]:
        return mapped_column(ForeignKey("readers.id"))  # -> books.reviewer_id


@dataclass
class Point:
    x: int
    y: int


class Book(Owned, Base):  # -> books
    __table__: ClassVar[Table]
    __tablename__ = "books"

    id: Mapped[Key]  # -> books.id
    title: Mapped[str] = mapped_column(  # -> books.title
        String(200),
    )
    pages: Mapped[int | None] = mapped_column("page_count")  # -> books.page_count
    reader: Mapped["Reader"] = relationship()
    corner: Mapped[Point] = composite(
        mapped_column("corner_x"),  # -> books.corner_x
        mapped_column("corner_y"),  # -> books.corner_y
    )


class Reader(MappedAsDataclass, Base):  # -> readers
    __tablename__ = "readers"
    id: Mapped[int] = mapped_column(init=False, primary_key=True)  # -> readers.id
    name: Mapped[str]  # -> readers.name


Reader.nick = mapped_column("nickname", Integer)  # -> readers.nickname
