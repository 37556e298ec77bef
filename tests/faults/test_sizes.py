"""Databases, tables and names as large as PostgreSQL allows."""

from __future__ import annotations

import time

import psycopg
import pytest
import sqlalchemy as sa

from tests.servers import Database, create_all
from tests.system.checking import check, found


def test_five_tables_of_many_thousands(database: Database) -> None:
    metadata = sa.MetaData()
    for number in range(5):
        key = sa.Column("id", sa.Integer, primary_key=True, autoincrement=False)
        sa.Table(f"t{number * 3000}", metadata, key)
    with psycopg.connect(database.url, autocommit=True) as connection:
        connection.execute(
            "DO $$ BEGIN FOR n IN 0..19999 LOOP EXECUTE format('CREATE TABLE t%s (id int %s)', n, "
            "CASE WHEN n % 3000 = 0 THEN 'PRIMARY KEY' ELSE '' END); "
            "IF n % 500 = 0 THEN COMMIT; END IF; END LOOP; END $$"
        )
    began = time.monotonic()
    outcome = check(database.url, metadata)
    assert time.monotonic() - began < 30
    assert len(outcome.findings) == 19_995
    assert {finding.rule for finding in outcome.findings} == {"extra-table"}


def test_as_many_columns_as_a_table_can_have(database: Database) -> None:
    metadata = sa.MetaData()
    columns = [sa.Column(f"c{number}", sa.Integer) for number in range(1600)]
    sa.Table("wide", metadata, *columns)
    create_all(metadata, database.url)
    assert found(database.url, metadata) == []
    database.execute("ALTER TABLE wide ALTER c1599 TYPE bigint, ALTER c0 SET NOT NULL")
    findings = check(database.url, metadata).findings
    assert {finding.object.name for finding in findings} == {"c0", "c1599"}


@pytest.mark.parametrize("letter", ["x", "é", "日", "😀"])
def test_names_as_long_as_names_can_be(database: Database, letter: str) -> None:
    """PostgreSQL cuts names at 63 bytes, and never within a character."""
    length = 63 // len(letter.encode())
    metadata = sa.MetaData()
    name = letter * length
    table = sa.Table(
        name,
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column(f"a{letter * (length - 1)}", sa.Text),
    )
    sa.Index(f"i{letter * (length - 1)}", table.c[1])
    create_all(metadata, database.url)
    assert found(database.url, metadata) == []
