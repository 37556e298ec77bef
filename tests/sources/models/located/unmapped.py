# mypy: ignore-errors
"""Columns that are in the table only, for SQLAlchemy 2.1."""

from sqlalchemy.orm import DeclarativeBase, Mapped, Unmapped, mapped_column, unmapped_column


class Base(DeclarativeBase):
    pass


metadata = Base.metadata


class Guest(Base):  # -> guests
    __tablename__ = "guests"

    id: Mapped[int] = mapped_column(primary_key=True)  # -> guests.id
    legacy: Unmapped[str | None] = unmapped_column("old_name")  # -> guests.old_name
    annotated: Unmapped[str]  # -> guests.annotated
