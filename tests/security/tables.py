"""Tables that hold one expression wherever an expression can be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from tests.servers import Database, create_all

HARMLESS = "upper(x) <> 'a'"
Items = Callable[[str], tuple[Any, ...]]


def as_check(text: str) -> tuple[Any, ...]:
    return (sa.CheckConstraint(text, name="ck"),)


def as_default(text: str) -> tuple[Any, ...]:
    return (sa.Column("d", sa.Boolean, server_default=sa.text(f"({without_columns(text)})")),)


def as_generated(text: str) -> tuple[Any, ...]:
    return (sa.Column("g", sa.Boolean, sa.Computed(text, persisted=True)),)


def as_index(text: str) -> tuple[Any, ...]:
    return (sa.Index("ix_expression", sa.text(f"({text})")),)


def as_predicate(text: str) -> tuple[Any, ...]:
    return (sa.Index("ix_predicate", "id", postgresql_where=sa.text(text)),)


def as_exclusion(text: str) -> tuple[Any, ...]:
    by_id: Any = (sa.column("id"), "=")
    return (pg.ExcludeConstraint(by_id, name="ex", using="btree", where=sa.text(text)),)


OWNERS: dict[str, Items] = {
    "check": as_check,
    "default": as_default,
    "generated column": as_generated,
    "index expression": as_index,
    "index predicate": as_predicate,
    "exclusion": as_exclusion,
}


def without_columns(text: str) -> str:
    return text.replace("(x,", "('x'::varchar,").replace("x ", "'x'::varchar ").replace(
        "(x)", "('x'::varchar)"
    ).replace(", x)", ", 'x'::varchar)").replace("x::", "'x'::varchar::")  # fmt: skip


def table(*items: Any, name: str = "t", metadata: sa.MetaData | None = None) -> sa.MetaData:
    metadata = metadata or sa.MetaData()
    columns = (sa.Column("id", sa.Integer, primary_key=True), sa.Column("x", sa.String(9)))
    sa.Table(name, metadata, *columns, *items)
    return metadata


def everywhere(text: str) -> sa.MetaData:
    """Return a table per kind of object that can hold an expression, each with this one."""
    metadata = sa.MetaData()
    for owner, items in OWNERS.items():
        table(*items(text), name=owner, metadata=metadata)
    return metadata


def on_tables(findings: list[str]) -> list[str]:
    """Return the findings without those about the attackers' objects."""
    attackers = ("extra-domain", "extra-enum", "parted")
    return [f for f in findings if not any(word in f for word in attackers)]


def create_what_is_allowed(database: Database, text: str) -> None:
    """Create the tables; with the harmless expression if PostgreSQL refuses this one."""
    for owner, items in OWNERS.items():
        try:
            create_all(table(*items(text), name=owner), database.url)
        except psycopg.Error:
            database.execute(f'DROP TABLE IF EXISTS "{owner}"')
            create_all(table(*items(HARMLESS), name=owner), database.url)
