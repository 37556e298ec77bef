"""Columns that are filled in batches: every row once, and on from where it stopped."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from drift.kinds.primary_key import PrimaryKey
from drift.model import Schema
from drift.plan import backfill as module
from drift.plan.backfill import backfill
from drift.plan.context import Context, Options
from drift.plan.surroundings import Surroundings
from tests.servers import Database

KEYS = {
    "one column": ("id",),
    "two columns": ("part", "id"),
    "a column with a strange name": ('a "b"', "id"),
    "no key": (),
}


def _context(key: tuple[str, ...]) -> Context:
    keys = (PrimaryKey(schema="public", table="t", name="t_pkey", columns=key),) if key else ()
    schema = Schema(
        source="database", name="x", default_schema="public", objects={"primary-key": keys}
    )
    options = Options(small=0)
    return Context(schema, schema, Surroundings(), server_version=180000, options=options)


def _sql(key: tuple[str, ...], value: str = "$$v$$ || id") -> str:
    [operation] = backfill(("public", "t"), "new", value, _context(key)).operations
    assert not operation.transactional
    return operation.sql


@pytest.fixture
def connection(database: Database, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(module, "BATCH", 7)
    monkeypatch.setattr(module, "PAUSE", 0)
    database.execute(
        'CREATE TABLE t (id int, part text DEFAULT \'p\', "a ""b""" int DEFAULT 1, new text);'
        "INSERT INTO t SELECT n, n % 3 FROM generate_series(1, 100) n"
    )
    with psycopg.connect(database.url, autocommit=True) as opened:
        yield opened


@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS)
def test_every_row_gets_its_value(key: tuple[str, ...], connection: Any) -> None:
    connection.execute(_sql(key).encode())
    rows = connection.execute("SELECT count(*) FROM t WHERE new = 'v' || id").fetchone()
    assert rows == (100,)


@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS)
def test_batches_that_were_committed_stay_and_are_not_filled_again(
    key: tuple[str, ...], connection: Any
) -> None:
    broken = "CASE WHEN id = 60 THEN (1 / (id - 60))::text ELSE 'first' END"
    with pytest.raises(psycopg.errors.DivisionByZero):
        connection.execute(_sql(key, broken).encode())
    connection.execute(_sql(key).encode())
    counts = connection.execute(
        "SELECT count(*) FILTER (WHERE new = 'first'), count(*) FILTER (WHERE new = 'v' || id)"
        " FROM t"
    ).fetchone()
    assert sum(counts) == 100
    assert bool(counts[0]) == bool(key)  # without a key, a batch is a hundred pages


def test_rows_without_a_value_of_their_own_do_not_stop_it(connection: Any) -> None:
    connection.execute(_sql(("id",), "CASE WHEN id > 50 THEN 'x' END").encode())
    assert connection.execute("SELECT count(new) FROM t").fetchone() == (50,)


def test_a_value_with_the_quotes_of_the_block_is_only_a_value(connection: Any) -> None:
    connection.execute(_sql(("id",), "'$drift$; DROP TABLE t; $drift$'").encode())
    rows = connection.execute("SELECT count(*) FROM t WHERE new LIKE '$drift$;%'").fetchone()
    assert rows == (100,)
