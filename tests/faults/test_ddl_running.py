"""The schema changes while it is read: what is reported was true at one moment."""

from __future__ import annotations

import os
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing

import psycopg
import pytest
import sqlalchemy as sa

from drift.report.report import Check
from tests.servers import Database, create_all
from tests.system.checking import brief, check

SECONDS = float(os.environ.get("DRIFT_TEST_DDL_SECONDS", "5"))
SESSIONS = 4


def metadata() -> sa.MetaData:
    """Return tables of which columns, checks and indexes are all about one name.

    A default of `held` mentions a text search configuration: to print it, PostgreSQL looks into
    `pg_ts_config`, which nothing else of a check does.
    """
    made = sa.MetaData()
    value = sa.text("to_tsvector('simple'::regconfig, 'x')::text")
    sa.Table("held", made, sa.Column("v", sa.Text, server_default=value))
    for number in range(SESSIONS):
        table = sa.Table(
            f"users{number}",
            made,
            sa.Column("id", sa.Integer, primary_key=True),
            sa.Column("a", sa.Integer),
            sa.CheckConstraint("a > 0", name=f"check{number}"),
        )
        sa.Index(f"index{number}", table.c.a)
    return made


METADATA = metadata()
RENAMED = [
    "error check-mismatch public.users0.check0",
    "error missing-column public.users0.a",
    "warning extra-column public.users0.b",
    "warning index-mismatch public.users0.index0",
]


@pytest.fixture
def live(database: Database) -> Database:
    create_all(METADATA, database.url)
    return database


def during(live: Database, change: Callable[[psycopg.Connection], object]) -> Check:
    """Return a check in whose midst, after its snapshot was taken, something is changed."""
    found: list[Check | Exception] = []

    def work() -> None:
        try:
            found.append(check(live.url, METADATA, connect_timeout=10, lock_timeout=2))
        except Exception as problem:  # noqa: BLE001 — raised below
            found.append(problem)

    waiting = "SELECT FROM pg_locks WHERE NOT granted AND relation = 'pg_ts_config'::regclass"
    with closing(psycopg.connect(live.url)) as holder, psycopg.connect(live.url) as other:
        other.autocommit = True
        holder.execute("LOCK TABLE pg_catalog.pg_ts_config IN ACCESS EXCLUSIVE MODE")
        thread = threading.Thread(target=work)
        thread.start()
        until = time.monotonic() + 10
        while not other.execute(waiting).fetchall():
            assert time.monotonic() < until
            time.sleep(0.01)
        change(other)
        holder.rollback()
        thread.join()
    if isinstance(found[0], Exception):
        raise found[0]
    return found[0]


def test_a_column_is_renamed_while_it_is_read(live: Database) -> None:
    outcome = during(live, lambda other: other.execute("ALTER TABLE users0 RENAME a TO b"))
    assert brief(outcome.findings) in ([], RENAMED)
    assert brief(check(live.url, METADATA).findings) == RENAMED


def test_a_table_is_dropped_while_it_is_read(live: Database) -> None:
    outcome = during(live, lambda other: other.execute("DROP TABLE users0"))
    assert brief(outcome.findings) in ([], ["error missing-table public.users0"])


def test_a_table_is_locked_while_it_is_read(live: Database) -> None:
    with closing(psycopg.connect(live.url)) as third:
        outcome = during(live, lambda _: third.execute("LOCK TABLE users0"))
    assert outcome.findings == ()


def test_a_table_is_locked_for_long_while_it_is_read(live: Database) -> None:
    """The lock stays: what waits for it gives up, and the table is known as locked then."""
    third = psycopg.connect(live.url)
    began = time.monotonic()
    try:
        outcome = during(live, lambda _: third.execute("LOCK TABLE users0"))
    finally:
        third.close()
    assert outcome.findings == ()
    assert time.monotonic() - began < 8


