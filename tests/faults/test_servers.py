"""Servers as they are found: pooled, standing by, with TLS, of another encoding, huge."""

from __future__ import annotations

import os
import random
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from psycopg import conninfo

from drift import scratch
from drift.check import target as app
from drift.config import Target
from drift.sources.models.loader import Models
from tests.faults import clusters
from tests.servers import Database, create_all
from tests.system.checking import check, drift, found

SECONDS = float(os.environ.get("DRIFT_TEST_DDL_SECONDS", "5"))
METADATA = sa.MetaData()
sa.Table(
    "users",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.Text, server_default=sa.text("lower('X')")),
    sa.Column("age", sa.Integer, sa.CheckConstraint("age > 0")),
    sa.Index("lower_name", sa.func.lower(sa.column("name", sa.Text))),
)
MODELS = ("--models", "tests.faults.test_servers:METADATA")


@pytest.fixture(scope="module")
def server() -> Iterator[scratch.Server]:
    with scratch.start_server() as made:
        create_all(METADATA, made.url())
        with psycopg.connect(made.url(), autocommit=True) as admin:
            admin.execute("ALTER TABLE users ALTER name SET DEFAULT lower('X'::varchar)")
        yield made


@pytest.fixture
def public_folder() -> Iterator[Path]:
    """Yield a folder that the account of a server can enter."""
    folder = Path(tempfile.mkdtemp(prefix="drift-test-", dir="/tmp"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def test_pgbouncer_in_transaction_mode(server: scratch.Server, public_folder: Path) -> None:
    with clusters.pooled(server.url(), public_folder) as url:
        assert check(url, METADATA, connect_timeout=10).in_sync
        others = [threading.Thread(target=check, args=(url, METADATA)) for _ in range(4)]
        for other in others:
            other.start()
        for other in others:
            other.join()
        with psycopg.connect(url, autocommit=True) as next_user:
            row = next_user.execute("SHOW search_path").fetchone()
            assert row == ('"$user", public',)
            row = next_user.execute("SHOW transaction_read_only").fetchone()
            assert row == ("off",)
        outcome = drift("check", "--database", url, *MODELS)
        assert outcome.exit_code == 0, outcome.output


def test_a_hot_standby(server: scratch.Server) -> None:
    with clusters.standby(server) as url:
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT pg_is_in_recovery()").fetchone() == (True,)
        assert check(url, METADATA).in_sync
        with psycopg.connect(server.url(), autocommit=True) as admin:
            admin.execute("ALTER TABLE users ADD COLUMN more text")
        try:
            until = time.monotonic() + 10
            while time.monotonic() < until and check(url, METADATA).in_sync:
                time.sleep(0.1)
            assert found(url, METADATA) == ["warning extra-column public.users.more"]
        finally:
            with psycopg.connect(server.url(), autocommit=True) as admin:
                admin.execute("ALTER TABLE users DROP COLUMN more")


def test_a_standby_that_cancels_what_is_in_its_way(server: scratch.Server) -> None:
    """Locks of the primary's catalogs, replayed, cancel connections also while they are made."""
    done = threading.Event()

    def lock_again_and_again() -> None:
        with psycopg.connect(server.url(), autocommit=True) as admin:
            while not done.is_set():
                for catalog in ("pg_authid", "pg_database", "pg_class", "pg_db_role_setting"):
                    with admin.transaction():
                        admin.execute(f"LOCK TABLE pg_catalog.{catalog} IN ACCESS EXCLUSIVE MODE")
                time.sleep(random.uniform(0.05, 0.4))

    with clusters.standby(server, "--max_standby_streaming_delay=0") as url:
        locking = threading.Thread(target=lock_again_and_again)
        locking.start()
        notes: list[str] = []
        until = time.monotonic() + 90
        try:
            while not any("conflict with recovery" in note for note in notes):
                assert time.monotonic() < until, "no check met a conflict"
                target = Target(name="test", database=url)
                models = Models("test", (METADATA,))
                assert app.check(target, note=notes.append, models=models).in_sync
        finally:
            done.set()
            locking.join()
    assert all(note.endswith("; trying again") for note in notes if "conflict with" in note)


def test_tls_with_an_authority_of_ones_own(public_folder: Path) -> None:
    with clusters.with_tls(public_folder) as (url, authority):
        create_all(METADATA, url)
        secure = f"{url}&sslmode=verify-full&sslrootcert={authority}"
        outcome = drift("check", "--database", secure, *MODELS)
        assert outcome.exit_code == 0, outcome.output
        plain = drift("check", "--database", f"{url}&sslmode=disable", *MODELS)
        assert plain.exit_code == 2
        assert "no encryption" in plain.stderr
        other = public_folder / "other"
        other.mkdir()
        wrong = clusters._certificates(other)
        distrusted = url + f"&sslmode=verify-full&sslrootcert={wrong}"
        refused = drift("check", "--database", distrusted, *MODELS)
        assert refused.exit_code == 2
        assert "certificate verify failed" in refused.stderr
        absent = drift("check", "--database", f"{url}&sslmode=verify-full&sslrootcert=/no", *MODELS)
        assert absent.exit_code == 2
        assert '"/no" does not exist' in absent.stderr


def test_sessions_that_are_read_only_by_default(database: Database) -> None:
    create_all(METADATA, database.url)
    role = database.role("reader")
    for setting in (
        "default_transaction_read_only = on",
        "default_transaction_isolation = serializable",
    ):
        database.admin(f"ALTER ROLE {{}} SET {setting}", role)
    assert found(database.url_for(role), METADATA) == []


@pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII", "EUC_JP"])
def test_encodings_other_than_utf_8(
    admin: psycopg.Connection[Any], dsn: str, encoding: str
) -> None:
    name = f"drift_encoded_{encoding.lower()}_{os.getpid()}"
    admin.execute(
        f"CREATE DATABASE {name} ENCODING '{encoding}' TEMPLATE template0 LOCALE 'C'".encode()
    )
    url = conninfo.make_conninfo(dsn, dbname=name, client_encoding="UTF8")
    word = "日本" if encoding == "EUC_JP" else "café"
    metadata = sa.MetaData()
    sa.Table(
        word,
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column(f"{word}_1", sa.Text, server_default=f"{word}!", comment=word),
        sa.Column("kind", sa.Enum(word, "b", name=f"{word}_kind")),
    )
    try:
        create_all(metadata, url)
        assert found(url, metadata) == []
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f'ALTER TABLE "{word}" RENAME "{word}_1" TO "{word}_2"')
        assert found(url, metadata) == [
            f"error missing-column public.{word}.{word}_1",
            f"warning extra-column public.{word}.{word}_2",
        ]
    finally:
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def test_bytes_that_are_no_text_stop_nothing(admin: psycopg.Connection[Any], dsn: str) -> None:
    name = f"drift_bytes_{os.getpid()}"
    admin.execute(
        f"CREATE DATABASE {name} ENCODING 'SQL_ASCII' TEMPLATE template0 LOCALE 'C'".encode()
    )
    url = conninfo.make_conninfo(dsn, dbname=name, client_encoding="UTF8")
    try:
        create_all(METADATA, url)
        with psycopg.connect(url, autocommit=True, client_encoding="sql_ascii") as connection:
            connection.execute(b"ALTER TABLE users ADD COLUMN \"caf\xe9\" text DEFAULT '\xff\xfe'")
            connection.execute(b"COMMENT ON COLUMN users.name IS '\xe9t\xe9'")
        outcome = drift("check", "--database", url, *MODELS)
        assert outcome.exit_code == 1, outcome.output
        assert "caf" in outcome.stdout
    finally:
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


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
