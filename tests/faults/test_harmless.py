"""A check only looks: what the server received, locked, read and wrote while one ran."""

from __future__ import annotations

import contextlib
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from drift import scratch
from drift.demo import models
from drift.kinds.sql.text import SAFE_PATH
from tests.servers import create_all
from tests.sources.database.test_one_statement import received
from tests.system.checking import drift

AUDIT = ("--models", "drift.demo.models:Base")
ALLOWED = re.compile(
    r"BEGIN READ ONLY|ROLLBACK|SAVEPOINT \w+|ROLLBACK TO (SAVEPOINT )?\w+"
    r"|SET LOCAL \w+ = [\w', \"]+"
    r"|SELECT set_config\('drift\.\w+', [^;]*, true\)"
    r"|WITH (?!.*\b(INSERT INTO|UPDATE \w+ SET|DELETE FROM|FOR (UPDATE|SHARE))\b).*"
    r"|EXPLAIN \((?!.*\bANALYZE\b)[^)]*\) .*"
    r"|SELECT rolsuper FROM pg_catalog\.pg_roles WHERE rolname = current_user"
)
SETTINGS = {"log_statement": "all", "log_line_prefix": "%a|", "autovacuum": "off"}

# what is made of a database that agrees with its models, and the code that a check exits with
STATES = {
    "clean": ("SELECT", 0),
    "drifted": ("ALTER TABLE users DROP COLUMN role; DROP INDEX ix_users_email", 1),
    "spelled in another way": (
        "ALTER TABLE analyses DROP CONSTRAINT ck_velocity_range;"
        "ALTER TABLE analyses ADD CONSTRAINT ck_velocity_range CHECK"
        " (NOT velocity_score < 0 AND NOT velocity_score > 100)",
        None,
    ),
}
COMMANDS = {"check": AUDIT, "doctor": AUDIT, "show": (), "show users": ()}


@pytest.fixture(scope="module")
def server() -> Iterator[scratch.Server]:
    """Return a server that logs every statement, and does nothing by itself."""
    with scratch.start_server() as made:
        with psycopg.connect(made.url(), autocommit=True) as admin:
            for name, value in SETTINGS.items():
                admin.execute(f"ALTER SYSTEM SET {name} = '{value}'".encode())
            admin.execute("SELECT pg_reload_conf()")
        yield made


class Live:
    """A database of the server with the audit's tables, and rows in them."""

    drifted = False

    def __init__(self, server: scratch.Server, name: str) -> None:
        with psycopg.connect(server.url(), autocommit=True) as admin:
            admin.execute(f"CREATE DATABASE {name} TEMPLATE template0".encode())
        self.server, self.url = server, server.url(name)
        create_all(models.Base.metadata, self.url)
        self.fetch("CREATE TABLE filled AS SELECT i FROM generate_series(1, 1000) i")

    def fetch(self, text: str) -> list[tuple[Any, ...]]:
        """Run statements; return the rows of the last one, if it has any."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            cursor = connection.execute(text.encode())
            return cursor.fetchall() if cursor.description else []

    def settle(self) -> None:
        """Wait until drift's backends have ended, and so told what they did."""
        query = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'drift'"
        deadline = time.monotonic() + 20
        while self.fetch(query) != [(0,)]:
            assert time.monotonic() < deadline
            time.sleep(0.02)

    def uses(self) -> list[tuple[Any, ...]]:
        """Return what was ever read and written of each table and index of the user's."""
        self.settle()
        return self.fetch("""
            SELECT relname, seq_scan, seq_tup_read, idx_scan, idx_tup_fetch, n_tup_ins, n_tup_upd,
                   n_tup_del, last_seq_scan, analyze_count, vacuum_count
            FROM pg_stat_user_tables ORDER BY relid""") + self.fetch("""
            SELECT indexrelname, idx_scan, idx_tup_read FROM pg_stat_user_indexes ORDER BY 1""")

    def written(self) -> tuple[Any, ...]:
        """Return where the log of writes ends, and the next transaction's number."""
        self.settle()
        return self.fetch(
            "SELECT pg_current_wal_insert_lsn(), pg_snapshot_xmax(pg_current_snapshot())"
        )[0]


@pytest.fixture(scope="module", params=STATES)
def live(server: scratch.Server, request: pytest.FixtureRequest) -> Live:
    made = Live(server, f"d{[*STATES].index(request.param)}")
    change, code = STATES[request.param]
    for statement in change.split(";"):
        made.fetch(statement)
    outcome = drift("check", "--database", made.url, *AUDIT, "--fail-on=error")
    assert code in {None, outcome.exit_code}, outcome.output
    made.drifted = drift("check", "--database", made.url, *AUDIT, "--fail-on=info").exit_code == 1
    return made


def run(command: str, url: str) -> None:
    name, *words = command.split()
    outcome = drift(name, *words, "--database", url, *COMMANDS[command])
    assert outcome.exit_code in {0, 1}, outcome.output


