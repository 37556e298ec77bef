"""A real server that is full, recovers from a crash, or stops in the midst of a check."""

from __future__ import annotations

import os
import re
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress

import psycopg
import pytest
import sqlalchemy as sa

from drift import scratch
from drift.errors import DatabaseError
from tests.servers import create_all
from tests.system.checking import Outcome, drift

METADATA = sa.MetaData()
sa.Table(
    "held",
    METADATA,
    sa.Column("v", sa.Text, server_default=sa.text("to_tsvector('simple'::regconfig, 'x')::text")),
)
"""To print its default, PostgreSQL looks into `pg_ts_config`, as nothing else of a check does."""


@pytest.fixture(scope="module")
def server() -> Iterator[scratch.Server]:
    with scratch.start_server() as made:
        create_all(METADATA, made.url())
        with psycopg.connect(made.url(), autocommit=True) as connection:
            connection.execute("CHECKPOINT")  # a scratch server may lose data in a crash
        yield made


def check(url: str, *arguments: str) -> Outcome:
    models = ("--models", "tests.faults.test_limits:METADATA")
    return drift("check", "--database", url, *models, *arguments)


def restart(server: scratch.Server, *settings: str, mode: str = "fast") -> None:
    """Start the server again, as it was and with these settings."""
    data = str(server.home / "data")
    with suppress(DatabaseError):
        server._run("pg_ctl", "stop", "-D", data, "-m", mode)
    words = (server.home / "data" / "postmaster.opts").read_text().replace('"', "").split()[1:]
    own = [word for word in words if "max_connections" not in word and word not in {"-D", data}]
    options = " ".join([*own, "--max_connections=100", *settings])
    log = str(server.home / "log")
    server._run("pg_ctl", "start", "-D", data, "-l", log, "-o", options, "-t", "30")


@contextmanager
def meanwhile(work: Callable[[], object]) -> Iterator[None]:
    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        thread.join()


def test_every_connection_of_the_server_is_taken(server: scratch.Server) -> None:
    restart(server, "--max_connections=10")
    try:
        with psycopg.connect(server.url(), autocommit=True) as admin:
            admin.execute("CREATE ROLE app LOGIN")
            admin.execute("GRANT SELECT ON held TO app")
        url = server.url().replace("postgres@", "app@")
        taken = []
        with suppress(psycopg.OperationalError):
            while True:
                taken.append(psycopg.connect(url))
        began = time.monotonic()
        outcome = check(url, "--connect-timeout", "1s")
        assert outcome.exit_code == 2
        assert "drift: error: default: " in outcome.stderr
        assert "remaining connection slots are reserved" in outcome.stderr
        assert "(tried for " in outcome.stderr
        assert time.monotonic() - began < 4

        def leave() -> None:
            time.sleep(1)
            for one in taken:
                one.close()

        with meanwhile(leave):
            assert check(url).exit_code == 0
    finally:
        restart(server)


def test_a_server_that_crashed_is_waited_for_while_it_recovers(server: scratch.Server) -> None:
    """A recovery may be over before a busy machine lets this process see it: then try again."""
    assert any(is_seen_to_recover(server) for _ in range(20))
    outcome = check(server.url(), "-v")
    assert outcome.exit_code == 0, outcome.output


def is_seen_to_recover(server: scratch.Server) -> bool:
    """Kill a backend: the postmaster starts recovery, in which it takes no connection."""
    if is_recovering(server):
        return True
    with closing(psycopg.connect(server.url(), autocommit=True)) as victim:
        victim.execute("CREATE TABLE rows AS SELECT generate_series(1, 300000)")
        victim.execute("DROP TABLE rows")  # to replay it takes longer than an attempt to connect
        os.kill(victim.info.backend_pid, signal.SIGKILL)
    until = time.monotonic() + 1
    while time.monotonic() < until:
        if is_recovering(server):
            return True
    return False


def is_recovering(server: scratch.Server) -> bool:
    try:
        psycopg.connect(server.url()).close()
    except psycopg.OperationalError as problem:
        return re.search("in recovery mode|starting up", str(problem)) is not None
    return False


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_a_server_that_restarts_in_the_midst_of_a_check(server: scratch.Server, mode: str) -> None:
    """The catalog statement is held, so that the restart meets it and not its beginning."""
    waiting = "SELECT FROM pg_locks WHERE NOT granted AND relation = 'pg_ts_config'::regclass"
    holder, admin = (psycopg.connect(server.url()) for _ in range(2))
    admin.autocommit = True

    def work() -> None:
        until = time.monotonic() + 10
        while not admin.execute(waiting).fetchall() and time.monotonic() < until:
            time.sleep(0.01)
        restart(server, mode=mode)

    with closing(holder), closing(admin):
        holder.execute("LOCK TABLE pg_catalog.pg_ts_config IN ACCESS EXCLUSIVE MODE")
        with meanwhile(work):
            outcome = check(server.url(), "-v")
    assert outcome.exit_code == 0, outcome.output
    assert "retrying" in outcome.stderr
