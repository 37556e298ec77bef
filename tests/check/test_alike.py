"""Databases that are alike share a comparison, and no other ones do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import psycopg
import pytest
from msgspec.structs import replace
from sqlalchemy import CheckConstraint, Column, Date, Integer, MetaData, Table, Text
from sqlalchemy.types import UserDefinedType

from drift.check.alike import Comparisons
from drift.check.histories import Histories
from drift.check.target import Examined, examine
from drift.config import Target
from drift.report.report import Check
from drift.scratch import Scratch
from drift.sources.models.loader import Models
from tests.servers import Database

USERS = """CREATE TABLE users (
    id integer PRIMARY KEY, name text, born date DEFAULT '2024-01-02',
    CONSTRAINT named CHECK (char_length(name) > 2))"""
ORDERS = "CREATE TABLE orders (id integer PRIMARY KEY, name text)"


class Unwritable(UserDefinedType[Any]):
    """A type whose name is not declared."""

    cache_ok = True


@pytest.fixture(scope="module")
def expected() -> Models:
    """Return models that are equal to the tables, but only by the server's replies."""
    metadata = MetaData()
    Table(
        "users",
        metadata,
        Column("id", Integer, primary_key=True, autoincrement=False),
        Column("name", Text),
        Column("born", Date, server_default="01/02/2024"),
        CheckConstraint("char_length(name) > 1 + 1", name="named"),
    )
    Table(
        "orders",
        metadata,
        Column("id", Integer, primary_key=True, autoincrement=False),
        Column("name", Text),
    )
    return Models("shop", [metadata])


@pytest.fixture
def databases(admin: psycopg.Connection[Any], dsn: str) -> Iterator[Sequence[Database]]:
    """Yield two databases with equal tables, which were created in another order."""
    made = [Database(admin, dsn), Database(admin, dsn)]
    made[0].execute(f"{USERS}; {ORDERS}")
    made[1].execute(f"{ORDERS}; {USERS}")
    yield made
    for each in made:
        each.drop()


def examined(
    database: Database,
    expected: Models,
    comparisons: Comparisons | None = None,
    url: str = "",
    **options: Any,
) -> Examined:
    target = Target(name="shop", database=url or database.url, **options)
    histories = Histories(Scratch(), comparisons)
    return examine(target, note=lambda _: None, expected=expected, histories=histories)


def timeless(check: Check) -> Check:
    return replace(check, started_at="", duration=0)


def is_taken_over(one: Examined, other: Examined) -> bool:
    return one.compared.variants[0].comparison is other.compared.variants[0].comparison


def test_equal_databases_share_a_comparison_and_name_themselves(
    databases: Sequence[Database], expected: Models
) -> None:
    comparisons = Comparisons()
    first, second = (examined(each, expected, comparisons) for each in databases)
    assert is_taken_over(first, second)
    assert not first.report.findings
    assert timeless(second.report) == timeless(examined(databases[1], expected).report)
    assert second.report.database.name == databases[1].name


