"""Servers of other kinds: pooled, a standby, with TLS, read-only by default."""

from __future__ import annotations

import random
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from drift import scratch
from drift.check import target as app
from drift.config import Target
from drift.sources.models.loader import Models
from tests.faults import clusters
from tests.faults.users import METADATA, MODELS
from tests.folders import short
from tests.servers import Database, create_all
from tests.system.checking import check, drift, found


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
    folder = Path(tempfile.mkdtemp(prefix="drift-test-", dir=short()))
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
                assert app.check(target, note=notes.append, expected=models).in_sync
        finally:
            done.set()
            locking.join()
    assert all(note.endswith("; retrying") for note in notes if "conflict with" in note)


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
