"""Checks for an event loop: they run in a thread, but a lent connection runs in the loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from contextvars import copy_context
from typing import Any

from drift.api import checking
from drift.api.database import cursor_channel, kind_of, not_connected, require_postgresql
from drift.api.report import Report
from drift.config import Target
from drift.errors import DatabaseError
from drift.kinds.metadata.sqlalchemy_adapter import opens_by_url
from drift.sources.database.channels import IN_USE, LOCK_SECONDS, LoopChannel, PsycopgChannel
from drift.sources.database.interrupts import Interrupt, interruptible
from drift.sources.database.lent import Lent


async def check(models: Any, database: Any, target: Target) -> Report:
    """Compare models with a database, without blocking the event loop. Raises DriftError."""
    kind = kind_of(database)
    if kind in {"AsyncSession", "async_scoped_session"}:
        return await _on_connection(models, await database.connection(), target)
    if kind == "AsyncConnection":
        return await _on_connection(models, database, target)
    if kind == "AsyncEngine" and not opens_by_url(database.sync_engine):
        async with _connected(database) as connection:
            return await _on_connection(models, connection, target)
    if kind == "psycopg.AsyncConnection":
        return await _on_psycopg(models, database, target)
    interrupt = Interrupt()
    try:
        with interruptible(interrupt):
            return await asyncio.to_thread(checking.checked, models, database, target)
    except asyncio.CancelledError:
        _in_thread(interrupt.set)
        raise


async def _on_psycopg(models: Any, connection: Any, target: Target) -> Report:
    """Compare within the transaction of an AsyncConnection of psycopg."""
    channel = PsycopgChannel(connection)
    channel.require_usable()
    try:
        await asyncio.wait_for(connection.lock.acquire(), LOCK_SECONDS)
    except TimeoutError:
        raise DatabaseError(IN_USE) from None
    try:
        return await _to_the_end(models, Lent(channel), target, channel.stop)
    finally:
        connection.lock.release()


async def _on_connection(models: Any, connection: Any, target: Target) -> Report:
    """Compare within the transaction of an AsyncConnection."""
    password = connection.engine.url.password
    channel = LoopChannel(await connection.run_sync(cursor_channel), connection.run_sync)
    lent = Lent(channel, [str(password)] if password else [])
    return await _to_the_end(models, lent, target, channel.stop)


async def _to_the_end(models: Any, lent: Lent, target: Target, stop: Callable[[], None]) -> Report:
    """Compare in a thread; if the caller is cancelled, let it leave the connection first.

    However often the caller is cancelled: the connection is only theirs again after that.
    """
    work = copy_context().run
    # No task: the end of a loop cancels all of them, and the thread would still run.
    future = asyncio.get_running_loop().run_in_executor(
        None, work, checking.compared, models, lent, target
    )
    cancelled: asyncio.CancelledError | None = None
    while not future.done():
        try:
            await asyncio.wait([future])
        except asyncio.CancelledError as problem:
            if cancelled is None:
                _in_thread(stop)
            cancelled = problem
    if cancelled:
        future.exception()  # or asyncio would log it
        raise cancelled
    return future.result()


def _in_thread(stop: Callable[[], None]) -> None:
    """Stop a check without blocking the loop: that takes a connection to the server."""
    threading.Thread(target=stop, daemon=True).start()


@asynccontextmanager
async def _connected(engine: Any) -> AsyncIterator[Any]:
    """Yield a connection of an engine that cannot be opened by its URL."""
    require_postgresql(engine.dialect.name)
    connection = engine.connect()
    try:
        await connection.start()
        await connection.begin()  # listeners may set the search path then
    except Exception as problem:  # noqa: BLE001 — a driver or a listener may raise anything
        raise not_connected(problem) from None
    try:
        yield connection
    finally:
        await connection.close()
