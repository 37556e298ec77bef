"""Every row of the tables is compared, all rows of a table in one check."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from drift.expressions.tokens import quote
from tests.servers import Database
from tests.spellings.expressions import EXPRESSIONS
from tests.spellings.indexes import COLUMNS, INDEXES
from tests.spellings.row import Row
from tests.spellings.types import TYPES
from tests.system.checking import check
from tests.versions import SQLALCHEMY

TOO_OLD = (AttributeError, TypeError, sa.exc.ArgumentError)


def usable(
    rows: Mapping[str, Row], database: Database, make: Callable[[Row], Any]
) -> dict[str, tuple[Row, Any]]:
    """Return the rows that this server and this SQLAlchemy know, with what is declared."""
    found: dict[str, tuple[Row, Any]] = {}
    for name, row in rows.items():
        if database.server_version < row.server * 10_000:
            continue
        try:
            found[name] = row, make(row)
        except TOO_OLD:
            assert SQLALCHEMY < (2, 1), name
    return found


def severities(database: Database, metadata: sa.MetaData) -> dict[str, str]:
    """Return the severity of each object that has a finding."""
    return {f.object.name: str(f.severity) for f in check(database.url, metadata).findings}


def expected(rows: Mapping[str, tuple[Row, Any]]) -> dict[str, str]:
    return {name: row.severity.partition(" ")[0] for name, (row, _) in rows.items() if row.severity}


def identifier() -> sa.Column[Any]:
    return sa.Column("id", sa.Integer, primary_key=True)


def test_types(database: Database) -> None:
    rows = usable(TYPES, database, lambda row: row.declared())
    metadata = sa.MetaData()
    columns = (sa.Column(name, type_) for name, (_, type_) in rows.items())
    sa.Table("t", metadata, identifier(), *columns)
    live = (f"{quote(name)} {row.live}" for name, (row, _) in rows.items())
    database.execute(f"CREATE TABLE t (id serial PRIMARY KEY, {', '.join(live)})")
    assert severities(database, metadata) == expected(rows)


LIVE = (
    "a timestamp, z timestamptz, s text, n int, d date, j jsonb, arr text[], b bool,"
    " m numeric(10,2), v varchar(20)"
)


@pytest.mark.parametrize("swapped", [False, True])
def test_expressions(database: Database, swapped: bool) -> None:
    rows = usable(EXPRESSIONS, database, lambda row: row.live if swapped else row.declared)
    metadata = sa.MetaData()
    columns: tuple[sa.Column[Any], ...] = (
        identifier(), sa.Column("a", sa.DateTime), sa.Column("z", sa.DateTime(timezone=True)),
        sa.Column("s", sa.Text), sa.Column("n", sa.Integer), sa.Column("d", sa.Date),
        sa.Column("j", pg.JSONB), sa.Column("arr", pg.ARRAY(sa.Text)), sa.Column("b", sa.Boolean),
        sa.Column("m", sa.Numeric(10, 2)), sa.Column("v", sa.String(20)),
    )  # fmt: skip
    checks = (sa.CheckConstraint(text, name=name) for name, (_, text) in rows.items())
    sa.Table("t", metadata, *columns, *checks)
    live = (
        f'CONSTRAINT "{name}" CHECK ({row.declared if swapped else row.live}\n)'
        for name, (row, _) in rows.items()
    )
    database.execute(f"CREATE TABLE t (id serial PRIMARY KEY, {LIVE}, {', '.join(live)})")
    assert severities(database, metadata) == expected(rows)


def table_of_indexes(name: str) -> sa.Table:
    return sa.Table(
        name, sa.MetaData(), identifier(), sa.Column("a", sa.DateTime), sa.Column("b", sa.Integer),
        sa.Column("s", sa.Text), sa.Column("v", sa.String(20)), sa.Column("n", sa.Integer),
        sa.Column("d", sa.Date), sa.Column("j", pg.JSONB), sa.Column("arr", pg.ARRAY(sa.Text)),
        sa.Column("z", sa.DateTime(timezone=True)),
    )  # fmt: skip


def test_indexes(database: Database) -> None:
    def declared(row: Row) -> sa.Index:
        name = next(name for name, other in INDEXES.items() if other is row)
        table = table_of_indexes(name)
        keys, options = row.declared(table)
        return sa.Index(f"ix {name}", *keys, _table=table, **options)

    rows = usable(INDEXES, database, declared)
    live = "".join(
        f'CREATE TABLE "{name}" (id serial PRIMARY KEY, {COLUMNS});'
        f'CREATE {"UNIQUE " if index.unique and not row.plain else ""}INDEX "ix {name}"'
        f' ON "{name}" {row.live};'
        for name, (row, index) in rows.items()
    )
    database.execute(live)
    metadatas = (index.table.metadata for _, index in rows.values())
    findings = check(database.url, *metadatas).findings
    assert {f.object.table: str(f.severity) for f in findings} == expected(rows)
    assert {f.rule for f in findings} == {"index-mismatch"}
