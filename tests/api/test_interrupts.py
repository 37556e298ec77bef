"""Connections of psycopg after Ctrl-C, or a timeout, in the middle of a check."""

from __future__ import annotations

import signal
from typing import Any

import psycopg
import pytest

import drift
from tests.api.shop import Base, create
from tests.servers import Database


@pytest.fixture
def interrupt() -> Any:
    """Let the alarm be what Ctrl-C is."""

    def stop(*_: Any) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, stop)
    yield lambda seconds: signal.setitimer(signal.ITIMER_REAL, seconds)
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


def test_an_interrupted_check_leaves_the_connection_as_it_was(
    interrupt: Any, database: Database
) -> None:
    with psycopg.connect(create(database).url) as lock, psycopg.connect(database.url) as connection:
        connection.execute("SET LOCAL search_path = public, pg_temp")
        # the catalog statement waits for this lock until the interrupt
        lock.execute("LOCK pg_catalog.pg_attribute IN ACCESS EXCLUSIVE MODE")
        connection.execute("SET LOCAL statement_timeout = '20s'")
        interrupt(0.5)
        with pytest.raises(KeyboardInterrupt):
            drift.check(Base, connection, lock_timeout=30)
        lock.rollback()
        shown = connection.execute("SHOW search_path").fetchone()
        assert shown == ("public, pg_temp",)
        connection.execute("CREATE TABLE after (id integer)")