@pytest.fixture
def renames(live: Database) -> Iterator[Database]:
    """Yield a database in which each of some sessions renames a column there and back."""
    stop = threading.Event()
    problems: list[str] = []

    def work(number: int) -> None:
        try:
            with psycopg.connect(live.url, autocommit=True) as connection:
                while not stop.is_set():
                    for change in ("a TO b", "b TO a"):
                        connection.execute(f"ALTER TABLE users{number} RENAME {change}".encode())
        except psycopg.Error as problem:
            problems.append(str(problem))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(SESSIONS)]
    for thread in threads:
        thread.start()
    yield live
    stop.set()
    for thread in threads:
        thread.join()
    assert problems == []


@pytest.mark.timeout(120 + 2 * SECONDS)
def test_columns_that_are_renamed_all_the_while(renames: Database) -> None:
    checks, until = 0, time.monotonic() + SECONDS
    whole = [line.replace("0", "N") for line in RENAMED]
    while time.monotonic() < until:
        outcome = check(renames.url, METADATA, connect_timeout=10)
        checks += 1
        lines = brief(outcome.findings)
        noted = " ".join(outcome.notes)
        for number in map(str, range(SESSIONS)):
            mine = [line.replace(number, "N") for line in lines if f"users{number}" in line]
            if f"users{number}" in noted:  # said to be unread: columns only
                assert set(mine) <= set(whole) - {whole[0]}
            else:
                assert mine in ([], whole)
    assert checks > 3


@pytest.mark.timeout(120 + 2 * SECONDS)
def test_ddl_that_goes_on_all_the_while(database: Database) -> None:
    """Pairs of columns come and go in one statement: none is ever seen without the other."""
    metadata = sa.MetaData()
    for number in range(4):
        sa.Table(f"users_{number}", metadata, sa.Column("id", sa.Integer, primary_key=True))
    create_all(metadata, database.url)
    stop = threading.Event()
    problems: list[str] = []
    churns = [
        threading.Thread(target=_churn, args=(database.url, number, stop, problems))
        for number in range(4)
    ]
    for churn in churns:
        churn.start()
    seen: set[int] = set()
    checks = 0
    until = time.monotonic() + SECONDS
    try:
        while time.monotonic() < until:
            outcome = check(database.url, metadata)
            checks += 1
            names = {f.object.name for f in outcome.findings if f.object.kind == "column"}
            assert {name.removesuffix("_b") for name in names if name.endswith("_b")} == {
                name.removesuffix("_a") for name in names if name.endswith("_a")
            }
            assert all(finding.rule.startswith("extra-") for finding in outcome.findings)
            seen.add(len(names))
    finally:
        stop.set()
        for churn in churns:
            churn.join()
    assert problems == []
    assert checks > 3
    assert len(seen) > 1


def _churn(url: str, number: int, stop: threading.Event, problems: list[str]) -> None:
    dice = random.Random(number)
    pair, table = f"n{number}", f"users_{number}"
    try:
        with psycopg.connect(url, autocommit=True) as connection:
            while not stop.is_set():
                connection.execute(
                    f"ALTER TABLE {table} ADD COLUMN {pair}_a int DEFAULT 1 CHECK ({pair}_a > 0), "
                    f"ADD COLUMN {pair}_b text DEFAULT lower('y')".encode()
                )
                connection.execute(
                    f"CREATE TABLE extra_{pair} (id serial PRIMARY KEY, u int REFERENCES {table}, "
                    f"e text DEFAULT upper('e')); CREATE INDEX ON extra_{pair} (lower(e)); "
                    f"CREATE TYPE kind_{pair} AS ENUM ('a', 'b')".encode()
                )
                time.sleep(dice.random() / 10)
                connection.execute(f"DROP TABLE extra_{pair}; DROP TYPE kind_{pair}".encode())
                connection.execute(
                    f"ALTER TABLE {table} DROP COLUMN {pair}_a, DROP COLUMN {pair}_b".encode()
                )
                time.sleep(dice.random() / 10)
    except psycopg.Error as problem:
        problems.append(str(problem))