def test_roles_of_equal_databases_name_themselves(
    databases: Sequence[Database], expected: Models
) -> None:
    role = databases[1].role("reader")
    databases[1].execute(f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {role}")
    comparisons, url = Comparisons(), databases[1].url_for(role)
    first = examined(databases[0], expected, comparisons)
    second = examined(databases[1], expected, comparisons, url)
    assert is_taken_over(first, second)
    assert second.report.database.role == role
    assert "is a superuser" in first.report.notes[0]
    assert "may write to 2" in second.report.notes[0]
    assert timeless(second.report) == timeless(examined(databases[1], expected, url=url).report)


@pytest.mark.parametrize(
    ("change", "rules"),
    [
        ("ALTER TABLE users ADD COLUMN more text", ["extra-column"]),
        ("ALTER TABLE users ALTER born SET DEFAULT '2024-01-03'", ["column-default-mismatch"]),
        ("ALTER TABLE orders DROP CONSTRAINT orders_pkey", ["missing-primary-key"]),
        # equal tables: only the reply of this database is another one
        ("ALTER DATABASE {} SET datestyle = 'SQL, DMY'", []),
        # equal tables: only the meaning of a name is another one
        ("CREATE FUNCTION char_length(text) RETURNS int LANGUAGE sql AS 'SELECT 1'", []),
        ("CREATE SCHEMA other; ALTER DATABASE {} SET search_path = other, public", []),
    ],
)
def test_a_database_that_differs_is_compared_itself(
    databases: Sequence[Database], expected: Models, change: str, rules: Sequence[str]
) -> None:
    databases[1].execute(change.format(databases[1].name))
    comparisons = Comparisons()
    first, second, again = (
        examined(each, expected, comparisons) for each in (*databases, databases[0])
    )
    assert not is_taken_over(first, second)
    assert not first.report.findings
    assert not again.report.findings
    assert [finding.rule for finding in second.report.findings] == rules
    assert timeless(second.report) == timeless(examined(databases[1], expected).report)


def test_a_reply_that_a_role_is_refused_is_not_taken_over(
    databases: Sequence[Database], expected: Models
) -> None:
    role = databases[0].role("reader")
    databases[1].execute("REVOKE EXECUTE ON FUNCTION pg_catalog.char_length(text) FROM public")
    comparisons, urls = Comparisons(), [each.url_for(role) for each in databases]
    first, second = (
        examined(databases[0], expected, comparisons, url) for url in (urls[0], urls[1])
    )
    assert not is_taken_over(first, second)
    assert "permission denied" not in "".join(first.report.notes)
    assert "permission denied" in "".join(second.report.notes)
    alone = examined(databases[1], expected, url=urls[1])
    assert timeless(second.report) == timeless(alone.report)


def test_a_target_with_another_time_limit_asks_in_its_own(
    databases: Sequence[Database], expected: Models
) -> None:
    comparisons = Comparisons()
    first, second = (
        examined(each, expected, comparisons, statement_timeout=seconds)
        for each, seconds in zip(databases, (4, 2), strict=True)
    )
    assert not is_taken_over(first, second)
    assert not second.report.findings


def test_findings_are_taken_over_too(databases: Sequence[Database], expected: Models) -> None:
    for each in databases:
        each.execute("ALTER TABLE users ADD COLUMN more text")
    comparisons = Comparisons()
    first, second = (examined(each, expected, comparisons) for each in databases)
    assert is_taken_over(first, second)
    assert [finding.rule for finding in second.report.findings] == ["extra-column"]
    assert timeless(second.report) == timeless(examined(databases[1], expected).report)


def test_other_models_of_the_same_name_are_compared_themselves(
    databases: Sequence[Database], expected: Models
) -> None:
    other = MetaData()
    for table in expected.metadatas[0].tables.values():
        table.to_metadata(other)
    other.tables["users"].append_column(Column("more", Text))
    comparisons = Comparisons()
    first = examined(databases[0], expected, comparisons)
    second = examined(databases[1], Models("shop", [other]), comparisons)
    assert not first.report.findings
    assert [finding.rule for finding in second.report.findings] == ["missing-column"]


def test_models_with_names_that_no_database_can_have_are_compared(
    databases: Sequence[Database],
) -> None:
    metadata = MetaData()
    Table(
        "users", metadata, Column("id", Integer, primary_key=True), Column("\ud800", Unwritable())
    )
    expected, comparisons = Models("shop", [metadata]), Comparisons()
    shared, alone = (examined(databases[0], expected, each) for each in (comparisons, None))
    assert "impossible-declaration" in {finding.rule for finding in shared.report.findings}
    assert timeless(shared.report) == timeless(alone.report)


def test_only_the_last_comparisons_are_kept(
    databases: Sequence[Database], expected: Models
) -> None:
    comparisons = Comparisons()
    for number in range(12):
        databases[1].execute(f"ALTER TABLE users ADD COLUMN more_{number} text")
        first, second = (examined(each, expected, comparisons) for each in databases)
        assert len(second.report.findings) == number + 1
        assert not first.report.findings
    assert len(comparisons._known) == 8
    # the one that was used again and again is still there
    assert is_taken_over(first, examined(databases[0], expected, comparisons))
