# mypy: ignore-errors
"""SQLModel classes."""

from sqlalchemy import Column, String
from sqlmodel import Field, SQLModel

metadata = SQLModel.metadata


class HeroBase(SQLModel):
    name: str = Field(index=True)  # -> hero.name
    age: int | None = None  # -> hero.age


class Hero(HeroBase, table=True):  # -> hero
    id: int | None = Field(default=None, primary_key=True)  # -> hero.id
    secret: str = Field(sa_column=Column("secret_name", String))  # -> hero.secret_name
