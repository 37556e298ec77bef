"""Any two sides, and the live schema, from Python."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

import drift
from tests.api.shop import DRIFT, Base, create
from tests.servers import Database


@pytest.fixture
def other(admin: psycopg.Connection[Any], dsn: str) -> Iterator[Database]:
    made = Database(admin, dsn)
    yield create(made)
    made.drop()


def rules(report: drift.Report) -> list[str]:
    return sorted(finding.rule for finding in report.findings)


def test_two_databases_are_compared(database: Database, other: Database) -> None:
    create(database)
    assert drift.compare(database.url, other.url).in_sync
    other.execute(DRIFT)
    report = drift.compare(database.url, other.url)
    assert rules(report) == ["extra-column", "missing-column"]
    assert database.name in str(report)
    assert other.name in str(report)


def test_models_may_be_on_either_side(database: Database) -> None:
    create(database).execute(DRIFT)
    expected = ["extra-column", "missing-column"]
    assert rules(drift.compare(Base, database.url)) == expected
    assert rules(drift.compare(database.url, Base)) == expected
    assert rules(drift.compare("tests.api.shop:Base", database.url)) == expected


def test_what_was_read_is_compared_later(database: Database) -> None:
    before = drift.reflect(create(database).url)
    assert drift.compare(before, database.url).in_sync
    database.execute(DRIFT)
    assert rules(drift.compare(before, database.url)) == ["extra-column", "missing-column"]
    after = drift.reflect(database.url)
    assert rules(drift.compare(before, after)) == ["extra-column", "missing-column"]
    assert rules(drift.compare(after, Base)) == ["extra-column", "missing-column"]


def test_changes_of_a_transaction_are_on_one_side(database: Database) -> None:
    before = drift.reflect(create(database).url)
    with psycopg.connect(database.url) as connection:
        connection.execute(DRIFT.encode())
        assert rules(drift.compare(before, connection)) == ["extra-column", "missing-column"]
        connection.rollback()


def test_a_snapshot_is_a_side(database: Database, temp: Path) -> None:
    from drift.cli.main import cli

    create(database)
    path = temp / "schema.json"
    with pytest.raises(SystemExit) as end:
        cli(["snapshot", "--database", database.url, "--output", str(path)])
    assert end.value.code == 0
    assert drift.compare(f"snapshot:{path}", database.url).in_sync
    database.execute(DRIFT)
    assert not drift.compare(database.url, f"snapshot:{path}").in_sync


def test_the_live_schema_has_its_objects_by_kind(database: Database) -> None:
    schema = drift.reflect(create(database).url)
    assert [table.name for table in schema.objects["table"]] == ["users"]
    assert [column.name for column in schema.objects["column"]] == ["id", "name", "mood"]
    database.execute("CREATE SCHEMA other; CREATE TABLE other.t ()")
    tables = drift.reflect(database.url, schemas=["other"]).objects["table"]
    assert {table.name for table in tables} == {"t", "users"}


def test_unusable_sides_are_clear_errors(database: Database) -> None:
    for side, reason in (
        ("migrations", "migrations: a server must run it: use `drift diff`"),
        ("sql:schema.sql", "sql:schema.sql: a server must run it"),
        (f"snapshot:/{secrets.token_hex()}", "cannot be read"),
        ("nowhere:Base", "there is no module 'nowhere'"),
    ):
        with pytest.raises(drift.DriftError, match=reason):
            drift.compare(side, database.url)
    with pytest.raises(drift.DriftError, match='schema "nowhere" does not exist'):
        drift.reflect(database.url, schemas=["nowhere"])
