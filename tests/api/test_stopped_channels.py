"""Channels that are stopped while a statement runs, such as the one that leaves the connection."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

from drift.api.database import cursor_channel
from drift.sources.database.channels import LoopChannel, PsycopgChannel
from drift.sources.database.lent import Lent, StatementError
from tests.api.shop import ASYNC_DRIVERS, url_of
from tests.servers import Database

LEAVING = ["ROLLBACK TO SAVEPOINT outer_one", "SELECT pg_sleep(0.6)", "RELEASE SAVEPOINT outer_one"]
"""What leaves a connection, on a busy server."""


def stopped_while_leaving(channel: Any) -> None:
    """Stop a channel while it leaves."""
    channel.run(["SAVEPOINT outer_one"])
    channel.run(["SET LOCAL transaction_read_only = on"])
    timer = threading.Timer(0.2, channel.stop)
    timer.start()
    channel.run(LEAVING)
    timer.join()


@pytest.fixture
def fast_switches() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def test_psycopg_leaves_to_the_end(database: Database) -> None:
    with psycopg.connect(database.url) as connection:
        connection.execute("SET LOCAL work_mem = '7MB'")
        stopped_while_leaving(PsycopgChannel(connection))
        assert connection.execute("SHOW transaction_read_only").fetchone() == ("off",)
        assert connection.execute("SHOW work_mem").fetchone() == ("7MB",)


def test_an_interrupt_does_not_end_what_leaves(database: Database) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGUSR1, interrupt)
    try:
        with psycopg.connect(database.url) as connection:
            connection.execute("SELECT 1")  # begins the transaction
            channel = PsycopgChannel(connection)
            channel.run(["SAVEPOINT outer_one"])
            channel.run(["SET LOCAL transaction_read_only = on"])
            threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGUSR1)).start()
            with pytest.raises(KeyboardInterrupt):
                channel.run(LEAVING)
            assert connection.execute("SHOW transaction_read_only").fetchone() == ("off",)
    finally:
        signal.signal(signal.SIGUSR1, before)


@pytest.mark.parametrize("driver", ASYNC_DRIVERS)
def test_a_driver_in_a_loop_leaves_to_the_end(database: Database, driver: str) -> None:
    async def work() -> None:
        engine = create_async_engine(url_of(database, driver))
        async with engine.connect() as connection:
            await connection.execute(sa.text("SET LOCAL work_mem = '7MB'"))
            cursor = await connection.run_sync(cursor_channel)
            channel = LoopChannel(cursor, connection.run_sync)
            await asyncio.to_thread(stopped_while_leaving, channel)
            for name, value in (("transaction_read_only", "off"), ("work_mem", "7MB")):
                assert (await connection.execute(sa.text(f"SHOW {name}"))).scalar() == value
        await engine.dispose()

    asyncio.run(work())


def test_a_late_stop_ends_no_statement_of_the_callers(database: Database) -> None:
    with psycopg.connect(database.url) as connection:
        channel = PsycopgChannel(connection)
        with Lent(channel).session():
            pass
        timer = threading.Timer(0.2, channel.stop)
        timer.start()
        connection.execute("SELECT pg_sleep(0.6)")
        timer.join()


@pytest.mark.usefixtures("fast_switches")
def test_a_stop_ends_a_statement_that_is_about_to_be_sent(database: Database) -> None:
    with psycopg.connect(database.url, autocommit=True) as connection:
        for pause in range(100):
            channel = PsycopgChannel(connection)
            thread = threading.Timer(pause / 1e6, channel.stop)
            thread.start()
            began = time.monotonic()
            with pytest.raises(StatementError):
                channel.run(["SELECT pg_sleep(60)"])
            assert time.monotonic() - began < 20
            thread.join()
