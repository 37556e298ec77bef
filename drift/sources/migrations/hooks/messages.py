"""The questions about differences that the process of env.py gets, and its answers."""

from __future__ import annotations

import msgspec


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """A column; its type and default as PostgreSQL writes them, and the labels of an enum."""

    name: str
    type: str
    labels: tuple[str, ...] = ()
    nullable: bool = True
    default: str | None = None
    comment: str | None = None


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A primary key, a unique constraint, a foreign key or an index of a table.

    `keys` are names of columns; an expression of an index is None. `target` is the referenced
    table, without a schema if that is the default one, with its columns in `target_columns`.
    """

    kind: str
    name: str | None
    keys: tuple[str | None, ...] = ()
    unique: bool = False
    target: tuple[str | None, str] | None = None
    target_columns: tuple[str, ...] = ()


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """A table of one side. A relation that is no table is not `reflected` by Alembic."""

    columns: tuple[Column, ...] = ()
    parts: tuple[Part, ...] = ()
    comment: str | None = None
    reflected: bool = True


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """A difference with its number; `kind` is that of the object, "" for the table as a whole.

    `changed` are the attributes that differ. `declared` and `live` are the names of a column; the
    parts of other kinds are in `declared_part` and `live_part`.
    """

    number: int
    kind: str = ""
    changed: tuple[str, ...] = ()
    declared: str | None = None
    live: str | None = None
    declared_part: Part | None = None
    live_part: Part | None = None


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """The differences of a table; without a `name`, those of objects outside of any.

    `schema` is None for the default one, whose name is in `default`.
    """

    schema: str | None
    default: str
    name: str = ""
    declared: Table | None = None
    live: Table | None = None
    items: tuple[Item, ...] = ()


class Excluded(msgspec.Struct, frozen=True, kw_only=True):
    """A difference that a hook excludes: its number, and the name of the hook."""

    number: int
    hook: str


class Configured(msgspec.Struct, frozen=True, kw_only=True):
    """The arguments of `context.configure` that matter, without the functions.

    `hooks` has the file and line of each hook. `models` are names of the metadata's holders, in
    the form `module:name`, `imports` the modules that declare its tables, `path` the folders that
    they come from. `tables` is the number of its tables.
    """

    hooks: dict[str, str] = {}
    include_schemas: bool = False
    has_metadata: bool = False
    models: tuple[str, ...] = ()
    imports: tuple[str, ...] = ()
    path: tuple[str, ...] = ()
    tables: tuple[tuple[str | None, str], ...] = ()
