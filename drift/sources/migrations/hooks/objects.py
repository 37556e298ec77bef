"""SQLAlchemy's objects from descriptions of both sides, as hooks of env.py get them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from drift.sources.migrations.hooks import messages
from drift.sources.migrations.hooks.types import type_of

_LONGEST = 63
"""Characters of a name that PostgreSQL keeps."""


def table_of(description: messages.Table, schema: str | None, name: str) -> sa.Table:
    """Return a table with its columns, and without its constraints and indexes."""
    primary = [part for part in description.parts if part.kind == "primary-key"]
    keys = {key for part in primary for key in part.keys}
    columns = [_column(each, is_key=each.name in keys) for each in description.columns]
    return sa.Table(name, sa.MetaData(), *columns, schema=schema, comment=description.comment)


def _column(column: messages.Column, *, is_key: bool) -> sa.Column[Any]:
    default = sa.text(column.default) if column.default else None
    return sa.Column(
        column.name,
        type_of(column.type, column.labels),
        nullable=column.nullable,
        server_default=default,
        comment=column.comment,
        primary_key=is_key,
    )


def part_of(table: sa.Table, part: messages.Part) -> Any:
    """Return a constraint or an index, which is added to a table; None if too little is known."""
    keys: list[Any] = [table.c[key] for key in part.keys if key is not None and key in table.c]
    if part.kind == "index":
        expressions = [sa.text("expression")] if not keys else []
        return sa.Index(part.name, *keys, *expressions, unique=part.unique, _table=table)
    if part.kind == "unique":
        constraint: Any = sa.UniqueConstraint(*keys, name=part.name)
    elif part.target is None or len(keys) != len(part.target_columns):
        return None
    else:
        target = _target(table.metadata, part.target, part.target_columns)
        referenced = [target.c[column] for column in part.target_columns]
        constraint = sa.ForeignKeyConstraint([key.name for key in keys], referenced, name=part.name)
    table.append_constraint(constraint)
    return constraint


def _target(
    metadata: sa.MetaData, name: tuple[str | None, str], columns: Sequence[str]
) -> sa.Table:
    """Return the table that a foreign key refers to, with these columns."""
    own = [t for t in metadata.tables.values() if (t.schema, t.name) == name]
    table = own[0] if own else sa.Table(name[1], metadata, schema=name[0])
    for column in columns:
        if column not in table.c:
            table.append_column(sa.Column(column, sa.types.NullType()))
    return table


def declared_part(table: sa.Table, part: messages.Part) -> Any:
    """Return the constraint or index of a table of the models; None if it has none like that."""
    candidates = [each for each in _parts(table, part.kind) if _keys(each) == part.keys]
    named = [each for each in _parts(table, part.kind) if short(each.name) == part.name]
    return next(iter((*(each for each in named if part.name), *candidates)), None)


def _parts(table: sa.Table, kind: str) -> list[Any]:
    if kind == "index":
        return sorted(table.indexes, key=lambda index: str(index.name))
    wanted = {"unique": sa.UniqueConstraint, "foreign-key": sa.ForeignKeyConstraint}[kind]
    return [each for each in table.constraints if isinstance(each, wanted)]


def _keys(part: Any) -> tuple[str | None, ...]:
    expressions = getattr(part, "expressions", None)
    columns = part.columns if expressions is None else expressions
    return tuple(short(getattr(column, "name", None)) for column in columns)


def short(name: Any) -> str | None:
    """Return a name as PostgreSQL keeps it; None for an object without a name."""
    return None if name is None or not isinstance(name, str) else str(name)[:_LONGEST]
