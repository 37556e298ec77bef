"""Locks, waits and silence: a check ends in time, and says what it could not read, or why."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from drift import scratch
from drift.sources.database import connection
from tests.faults import wires
from tests.servers import Database, create_all
from tests.system.checking import drift

METADATA = sa.MetaData()
sa.Table(
    "users",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.Text, server_default=sa.text("lower('X')")),
    sa.Column("age", sa.Integer, sa.CheckConstraint("age > 0", name="grown")),
    sa.Index("lower_name", sa.func.lower(sa.column("name", sa.Text))),
    sa.Index("some", sa.column("age", sa.Integer), postgresql_where=sa.text("age > 17")),
)
MODELS = ("--models", "tests.faults.test_locks:METADATA")


@pytest.fixture
def live(database: Database) -> Database:
    create_all(METADATA, database.url)
    return database


def configured(folder: Path, **limits: str) -> tuple[str, ...]:
    """Write a configuration with these limits, and return the options that use it."""
    lines = ["targets:", "  shop:", f"    models: {MODELS[1]}"]
    lines += [f"    {name}: {limit}" for name, limit in limits.items()]
    (folder / "drift.yaml").write_text("\n".join(lines))
    return ("check", "shop", "-c", str(folder / "drift.yaml"))


@pytest.mark.parametrize("change", ["", "ALTER TABLE users ADD COLUMN more text"])
def test_the_only_table_is_locked_all_the_while(live: Database, change: str) -> None:
    """Nothing differs but what the other session has not committed."""
    with psycopg.connect(live.url) as other:
        other.execute(f"{change};LOCK TABLE users IN ACCESS EXCLUSIVE MODE".encode())
        began = time.monotonic()
        outcome = drift("check", "--database", live.url, *MODELS)
        assert time.monotonic() - began < 5
    assert outcome.exit_code == 0, outcome.output
    assert "public.users is locked by another session" in outcome.output


def test_what_no_expression_says_is_found_in_spite_of_a_lock(live: Database) -> None:
    live.execute("ALTER TABLE users DROP COLUMN age")
    with psycopg.connect(live.url) as other:
        other.execute("LOCK TABLE users IN ACCESS EXCLUSIVE MODE")
        outcome = drift("check", "--database", live.url, *MODELS)
    assert outcome.exit_code == 1
    assert "age" in outcome.stdout
    assert "public.users is locked by another session" in outcome.output


def test_somebody_who_waits_for_a_lock_is_in_nobodys_way(live: Database) -> None:
    """A reader, and an ALTER TABLE that waits behind it: the next in the queue would wait too."""
    with psycopg.connect(live.url) as reader, closing(psycopg.connect(live.url)) as waiting:
        reader.execute("SELECT FROM users")
        waiting.pgconn.send_query(b"ALTER TABLE users ADD COLUMN more text")
        until = time.monotonic() + 10
        while not live.fetch(
            "SELECT FROM pg_locks WHERE NOT granted AND relation = 'users'::regclass"
        ):
            assert time.monotonic() < until
        began = time.monotonic()
        outcome = drift("check", "--database", live.url, *MODELS)
        assert time.monotonic() - began < 5
        waiting.cancel()
    assert outcome.exit_code == 0, outcome.output


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        (
            {"lock_timeout": "300ms", "connect_timeout": "3s"},
            "canceling statement due to lock timeout (another session holds a lock; retry later)",
        ),
        (
            {"statement_timeout": "300ms"},
            "canceling statement due to statement timeout (the statement timeout was reached; "
            "raise statement_timeout)",
        ),
    ],
)
def test_a_time_that_is_over_is_said_with_the_target(
    live: Database, tmp_path: Path, limits: dict[str, str], reason: str
) -> None:
    with psycopg.connect(live.url) as other:
        # a catalog that no new connection needs
        other.execute("LOCK TABLE pg_catalog.pg_description IN ACCESS EXCLUSIVE MODE")
        began = time.monotonic()
        outcome = drift(*configured(tmp_path, **limits), DATABASE_URL=live.url)
        assert time.monotonic() - began < 8
    assert outcome.exit_code == 2
    assert f"drift: error: shop: {reason}" in outcome.stderr


@pytest.fixture(scope="module")
def server() -> Iterator[scratch.Server]:
    with scratch.start_server() as made:
        create_all(METADATA, made.url())
        yield made


def _silent_after(most: int) -> wires.Treat:
    def treat(client: Any, behind: Any, _number: int) -> None:
        passed = 0
        wires.pass_on(client, behind)
        while said := behind.recv(65536):
            passed += len(said)
            if passed <= most:
                client.sendall(said)

    return treat


@pytest.mark.parametrize("most", [600, 1500])
def test_a_connection_that_falls_silent_is_given_up(
    server: scratch.Server, tmp_path: Path, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As behind a firewall that forgot it: nothing comes, and nobody says that it is closed."""
    monkeypatch.setattr(connection, "_MARGIN", 1.0)
    began = time.monotonic()
    with wires.wire(server.url(), _silent_after(most)) as wire:
        arguments = configured(tmp_path, statement_timeout="200ms", connect_timeout="1s")
        outcome = drift(*arguments, DATABASE_URL=wire.url)
    assert outcome.exit_code == 2, outcome.output
    assert outcome.stderr.endswith(
        "drift: error: shop: connected, but the server or a proxy stopped responding "
        "(gave up after 1 s)\n"
    )
    assert time.monotonic() - began < 10
