"""Reads the locks of a statement that runs outside of transactions.

CREATE INDEX CONCURRENTLY ends before anybody could look at it. A session with an old snapshot makes
it wait, so that a third session can read its locks.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from typing import Any

import psycopg

from drift.plan import ddl
from drift.plan.operation import TableName
from drift.proof.sandbox import Sandbox

_PATIENCE = 2.0
"""Seconds in which the statement is expected to wait, or to end."""
_POLL = 0.003
_WAITS = "SELECT wait_event_type = 'Lock' FROM pg_stat_activity WHERE pid = {pid}"
_LOCKS = """
SELECT relation::int8, mode FROM pg_locks
WHERE locktype = 'relation' AND pid = {pid} AND granted
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


class Onlooker:
    """Two more sessions: one that is in the way, and one that looks on."""

    def __init__(self, sandbox: Sandbox) -> None:
        """Take the database; the sessions are opened when they are needed."""
        self._sandbox = sandbox
        self._sessions: tuple[psycopg.Connection[Any], psycopg.Connection[Any]] | None = None

    def watch(
        self, connection: psycopg.Connection[Any], sql: str, tables: Iterable[TableName]
    ) -> list[tuple[int, str]]:
        """Run a statement, and return the relations and modes of its locks while it waits."""
        if self._sessions is None:
            self._sessions = self._sandbox.connect(), self._sandbox.connect()
        obstacle, observer = self._sessions
        failures: list[psycopg.Error] = []
        held: list[tuple[int, str]] = []
        _stand_in_the_way(obstacle, tables)
        worker = threading.Thread(target=_run, args=(connection, sql, failures), daemon=True)
        worker.start()
        try:
            held = _read_while_it_waits(observer, connection.info.backend_pid, worker)
        finally:
            obstacle.execute("ROLLBACK")
            worker.join()
        if failures:
            raise failures[0]
        return held


def _stand_in_the_way(obstacle: psycopg.Connection[Any], tables: Iterable[TableName]) -> None:
    """Hold an old snapshot, and the lock of a reader: DROP INDEX waits for readers alone."""
    obstacle.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
    for table in tables:
        obstacle.execute(f"LOCK TABLE {ddl.path(*table)} IN ACCESS SHARE MODE".encode())
    obstacle.execute("SELECT count(*) FROM pg_class")


def _run(connection: psycopg.Connection[Any], sql: str, failures: list[psycopg.Error]) -> None:
    try:
        connection.execute(sql.encode())
    except psycopg.Error as problem:
        failures.append(problem)


def _read_while_it_waits(
    observer: psycopg.Connection[Any], pid: int, worker: threading.Thread
) -> list[tuple[int, str]]:
    end = time.monotonic() + _PATIENCE
    while worker.is_alive() and time.monotonic() < end:
        row = observer.execute(_WAITS.format(pid=pid).encode()).fetchone()
        if row and row[0]:
            return list(observer.execute(_LOCKS.format(pid=pid).encode()).fetchall())
        time.sleep(_POLL)
    return []
