"""`tables` decides what is compared: the other tables and objects do not count."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

import drift
from tests.servers import Database, create_all

METADATA = sa.MetaData()
for _name in ("users", "orders"):
    sa.Table(
        _name, METADATA, sa.Column("id", sa.Integer, primary_key=True), sa.Column("name", sa.Text)
    )
sa.Table("users", METADATA, sa.Column("mood", sa.Enum("a", "b", name="mood")), extend_existing=True)
CHANGES = """
    ALTER TABLE orders DROP COLUMN name;
    CREATE TABLE legacy (id int);
    ALTER TYPE mood ADD VALUE 'c';
    ALTER TABLE users ADD COLUMN extra int;
"""
CASES: list[tuple[list[str], list[str]]] = [
    (["users"], ["public.users.extra"]),
    (["public.users"], ["public.users.extra"]),
    (["u*"], ["public.users.extra"]),
    (["orders"], ["public.orders.name"]),
    (["orders", "users"], ["public.orders.name", "public.users.extra"]),
    (["*"], ["public.legacy", "public.orders.name", "public.users.extra"]),
    ([], ["public.legacy", "public.mood", "public.orders.name", "public.users.extra"]),
]


@pytest.fixture
def shop(database: Database) -> Database:
    create_all(METADATA, database.url)
    return database


@pytest.mark.parametrize(("tables", "paths"), CASES)
def test_only_these_tables_are_compared(
    shop: Database, tables: list[str], paths: list[str]
) -> None:
    assert drift.check(METADATA, shop.url, tables=tables).in_sync
    shop.execute(CHANGES)
    report = drift.check(METADATA, shop.url, tables=tables)
    assert sorted({finding.object.path for finding in report.findings}) == paths


def test_the_report_counts_and_names_only_these_tables(shop: Database) -> None:
    shop.execute(CHANGES)
    ignore = ["missing-column:public.orders.name", "extra-column:public.users.extra"]
    report = drift.check(METADATA, shop.url, tables=["users"], ignore=ignore)
    (check,) = report.checks
    assert report.in_sync
    assert (check.tables, check.compared) == (("public.users",), {"tables": 1, "columns": 3})
    assert not [note for note in check.notes if "matched nothing" in note]
    drift.assert_no_drift(shop.url, METADATA, tables=["users"], ignore=ignore)


@pytest.mark.parametrize(
    ("tables", "reason"),
    [
        (["userz"], "tables: 'userz' matches no table that is compared; did you mean users?"),
        (["users", "legacy_*"], "tables: 'legacy_.' matches no table"),
        ("users", "tables: expected a list of names or patterns, not 'users'"),
        ([1], "tables: expected a list"),
        ([""], "tables: expected a list"),
    ],
)
def test_a_pattern_without_a_table_is_an_error(shop: Database, tables: Any, reason: str) -> None:
    with pytest.raises(drift.DriftError, match=reason):
        drift.check(METADATA, shop.url, tables=tables)


def test_two_sides_are_compared_in_these_tables(shop: Database) -> None:
    before = drift.reflect(shop.url)
    shop.execute(CHANGES)
    after = drift.reflect(shop.url)
    for right in (after, shop.url):
        report = drift.compare(before, right, tables=["orders"])
        assert {finding.object.path for finding in report.findings} == {"public.orders.name"}
    with pytest.raises(TypeError, match=r"reflect\(\) got an unexpected keyword argument 'tables'"):
        drift.reflect(shop.url, tables=["users"])
