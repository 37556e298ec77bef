"""Asynchronous checks that are cancelled, once or again, while a statement waits on the server."""

from __future__ import annotations

import asyncio
import gc
import logging
import time
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

import drift
from tests.api.shop import ASYNC_DRIVERS, DRIFT, Base, create, url_of
from tests.servers import Database

pytestmark = pytest.mark.filterwarnings("error")
RUNNING = """
    SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND wait_event_type = 'Lock'
"""
CONNECTED = """
    SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND backend_type LIKE 'client%%'
"""
CHECKS: dict[str, Any] = {
    "assert_no_drift_async": lambda database: drift.assert_no_drift_async(
        database, Base, lock_timeout=60, statement_timeout=60
    ),
    "guard_async": lambda database: drift.guard_async(
        database, Base, lock_timeout=60, statement_timeout=60
    ),
}


class Server:
    """A lock that checks wait for, and a look at the connections from another database."""

    def __init__(self, database: Database, admin: psycopg.Connection[Any]) -> None:
        self.name, self.admin = database.name, admin
        self.lock = psycopg.connect(create(database).url)

    async def until(self, query: str, count: int) -> None:
        """Wait until so many connections are in a state."""
        deadline = time.monotonic() + 15
        while self.count(query) != count:
            assert time.monotonic() < deadline, self.count(query)
            await asyncio.sleep(0.02)

    def count(self, query: str) -> int:
        row = self.admin.execute(query.encode(), [self.name]).fetchone()
        return int(row[0]) if row else 0


@pytest.fixture
def server(database: Database, admin: psycopg.Connection[Any]) -> Iterator[Server]:
    server = Server(database, admin)
    yield server
    server.lock.close()


async def cancelled(work: Any, server: Server, times: int) -> None:
    """Cancel a check while its statement waits for the lock, so many times."""
    server.lock.execute("LOCK pg_catalog.pg_constraint IN ACCESS EXCLUSIVE MODE")
    task = asyncio.create_task(work)
    await server.until(RUNNING, 1)
    began = time.monotonic()
    for _ in range(times):
        task.cancel()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    with pytest.raises(asyncio.CancelledError):
        await task
    await server.until(RUNNING, 0)
    assert time.monotonic() - began < 10
    server.lock.rollback()


def run(work: Any, caplog: pytest.LogCaptureFixture) -> None:
    """Run work in a loop that logs each slip."""
    with caplog.at_level(logging.WARNING, "asyncio"):
        asyncio.run(work)
        gc.collect()  # asyncio logs exceptions that were never retrieved then
    assert caplog.messages == []


@pytest.mark.parametrize("times", [1, 2, 3])
@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
def test_no_connection_of_ours_is_left(
    server: Server, database: Database, check: Any, times: int, caplog: pytest.LogCaptureFixture
) -> None:
    async def work() -> None:
        await cancelled(check(database.url), server, times)
        await server.until(CONNECTED, 1)

    run(work(), caplog)


@pytest.mark.parametrize("times", [1, 2, 3])
@pytest.mark.parametrize("driver", ASYNC_DRIVERS)
def test_a_connection_of_sqlalchemy_can_be_used_after_that(
    server: Server, database: Database, driver: str, times: int, caplog: pytest.LogCaptureFixture
) -> None:
    async def work() -> None:
        engine = create_async_engine(url_of(database, driver))
        async with engine.connect() as connection:
            await connection.execute(sa.text("SET LOCAL work_mem = '7MB'"))
            check = CHECKS["guard_async"](connection)
            await cancelled(check, server, times)
            shown = await connection.execute(sa.text("SHOW work_mem"))
            assert shown.scalar() == "7MB"
            shown = await connection.execute(sa.text("SHOW transaction_read_only"))
            assert shown.scalar() == "off"
            await connection.execute(sa.text(DRIFT))
        await engine.dispose()
        await server.until(CONNECTED, 1)

    run(work(), caplog)


@pytest.mark.parametrize("times", [1, 2, 3])
def test_a_connection_of_psycopg_can_be_used_after_that(
    server: Server, database: Database, times: int, caplog: pytest.LogCaptureFixture
) -> None:
    async def work() -> None:
        async with await psycopg.AsyncConnection.connect(database.url) as connection:
            await connection.execute("SET LOCAL work_mem = '7MB'")
            await cancelled(CHECKS["guard_async"](connection), server, times)
            cursor = await connection.execute("SHOW work_mem")
            assert await cursor.fetchone() == ("7MB",)
            await connection.execute(DRIFT.encode())
        await server.until(CONNECTED, 1)

    run(work(), caplog)
