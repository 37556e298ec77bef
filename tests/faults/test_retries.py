"""What a server cannot do at the moment is tried again; what it never will, is said at once."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from drift import scratch
from drift.errors import DatabaseError
from drift.sources.database.retry import persist
from tests.faults import wires
from tests.servers import Database, create_all
from tests.system.checking import Outcome, drift

METADATA = sa.MetaData()
sa.Table("users", METADATA, sa.Column("id", sa.Integer, primary_key=True))
MODELS = ("--models", "tests.faults.test_retries:METADATA")


@pytest.fixture(scope="module")
def server() -> Iterator[scratch.Server]:
    with scratch.start_server() as made:
        create_all(METADATA, made.url())
        yield made


def check(url: str, *arguments: str) -> Outcome:
    return drift("check", "--database", url, *MODELS, *arguments)


@contextmanager
def later(seconds: float, work: Any) -> Iterator[None]:
    timer = threading.Timer(seconds, work)
    timer.start()
    try:
        yield
    finally:
        timer.join()


def control(server: scratch.Server, *words: str) -> None:
    server._run("pg_ctl", *words, "-D", str(server.home / "data"), "-t", "30")


def test_a_server_that_restarts_is_waited_for(server: scratch.Server) -> None:
    options = (server.home / "data" / "postmaster.opts").read_text().split(" ", 1)[1]
    control(server, "stop", "-m", "fast")
    words = options.replace('"', "").strip().split(" ", 2)[2]
    with later(1, lambda: control(server, "start", "-l", str(server.home / "log"), "-o", words)):
        outcome = check(server.url(), "-v")
    assert outcome.exit_code == 0, outcome.output
    assert "retrying" in outcome.stderr


@pytest.mark.parametrize(
    ("state", "text"),
    [
        ("57P03", "the database system is starting up"),
        ("57P03", "the database system is not yet accepting connections"),
        ("53300", "sorry, too many clients already"),
    ],
)
def test_a_server_that_starts_or_is_full_is_asked_again(
    server: scratch.Server, state: str, text: str
) -> None:
    with wires.wire(server.url(), wires.answered(state, text, times=3)) as wire:
        outcome = check(wire.url, "-v")
    assert outcome.exit_code == 0, outcome.output
    assert f"{text}; retrying" in outcome.stderr
    assert wire.connections == 4


def test_a_server_that_starts_is_asked_again_for_what_it_has(server: scratch.Server) -> None:
    treat = wires.answered("57P03", "the database system is starting up", times=2)
    with wires.wire(server.url(), treat) as wire:
        outcome = drift("show", "--database", wire.url)
    assert outcome.exit_code == 0, outcome.output
    assert "public.users" in outcome.stdout
    assert wire.connections == 3


def test_what_never_passes_is_said_with_its_reason_and_its_time(server: scratch.Server) -> None:
    treat = wires.answered("57P03", "the database system is starting up", times=1000)
    began = time.monotonic()
    with wires.wire(server.url(), treat) as wire:
        outcome = check(wire.url, "--connect-timeout", "1.5s")
    assert outcome.exit_code == 2
    assert "default: " in outcome.stderr
    assert "the database system is starting up (tried for " in outcome.stderr
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("most", [10, 300, 700])
def test_a_connection_that_is_cut_is_made_again(server: scratch.Server, most: int) -> None:
    with wires.wire(server.url(), wires.cut_after(most, times=2)) as wire:
        outcome = check(wire.url, "-v")
    assert outcome.exit_code == 0, outcome.output
    assert wire.connections == 3


def test_a_connection_that_is_always_cut_is_an_error(server: scratch.Server) -> None:
    with wires.wire(server.url(), wires.cut_after(300, times=1000)) as wire:
        outcome = check(wire.url, "--connect-timeout", "1s")
    assert outcome.exit_code == 2
    assert "(tried for " in outcome.stderr
    assert "Traceback" not in outcome.stderr


def test_a_backend_that_is_terminated_is_replaced(server: scratch.Server) -> None:
    """The catalog statement is held by a lock, and then its backend is terminated."""
    with psycopg.connect(server.url()) as holder, psycopg.connect(server.url()) as admin:
        admin.autocommit = True
        holder.execute("LOCK TABLE pg_catalog.pg_class IN ACCESS EXCLUSIVE MODE")
        command = [sys.executable, "-m", "drift", "check", "--database", server.url(), *MODELS]
        process = subprocess.Popen(
            [*command, "-v"], cwd=Path(__file__).parents[2], stderr=subprocess.PIPE, text=True
        )
        query = (
            "SELECT pg_terminate_backend(pid) FROM pg_stat_get_activity(NULL) "
            "WHERE application_name = 'drift'"
        )
        until = time.monotonic() + 20
        while time.monotonic() < until and not admin.execute(query).fetchall():
            time.sleep(0.1)
        holder.rollback()
        _, error = process.communicate(timeout=30)
    assert process.returncode == 0, error


def test_a_database_that_wakes_up_is_waited_for(server: scratch.Server) -> None:
    with wires.wire(server.url(), wires.held(2.5)) as wire:
        outcome = check(wire.url)
    assert outcome.exit_code == 0, outcome.output
    assert wire.connections == 1


def test_a_connection_limit_is_waited_for_while_somebody_may_leave(database: Database) -> None:
    create_all(METADATA, database.url)
    role = database.role("limited", "LOGIN CONNECTION LIMIT 1")
    url = database.url_for(role)
    with psycopg.connect(url) as first:
        outcome = check(url, "--connect-timeout", "1s")
        assert outcome.exit_code == 2
        assert "too many connections for role" in outcome.stderr
        assert "(tried for " in outcome.stderr
        with later(1, first.close):
            assert check(url).exit_code == 0


@pytest.mark.parametrize(
    "change", [{"dbname": "no_such_database"}, {"user": "no_such_role"}, {"sslmode": "require"}]
)
def test_what_will_never_be_is_said_at_once(
    server: scratch.Server, change: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "sleep", lambda _seconds: pytest.fail("it was tried again"))
    with wires.wire(server.url(), lambda client, behind, _: wires.through(client, behind)) as wire:
        url = psycopg.conninfo.make_conninfo(wire.url, **change)
        assert check(url).exit_code == 2


def test_a_port_that_nobody_listens_on_takes_a_moment_only() -> None:
    began = time.monotonic()
    outcome = check("postgresql://127.0.0.1:1/x", "--connect-timeout", "30s")
    assert outcome.exit_code == 2
    assert time.monotonic() - began < 6


def test_the_pauses_grow_and_each_is_told() -> None:
    told: list[str] = []
    times: list[float] = []

    def work(_left: float) -> str:
        times.append(time.monotonic())
        if len(times) < 4:
            raise DatabaseError("not yet", retryable=True)
        return "done"

    assert persist(work, 10, told.append) == "done"
    assert told == ["not yet; retrying"] * 3
    pauses = [after - before for before, after in pairwise(times)]
    assert pauses[0] < pauses[1] < pauses[2]


def test_no_time_is_left_for_another_attempt() -> None:
    def work(_left: float) -> str:
        time.sleep(0.2)
        raise DatabaseError("never", retryable=True)

    with pytest.raises(DatabaseError, match=r"^never \(tried for 0\.[0-9] s\)$"):
        persist(work, 0.5, lambda _text: None)


@pytest.mark.parametrize("text", ["0s", "soon", "-1s", "99h"])
def test_a_time_that_is_none_is_refused(text: str) -> None:
    outcome = check("postgresql://127.0.0.1:1/x", f"--connect-timeout={text}")
    assert outcome.exit_code == 2
    assert "expected a time such as 10s" in outcome.stderr
