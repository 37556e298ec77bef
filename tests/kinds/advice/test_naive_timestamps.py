"""Columns without a time zone whose default has one."""

from __future__ import annotations

import datetime
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from tests.kinds.advice import zoned
from tests.kinds.advice.advising import Case, parameters, verify
from tests.servers import create_all
from tests.system.checking import check

RULE = "naive-timestamp"
A = ("public.t.a",)


def _column(text: str) -> str:
    return f"CREATE TABLE t (id int PRIMARY KEY, a {text})"


CASES = [
    Case("now()", _column("timestamp DEFAULT now()"), A),
    Case("CURRENT_TIMESTAMP", _column("timestamp DEFAULT CURRENT_TIMESTAMP"), A),
    Case("with a precision", _column("timestamp(3) DEFAULT CURRENT_TIMESTAMP(3)"), A),
    Case("clock_timestamp()", _column("timestamp DEFAULT clock_timestamp()"), A),
    Case("a cast", _column("timestamp DEFAULT now()::timestamp"), A),
    Case("later", _column("timestamp DEFAULT now() + interval '1 day'"), A),
    Case("with a zone", _column("timestamptz DEFAULT now()")),
    Case("in a named zone", _column("timestamp DEFAULT timezone('utc', now())")),
    Case("at a named zone", _column("timestamp DEFAULT (now() AT TIME ZONE 'utc')")),
    Case("LOCALTIMESTAMP", _column("timestamp DEFAULT LOCALTIMESTAMP")),
    Case("a constant", _column("timestamp DEFAULT '2000-01-01'")),
    Case("no default", _column("timestamp")),
    Case("a date", _column("date DEFAULT now()")),
    Case("a text", _column("text DEFAULT now()")),
]


@parameters(CASES)
def test_defaults_of_the_database(case: Case, database: Any) -> None:
    verify(case, database, RULE)


def advised(database: Any, type_: Any = sa.DateTime, **options: Any) -> list[str]:
    """Return the details of the advice about one column."""
    metadata = sa.MetaData()
    key = sa.Column("id", sa.Integer, primary_key=True)
    sa.Table("t", metadata, key, sa.Column("a", type_, **options))
    create_all(metadata, database.url)
    outcome = check(database.url, metadata, advice=(RULE,))
    assert outcome.in_sync
    return [finding.detail for finding in outcome.advice]


@pytest.mark.parametrize("name", zoned.LOUD)
def test_functions_that_return_a_zone(name: str, database: Any) -> None:
    function: Any = zoned.LOUD[name]
    assert function().tzinfo
    assert len(advised(database, default=zoned.LOUD[name])) == 1


@pytest.mark.parametrize("name", zoned.SILENT)
def test_functions_that_return_none_or_cannot_be_read(name: str, database: Any) -> None:
    assert advised(database, default=zoned.SILENT[name]) == []


class Converted(sa.TypeDecorator[datetime.datetime]):
    """A type that converts what it is given."""

    impl = sa.DateTime
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Any) -> Any:
        """Take the zone off."""
        del dialect
        return value and value.astimezone(datetime.UTC).replace(tzinfo=None)


@pytest.mark.parametrize(
    ("type_", "options", "loud"),
    [
        (sa.DateTime, {"onupdate": zoned.aware}, True),
        (sa.TIMESTAMP, {"default": zoned.aware}, True),
        (sa.DateTime(), {"default": sa.func.now()}, True),
        (sa.DateTime(timezone=True), {"default": zoned.aware}, False),
        (sa.DateTime, {"default": sa.func.timezone("utc", sa.func.now())}, False),
        (Converted, {"default": zoned.aware}, False),
        (sa.Date, {"default": zoned.aware}, False),
        (sa.DateTime, {"default": datetime.datetime(2000, 1, 1)}, False),
    ],
)
def test_types_and_other_defaults(
    type_: Any, options: dict[str, Any], loud: bool, database: Any
) -> None:
    assert bool(advised(database, type_, **options)) == loud


def test_the_sentence_shows_the_code(database: Any) -> None:
    assert advised(database, default=zoned.LOUD["a lambda"]) == [
        "is timestamp without time zone, and its default now_of.now(timezone.utc) has a time zone"
    ]


def test_sessions_store_different_times(database: Any) -> None:
    """The reason for the advice: one moment becomes two values."""
    database.execute("CREATE TABLE t (a timestamp)")
    moment = datetime.datetime(2000, 1, 1, 12, tzinfo=datetime.UTC)
    with psycopg.connect(database.url) as connection:
        for zone in ("UTC", "Asia/Tokyo"):
            connection.execute(f"SET TimeZone = '{zone}'".encode())
            connection.execute("INSERT INTO t VALUES (%s)", [moment])
    assert len(set(database.fetch("SELECT a FROM t"))) == 2
