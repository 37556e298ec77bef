"""The parts of the ORM's mappings that advice is about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec


class Relationship(msgspec.Struct, frozen=True, kw_only=True):
    """A relationship from one row to many: `name` is `Class.attribute`, of `schema.table`.

    `columns` are those of `child_table` that point at the `target_columns` of `table`; with
    `secondary`, the child table is the one between two many-to-many sides. `deletes`: the models
    delete the children of a deleted row. `plain`: it has no condition and no order of its own.
    `alone`: no other relationship of the class writes these columns. `is_unusual`: it is never
    loaded, or is written by another mechanism.
    """

    name: str
    schema: str
    table: str
    child: str
    child_schema: str
    child_table: str
    columns: tuple[str, ...]
    target_columns: tuple[str, ...]
    passive: Literal["no", "yes", "all"] = "no"
    secondary: bool = False
    deletes: bool = False
    scalar: bool = False
    view_only: bool = False
    plain: bool = True
    alone: bool = True
    is_unusual: bool = False


class Mappings(msgspec.Struct, frozen=True, kw_only=True):
    """The relationships of the models, and the defaults with a time zone.

    `aware_defaults` map the schema, table and name of a column to the code of its default.
    """

    relationships: tuple[Relationship, ...] = ()
    aware_defaults: Mapping[tuple[str, str, str], str] = {}
    notes: tuple[str, ...] = ()