@pytest.mark.parametrize("command", COMMANDS)
def test_the_server_receives_one_transaction_that_only_reads(live: Live, command: str) -> None:
    """A check that finds drift asks once more whether anything changed since it read."""
    before = len(received(live.server))
    run(command, live.url)
    live.settle()
    statements = received(live.server)[before:]
    assert [s for s in statements if not ALLOWED.fullmatch(s)] == []
    assert statements[0] == "BEGIN READ ONLY"
    assert statements[-1] == "ROLLBACK"
    assert statements.count("BEGIN READ ONLY") == 1
    assert statements[1] == SAFE_PATH
    asked = [statement.startswith("WITH") for statement in statements]
    paths = [s if s.startswith("SET LOCAL search_path") else None for s in statements]
    for place, statement in enumerate(statements):
        if statement.startswith("WITH"):
            assert [path for path in paths[:place] if path][-1] == SAFE_PATH
    assert sum(asked) == (2 if command == "check" and live.drifted else 1)


@pytest.mark.parametrize("statement", [
    "BEGIN", "COMMIT", "SET search_path = ''", "SELECT * FROM users", "LOCK TABLE users",
    "EXPLAIN (ANALYZE, VERBOSE) SELECT 1", "EXPLAIN (VERBOSE, ANALYZE) SELECT 1",
    "WITH x AS (DELETE FROM users RETURNING 1) SELECT 1", "SELECT set_config('a.b', '', false)",
])  # fmt: skip
def test_the_rule_for_statements_refuses_what_might_do_harm(statement: str) -> None:
    assert not ALLOWED.fullmatch(statement)


@pytest.mark.parametrize("command", COMMANDS)
def test_no_row_of_a_users_table_is_read(live: Live, command: str) -> None:
    before = live.uses()
    run(command, live.url)
    assert live.uses() == before


def test_a_row_that_is_read_would_have_been_seen(server: scratch.Server) -> None:
    live = Live(server, "seen")
    before = live.uses()
    live.fetch("SELECT count(*) FROM filled")
    deadline = time.monotonic() + 20
    while live.uses() == before:
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize("command", COMMANDS)
def test_nothing_is_written_and_no_transaction_is_numbered(live: Live, command: str) -> None:
    """The server's own processes may write now and then, but not three times in a row."""
    run(command, live.url)  # whoever reads a row first may leave a hint beside it
    for _ in range(3):
        before = live.written()
        run(command, live.url)
        after = live.written()
        assert after[1] == before[1]
        if after == before:
            return
    pytest.fail(f"written: {before} became {after}")


@contextlib.contextmanager
def watched(server: scratch.Server, look: Callable[[bool], None]) -> Iterator[int]:
    """Pass a connection on to the server; look before each thing that is said.

    `look` is told whether the client says it: the server has nothing to do then.
    """
    listener = socket.create_server(("127.0.0.1", 0))
    ends: list[socket.socket] = [listener]

    def serve() -> None:
        client, _ = listener.accept()
        behind = socket.socket(socket.AF_UNIX)
        behind.connect(str(server.home / ".s.PGSQL.5432"))
        ends.extend((client, behind))
        back = threading.Thread(target=pass_on, args=(behind, client, False), daemon=True)
        back.start()
        pass_on(client, behind, True)
        back.join(10)

    def pass_on(one: socket.socket, other: socket.socket, from_client: bool) -> None:
        with contextlib.suppress(OSError):
            while said := one.recv(1 << 20):
                look(from_client)
                other.sendall(said)
            other.shutdown(socket.SHUT_WR)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
        thread.join(10)
    finally:
        for end in ends:
            end.close()


LOCKS = """
    SELECT c.relnamespace::regnamespace::text, l.mode FROM pg_locks l
    JOIN pg_stat_activity a USING (pid) JOIN pg_class c ON c.oid = l.relation
    WHERE a.application_name = 'drift' AND l.database = a.datid"""


@pytest.mark.parametrize("command", COMMANDS)
def test_no_table_of_a_user_is_locked(live: Live, command: str) -> None:
    """None stays locked; `pg_get_expr` itself takes ACCESS SHARE for as long as it prints."""
    seen: dict[bool, set[tuple[Any, ...]]] = {True: set(), False: set()}
    lock = threading.Lock()
    with psycopg.connect(live.url, autocommit=True) as other:

        def look(from_client: bool) -> None:
            with lock:
                seen[from_client].update(other.execute(LOCKS).fetchall())

        with watched(live.server, look) as port:
            name = Path(live.url.partition("?")[0]).name
            run(command, f"postgresql://postgres@127.0.0.1:{port}/{name}")
    assert seen[True] == {("pg_catalog", "AccessShareLock")}
    assert {mode for _, mode in seen[False]} == {"AccessShareLock"}
