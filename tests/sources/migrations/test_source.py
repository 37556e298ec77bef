"""The migrations as a source of the expected schema."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from drift.check import target as app
from drift.check.histories import Histories
from drift.config import Migrations, Target
from drift.errors import UsageError
from drift.scratch import Scratch
from drift.sources import open_source, parse
from drift.sources.interface import Context
from tests.servers import Database
from tests.sources.migrations.run_projects import Project


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def scratch(dsn: str) -> Iterator[Scratch]:
    with Scratch(dsn) as made:
        yield made


def opened(name: str, scratch: Scratch, notes: list[str]) -> Any:
    context = Context(
        target=Target(name="shop"), environment=os.environ, note=notes.append, scratch=scratch
    )
    return open_source(parse(name), context)


@pytest.mark.parametrize(
    ("name", "expected", "columns"),
    [
        ("migrations", "b2, c3 (heads)", ["id", "name"]),
        ("migrations@heads", "b2, c3 (heads)", ["id", "name"]),
        ("migrations@a1", "a1", ["id"]),
        ("migrations@b2", "b2", ["id", "name"]),
        ("migrations@b2, c3", "b2, c3 (heads)", ["id", "name"]),
        ("migrations@base", "base", []),
    ],
)
def test_it_has_the_schema_at_a_revision(
    shop: Path, scratch: Scratch, name: str, expected: str, columns: list[str]
) -> None:
    Project(shop).two().revision("c3", "a1", "op.execute('CREATE SCHEMA more')")
    side = opened(name, scratch, [])
    reflected = side.expected()
    assert (reflected.source, reflected.name) == ("migrations", expected)
    schema = reflected.declare("app", 180000)
    assert [column.name for column in schema.objects["column"]] == columns
    assert {table.schema for table in schema.objects["table"]} <= {"app"}
    assert side.database().startswith("postgresql:")


def test_models_that_a_revision_creates_are_noted(shop: Path, scratch: Scratch) -> None:
    (shop / "shop_models.py").write_text("import sqlalchemy as sa\nmetadata = sa.MetaData()\n")
    body = "metadata.create_all(op.get_bind())\nprint('printed by a migration')"
    Project(shop).revision("a1", None, body, head="from shop_models import metadata")
    notes: list[str] = []
    opened("migrations", scratch, notes)
    assert notes == [
        "shop: running the migrations up to heads",
        "shop: revision a1 calls MetaData.create_all: it creates tables as the models declare "
        "them now; write them with op.create_table",
        "env.py printed: printed by a migration",
    ]


def test_without_an_environment_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match="has no Alembic environment"), Scratch() as scratch:
        opened("migrations", scratch, [])


def test_a_check_against_the_migrations(shop: Path, database: Database, dsn: str) -> None:
    Project(shop).two()
    database.execute("CREATE TABLE users (id serial PRIMARY KEY, extra int)")
    with Scratch(dsn) as scratch:
        result = app.check(
            Target(name="shop", database=database.url, expected="migrations",
                   migrations=Migrations(config="alembic.ini")),
            note=lambda _: None, histories=Histories(scratch),
        )  # fmt: skip
    assert [(f.rule, f.object.path) for f in result.findings] == [
        ("missing-version-table", "public.alembic_version"),
        ("missing-column", "public.users.name"),
        ("extra-column", "public.users.extra"),
    ]
