"""Event loops: never blocked, and connections of theirs are read in their transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

import drift
from tests.api.shop import ASYNC_DRIVERS, DRIFT, Base, create, url_of
from tests.servers import Database

Work = Callable[[Any], Awaitable[None]]


@pytest.fixture(params=ASYNC_DRIVERS)
def with_connection(request: pytest.FixtureRequest, database: Database) -> Callable[[Work], None]:
    """Return what runs work on a connection in a new loop."""
    url = url_of(create(database), request.param)

    async def run(work: Work) -> None:
        engine = create_async_engine(url)
        async with engine.connect() as connection:
            await work(connection)
        await engine.dispose()

    return lambda work: asyncio.run(run(work))


def test_changes_that_are_not_committed_are_seen(with_connection: Any) -> None:
    async def work(connection: Any) -> None:
        await drift.assert_no_drift_async(connection, Base)
        assert not connection.in_transaction()
        await connection.execute(sa.text(DRIFT))
        with pytest.raises(AssertionError, match="missing-column"):
            await drift.assert_no_drift_async(connection, Base)
        assert (await connection.execute(sa.text("SHOW search_path"))).scalar() != "pg_catalog"
        await drift.assert_no_drift_async(connection.engine, Base)
        await connection.rollback()
        await drift.assert_no_drift_async(connection, Base)

    with_connection(work)


def test_a_session_is_read_in_its_transaction(with_connection: Any) -> None:
    async def work(connection: Any) -> None:
        async with AsyncSession(bind=connection) as session:
            await session.execute(sa.text(DRIFT))
            with pytest.raises(AssertionError, match="missing-column"):
                await drift.assert_no_drift_async(session, Base)

    with_connection(work)


def test_run_sync_passes_a_connection_that_can_be_read(with_connection: Any) -> None:
    async def work(connection: Any) -> None:
        await connection.run_sync(lambda own: drift.assert_no_drift(own, Base))

    with_connection(work)


def test_a_transaction_that_failed_is_a_clear_error(with_connection: Any) -> None:
    async def work(connection: Any) -> None:
        with pytest.raises(sa.exc.DBAPIError):
            await connection.execute(sa.text("SELECT nonsense"))
        with pytest.raises(drift.DriftError, match="has failed"):
            await drift.guard_async(connection, Base)

    with_connection(work)


def test_the_loop_goes_on_meanwhile(with_connection: Any) -> None:
    async def work(connection: Any) -> None:
        turns = 0

        async def count() -> None:
            nonlocal turns
            while True:
                await asyncio.sleep(0.001)
                turns += 1

        counting = asyncio.create_task(count())
        for database in (connection, connection.engine):
            turns = 0
            await drift.assert_no_drift_async(database, Base)
            assert turns > 1
        counting.cancel()

    with_connection(work)


@pytest.mark.parametrize("turns", [1, 2, 5, 20, 60])
def test_a_check_that_is_cancelled_leaves_the_connection_as_it_was(
    with_connection: Any, turns: int
) -> None:
    async def work(connection: Any) -> None:
        await connection.execute(sa.text(DRIFT))
        check = asyncio.create_task(drift.assert_no_drift_async(connection, Base))
        for _ in range(turns):
            await asyncio.sleep(0.001)
        check.cancel()
        with pytest.raises((asyncio.CancelledError, AssertionError)):
            await check
        assert (await connection.execute(sa.text("SHOW transaction_read_only"))).scalar() == "off"
        await connection.execute(sa.text("ALTER TABLE users DROP COLUMN extra"))

    with_connection(work)


def test_an_engine_with_arguments_of_its_own_is_asked_for_a_connection(database: Database) -> None:
    create(database)

    async def run() -> None:
        url = url_of(database, "asyncpg")
        engine = create_async_engine(url, connect_args={"server_settings": {"jit": "off"}})
        await drift.assert_no_drift_async(engine, Base)
        await engine.dispose()

    asyncio.run(run())


def test_an_asynchronous_connection_of_psycopg_is_read(database: Database) -> None:
    create(database)

    async def run() -> None:
        async with await psycopg.AsyncConnection.connect(database.url) as connection:
            await drift.assert_no_drift_async(connection, Base)
            await connection.execute(DRIFT.encode())
            with pytest.raises(AssertionError):
                await drift.assert_no_drift_async(connection, Base)
            with pytest.raises(drift.DriftError, match="asynchronous: await"):
                drift.assert_no_drift(connection, Base)

    asyncio.run(run())


def test_the_guard_warns_once_in_a_loop(
    with_connection: Any, caplog: pytest.LogCaptureFixture
) -> None:
    async def work(connection: Any) -> None:
        await connection.execute(sa.text(DRIFT))
        await drift.guard_async(connection, Base, mode="warn")
        with pytest.raises(drift.DriftError, match="does not fit the models"):
            await drift.guard_async(connection, Base)

    with_connection(work)
    assert [record.name for record in caplog.records if record.name == "drift"] == ["drift"]
