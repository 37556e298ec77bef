"""Declared tables that are no lasting tables of the project: temporary, the server's own, views."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from tests.servers import Database, create_all
from tests.system.checking import check, found
from tests.versions import SQLALCHEMY


def one_table() -> sa.MetaData:
    """Declare one lasting table."""
    metadata = sa.MetaData()
    columns = (sa.Column("id", sa.Integer, primary_key=True), sa.Column("a", sa.String))
    sa.Table("t", metadata, *columns)
    return metadata


TEMPORARY: dict[str, dict[str, Any]] = {
    "TEMPORARY": {"prefixes": ["TEMPORARY"]},
    "TEMP": {"prefixes": ["temp"]},
    "GLOBAL TEMPORARY": {"prefixes": ["GLOBAL TEMPORARY"]},
    "two prefixes": {"prefixes": ["LOCAL", "TEMPORARY"]},
    "pg_temp": {"schema": "pg_temp"},
}


@pytest.mark.parametrize("options", TEMPORARY.values(), ids=TEMPORARY)
def test_a_temporary_table_is_not_missing(database: Database, options: dict[str, Any]) -> None:
    metadata = one_table()
    kind: sa.Column[Any] = sa.Column("kind", sa.Enum("x", "y", name="kind"))
    sa.Table("work", metadata, sa.Column("id", sa.Integer, primary_key=True), kind, **options)
    create_all(metadata, database.url)
    assert database.fetch("SELECT count(*) FROM pg_type WHERE typname = 'kind'") == [(1,)]
    assert found(database.url, metadata) == []


def test_a_lasting_table_in_place_of_a_temporary_one_is_extra(database: Database) -> None:
    metadata = one_table()
    sa.Table("work", metadata, sa.Column("id", sa.Integer), prefixes=["TEMPORARY"])
    create_all(metadata, database.url)
    database.execute("CREATE TABLE work (id int)")
    assert found(database.url, metadata) == ["warning extra-table public.work"]


SYSTEM: dict[str, tuple[str, str, tuple[str, ...], tuple[str, ...]]] = {
    "a view": ("pg_catalog", "pg_stat_activity", ("pid", "state"), ()),
    "a table": ("pg_catalog", "pg_class", ("oid", "relname"), ()),
    "a view of the standard": ("information_schema", "tables", ("table_name",), ()),
    "a missing column": ("pg_catalog", "pg_stat_activity", ("waiting",),
                         ("error missing-column pg_catalog.pg_stat_activity.waiting",)),
    "a missing view": ("pg_catalog", "pg_stat_nothing", ("pid",),
                       ("error missing-table pg_catalog.pg_stat_nothing",)),
}  # fmt: skip


@pytest.mark.parametrize(("schema", "name", "columns", "expected"), SYSTEM.values(), ids=SYSTEM)
def test_tables_of_postgresql_itself(
    database: Database, schema: str, name: str, columns: tuple[str, ...], expected: tuple[str, ...]
) -> None:
    metadata = one_table()
    create_all(metadata, database.url)
    key, *others = columns
    sa.Table(
        name, metadata, sa.Column(key, sa.Integer, primary_key=True),
        *(sa.Column(other, sa.Text, index=True, unique=True) for other in others), schema=schema,
    )  # fmt: skip
    outcome = check(database.url, metadata)
    got = [f"{f.severity} {f.rule} {f.object.path}" for f in outcome.findings]
    assert got == list(expected)
    assert outcome.not_compared == {}


Create = Callable[[sa.MetaData, Any], Any]


def _view(**options: Any) -> Create:
    def create(metadata: sa.MetaData, select: Any) -> Any:
        from sqlalchemy.schema import CreateView

        return CreateView(select, "v", metadata=metadata, **options)

    return create


def _table(**options: Any) -> Create:
    def create(metadata: sa.MetaData, select: Any) -> Any:
        from sqlalchemy.schema import CreateTableAs

        return CreateTableAs(select, "v", metadata=metadata, **options)

    return create


SELECT = "SELECT t.a, count(*) AS n FROM t GROUP BY t.a"
SELECTED: dict[str, tuple[Create, str, tuple[str, ...]]] = {
    "a view": (_view(), f"CREATE VIEW v AS {SELECT}", ()),
    "a materialized view": (
        _view(materialized=True), f"CREATE MATERIALIZED VIEW v AS {SELECT}", ()),
    "a table": (_table(), f"CREATE TABLE v AS {SELECT}", ()),
    "a temporary view": (_view(temporary=True), "", ()),
    "a temporary table": (_table(temporary=True), "", ()),
    "a missing view": (_view(), "", ("error missing-table public.v",)),
    "a missing column": (
        _view(), "CREATE VIEW v AS SELECT a FROM t", ("error missing-column public.v.n",)),
    "an extra column": (
        _view(), "CREATE VIEW v AS SELECT a, 1 AS n, 2 AS m FROM t",
        ("warning extra-column public.v.m",)),
    "a table instead of a view": (
        _view(), f"CREATE TABLE v AS {SELECT}", ("warning table-mismatch public.v",)),
    "a materialized view instead of a view": (
        _view(), f"CREATE MATERIALIZED VIEW v AS {SELECT}", ("warning table-mismatch public.v",)),
    "a view instead of a table": (
        _table(), f"CREATE VIEW v AS {SELECT}", ("error table-mismatch public.v",)),
}  # fmt: skip


@pytest.mark.skipif(SQLALCHEMY < (2, 1), reason="SQLAlchemy 2.1 has views")
@pytest.mark.parametrize(("create", "live", "expected"), SELECTED.values(), ids=SELECTED)
def test_tables_and_views_that_sqlalchemy_makes_from_a_select(
    database: Database, create: Create, live: str, expected: tuple[str, ...]
) -> None:
    metadata = one_table()
    create_all(metadata, database.url)
    t = metadata.tables["t"]
    create(metadata, sa.select(t.c.a, sa.func.count().label("n")).group_by(t.c.a))
    database.execute(live)
    findings = check(database.url, metadata).findings
    assert [f"{f.severity} {f.rule} {f.object.path}" for f in findings] == list(expected)
    if expected == ("error missing-table public.v",):
        assert "table v (view) is declared" in findings[0].message


MARKED: dict[str, tuple[str, tuple[str, ...]]] = {
    "a view": (f"CREATE VIEW v AS {SELECT}", ()),
    "a materialized view": (f"CREATE MATERIALIZED VIEW v AS {SELECT}", ()),
    "a table": (f"CREATE TABLE v AS {SELECT}", ("warning table-mismatch public.v",)),
}


@pytest.mark.parametrize(("live", "expected"), MARKED.values(), ids=MARKED)
def test_a_table_that_is_marked_as_a_view(
    database: Database, live: str, expected: tuple[str, ...]
) -> None:
    metadata = one_table()
    create_all(metadata, database.url)
    columns = (sa.Column("a", sa.String), sa.Column("n", sa.BigInteger))
    sa.Table("v", metadata, *columns, info={"is_view": True})
    database.execute(live)
    assert found(database.url, metadata) == list(expected)


NOT_VALID: dict[str, tuple[str, tuple[str, ...]]] = {
    "NOT VALID": (
        "ALTER TABLE u ADD CONSTRAINT given NOT NULL a NOT VALID",
        ("warning not-validated-constraint public.u.given",)),
    "validated": (
        "ALTER TABLE u ADD CONSTRAINT given NOT NULL a NOT VALID; DELETE FROM u;"
        "ALTER TABLE u VALIDATE CONSTRAINT given", ()),
    "NOT VALID, and may be NULL": (
        "ALTER TABLE u ADD CONSTRAINT given NOT NULL b NOT VALID;"
        "DELETE FROM u; ALTER TABLE u ALTER a SET NOT NULL",
        ("error column-nullability-mismatch public.u.b",)),
}  # fmt: skip


@pytest.mark.parametrize(("change", "expected"), NOT_VALID.values(), ids=NOT_VALID)
def test_not_null_that_is_not_valid(
    database: Database, change: str, expected: tuple[str, ...]
) -> None:
    if database.server_version < 180000:
        pytest.skip("PostgreSQL 18 has NOT NULL … NOT VALID")
    metadata = sa.MetaData()
    sa.Table("u", metadata, sa.Column("a", sa.Integer, nullable=False), sa.Column("b", sa.Integer))
    database.execute("CREATE TABLE u (a int, b int); INSERT INTO u VALUES (NULL, 1)")
    database.execute(change)
    assert found(database.url, metadata) == list(expected)


def test_a_version_table_of_another_name_is_alembics_if_the_project_says_so(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    metadata = one_table()
    create_all(metadata, database.url)
    database.execute("CREATE TABLE own (version_num varchar(32) PRIMARY KEY)")
    assert found(database.url, metadata) == ["warning extra-table public.own"]
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations" / "env.py").write_text('context.configure(version_table="own")')
    assert found(database.url, metadata) == []
