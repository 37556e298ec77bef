"""A sequence that a declared default takes its numbers from is never extra."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from tests.servers import Database
from tests.system.checking import found

MADE = """
CREATE SCHEMA app; CREATE SEQUENCE app.s START 100 INCREMENT 10;
CREATE SEQUENCE s START 100 INCREMENT 10; CREATE SEQUENCE "S x"; CREATE SEQUENCE other;
"""


def columns(**options: Any) -> Callable[[], list[sa.Column[Any]]]:
    return lambda: [sa.Column("n", sa.BigInteger, **{key: make() for key, make in options.items()})]


CASES: dict[str, tuple[Callable[[], list[sa.Column[Any]]], str, str]] = {
    "next_value": (columns(server_default=lambda: sa.Sequence("s").next_value()), "s", "s"),
    "next_value with a schema": (
        columns(server_default=lambda: sa.Sequence("s", schema="app").next_value()),
        "app.s",
        "app.s",
    ),
    "a quoted name": (
        columns(server_default=lambda: sa.Sequence("S x").next_value()),
        '"S x"',
        '"S x"',
    ),
    "text": (columns(server_default=lambda: sa.text("nextval('s')")), "s", "s"),
    "text with a cast": (
        columns(server_default=lambda: sa.text("nextval('public.s'::regclass)")),
        "s",
        "s",
    ),
    "a function": (columns(server_default=lambda: sa.func.nextval("s")), "s", "s"),
    "a default of the models": (columns(default=lambda: sa.Sequence("s").next_value()), "", "s"),
    "a function of the models": (columns(default=lambda: sa.func.nextval("s")), "", "s"),
    "a part of a default": (
        lambda: [sa.Column("n", sa.Text, server_default=sa.text("'X-' || nextval('s')"))],
        "'X-' || nextval('s')",
        "s",
    ),
}


@pytest.mark.parametrize(("declared", "default", "used"), CASES.values(), ids=CASES)
def test_a_sequence_that_a_default_uses_is_not_extra(
    database: Database,
    declared: Callable[[], list[sa.Column[Any]]],
    default: str,
    used: str,
) -> None:
    metadata = sa.MetaData()
    names = ("one", "two")
    for name in names:
        sa.Table(name, metadata, *declared())
    sa.Table("three", metadata, sa.Column("id", sa.Integer), schema="app")
    column = metadata.tables["one"].c.n
    type_ = "text" if isinstance(column.type, sa.Text) else "bigint"
    value = default if "(" in default else f"nextval('{default}')"
    clause = f"DEFAULT {value}" if default else ""
    database.execute(MADE + "CREATE TABLE app.three (id integer)")
    for name in names:
        database.execute(f"CREATE TABLE {name} (n {type_} {clause})")
    extra = sorted({"other", "s", "app.s", '"S x"'} - {used})
    paths = {"other": "public.other", "s": "public.s", "app.s": "app.s", '"S x"': "public.S x"}
    expected = sorted(f"warning extra-sequence {paths[name]}" for name in extra)
    assert found(database.url, metadata) == expected


def test_a_sequence_of_the_metadata_is_declared(database: Database) -> None:
    metadata = sa.MetaData()
    sa.Table("t", metadata, sa.Column("n", sa.Integer, default=sa.Sequence("s")))
    database.execute("CREATE TABLE t (n integer)")
    assert found(database.url, metadata) == ["error missing-sequence public.s"]
    database.execute("CREATE SEQUENCE s")
    assert found(database.url, metadata) == []


def test_a_missing_used_sequence_is_a_finding_of_its_default(database: Database) -> None:
    metadata = sa.MetaData()
    default = sa.Sequence("s").next_value()
    sa.Table("t", metadata, sa.Column("n", sa.Integer, server_default=default))
    database.execute("CREATE TABLE t (n integer)")
    assert found(database.url, metadata) == ["warning column-default-mismatch public.t.n"]
