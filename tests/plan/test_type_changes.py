"""What a change of a type does to a table, by the two types alone, as a server does it."""

from __future__ import annotations

import psycopg
import pytest

from drift.plan.operation import Work
from drift.plan.type_changes import change
from tests.servers import Database

CATALOG, REWRITE = Work.CATALOG, Work.REWRITE
PAIRS = [
    ("character varying(10)", "character varying(20)", CATALOG),
    ("character varying(10)", "character varying", CATALOG),
    ("character varying(10)", "text", CATALOG),
    ("text", "character varying", CATALOG),
    ("text", "character varying(50)", REWRITE),
    ("character varying(20)", "character varying(10)", REWRITE),
    ("character(4)", "character(8)", REWRITE),
    ("character(4)", "text", REWRITE),
    ("integer", "bigint", REWRITE),
    ("bigint", "integer", REWRITE),
    ("smallint", "numeric", REWRITE),
    ("numeric(10,2)", "numeric(12,2)", CATALOG),
    ("numeric(10,2)", "numeric", CATALOG),
    ("numeric(10,2)", "numeric(12,4)", REWRITE),
    ("numeric(10,2)", "numeric(8,2)", REWRITE),
    ("real", "double precision", REWRITE),
    ("timestamp(3) without time zone", "timestamp without time zone", CATALOG),
    ("timestamp without time zone", "timestamp(3) without time zone", REWRITE),
    ("timestamp without time zone", "timestamp with time zone", CATALOG),
    ("timestamp with time zone", "timestamp without time zone", CATALOG),
    ("timestamp with time zone", "timestamp(3) with time zone", REWRITE),
    ("time(3) without time zone", "time(6) without time zone", CATALOG),
    ("interval(3)", "interval", CATALOG),
    ("interval", "interval day to second", CATALOG),
    ("interval day to second", "interval", CATALOG),
    ("interval", "interval day to hour", REWRITE),
    ("bit varying(4)", "bit varying(8)", CATALOG),
    ("cidr", "inet", CATALOG),
    ("inet", "cidr", REWRITE),
    ("json", "jsonb", REWRITE),
    ("jsonb", "json", REWRITE),
    ("uuid", "text", REWRITE),
    ("uuid", "character varying(36)", REWRITE),
    ("character varying", "uuid", REWRITE),
    ("text", "integer", REWRITE),
    ("text", "date", REWRITE),
    ("integer", "text", REWRITE),
    ("date", "timestamp without time zone", REWRITE),
    ("integer[]", "bigint[]", REWRITE),
    ("character varying(10)[]", "character varying(20)[]", REWRITE),
    ("text", "text[]", REWRITE),
]


def _values(old: str, new: str) -> str:
    """Return a value of the old type that the new one can hold."""
    samples = {
        ("character varying", "uuid"): "'3f2504e0-4f89-11d3-9a0c-0305e82c3301'",
        ("text", "integer"): "'7'",
        ("text", "date"): "'2026-01-01'",
    }
    own = {
        "uuid": "'3f2504e0-4f89-11d3-9a0c-0305e82c3301'", "json": "'{}'", "jsonb": "'{}'",
        "cidr": "'10.0.0.0/8'", "inet": "'10.0.0.0/8'", "date": "'2026-01-01'", "bit": "B'101'",
        "interval": "'1 day'", "time": "'12:00'", "timestamp": "'2026-01-01'",
    }  # fmt: skip
    word = old.partition("(")[0].split()[0]
    plain = "'{1,2}'" if old.endswith("[]") else "'7'"
    return samples.get((old, new)) or own.get(word, plain)


@pytest.mark.parametrize(("old", "new", "work"), PAIRS, ids=str)
def test_a_table_is_copied_only_if_it_must_be(
    old: str, new: str, work: Work, database: Database
) -> None:
    how = change(old, new)
    using = f" USING {how.using.replace('{}', 'c')}" if how.using else ""
    with psycopg.connect(database.url) as connection:
        connection.execute(f"CREATE TABLE t (c {old})".encode())
        connection.execute(f"INSERT INTO t VALUES ({_values(old, new)})".encode())
        if how.in_utc:
            connection.execute("SET LOCAL TimeZone = 'UTC'")
        before = connection.execute("SELECT pg_relation_filenode('t')").fetchone()
        connection.execute(f"ALTER TABLE t ALTER c TYPE {new}{using}".encode())
        after = connection.execute("SELECT pg_relation_filenode('t')").fetchone()
    assert (REWRITE if before != after else CATALOG) == work
    assert how.work == work


@pytest.mark.parametrize(
    ("old", "new", "narrows", "parses", "ambiguous"),
    [
        ("text", "character varying(50)", True, False, False),
        ("uuid", "character varying(36)", False, False, False),
        ("uuid", "character varying(35)", True, False, False),
        ("integer", "bigint", False, False, False),
        ("bigint", "integer", True, False, False),
        ("character varying", "uuid", False, True, False),
        ("boolean", "integer", False, False, True),
        ("integer[]", "integer", False, False, True),
        ("public.mood", "text", False, False, False),
        ("text", "public.mood", False, True, False),
    ],
)
def test_what_a_person_or_a_query_must_look_at(
    old: str, new: str, narrows: bool, parses: bool, ambiguous: bool
) -> None:
    how = change(old, new)
    assert (how.narrows, how.parses, how.ambiguous) == (narrows, parses, ambiguous)
