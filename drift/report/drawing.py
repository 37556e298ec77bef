"""Both sides of one table as text, for reports that draw them next to each other."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A column, constraint or index of a table; a side is None if it lacks the part.

    A column's cells are `type`, `null`, `default` and, if there are any, `collation` and
    `comment`; anything else has a `definition`, a cell per further clause, such as `include` or
    `delete`, and its `name` if that differs. `marked` are the cells that differ.
    """

    kind: str
    name: str
    expected: Mapping[str, str] | None = None
    actual: Mapping[str, str] | None = None
    marked: tuple[str, ...] = ()


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """A foreign key from a drawn table; tables as `schema.table`, with the sides that have it."""

    name: str
    table: str
    columns: tuple[str, ...]
    target: str
    target_columns: tuple[str, ...]
    expected: bool
    actual: bool


class Drawing(msgspec.Struct, frozen=True, kw_only=True):
    """One table with differences: its columns in the models' order first, then the rest."""

    schema: str
    name: str
    parts: tuple[Part, ...]
    links: tuple[Link, ...] = ()

    @property
    def path(self) -> str:
        """`schema.table`."""
        return f"{self.schema}.{self.name}"
