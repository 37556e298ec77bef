"""Engines whose tables are in another schema than that of a plain connection."""

from __future__ import annotations

import asyncio
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.orm import Session

import drift
from tests.api.shop import Base, engine_of, url_of
from tests.servers import Database, create_all

NO_POOL: Any = {"poolclass": sa.pool.NullPool}
TRANSLATED = {"schema_translate_map": {None: "tenant"}}


@pytest.fixture
def tenant(database: Database) -> Database:
    """The tables in a schema that only the application's own search path has."""
    database.execute("CREATE SCHEMA tenant; CREATE TABLE users (id integer PRIMARY KEY)")
    create_all(Base.metadata, psycopg.conninfo.make_conninfo(
        database.url, options="-csearch_path=tenant"
    ))  # fmt: skip
    return database


def _set_path(connection: Any, *_: Any) -> None:
    connection.cursor().execute("SET search_path = tenant")


def _set_path_of_engine(connection: Any, *_: Any) -> None:
    _set_path(connection.connection)


LISTENERS = {
    "connect": _set_path,
    "checkout": _set_path,
    "engine_connect": _set_path_of_engine,
    "begin": _set_path_of_engine,
}


@pytest.mark.parametrize("event", LISTENERS)
def test_an_engine_whose_listener_sets_the_path_is_asked_for_a_connection(
    event: str, tenant: Database
) -> None:
    engine = sa.create_engine(url_of(tenant, "psycopg2"), **NO_POOL)
    assert not drift.check(Base, engine).in_sync
    sa.event.listen(engine, event, LISTENERS[event])
    assert drift.check(Base, engine).in_sync


def test_the_options_of_an_engine_are_used(tenant: Database) -> None:
    url = url_of(tenant, "psycopg2").update_query_dict({"options": "-csearch_path=tenant"})
    assert drift.check(Base, sa.create_engine(url, **NO_POOL)).in_sync


def test_an_asynchronous_engine_with_a_listener_is_asked_for_a_connection(tenant: Database) -> None:
    engine = create_async_engine(url_of(tenant, "asyncpg"), **NO_POOL)
    sa.event.listen(engine.sync_engine, "connect", _set_path)
    asyncio.run(drift.assert_no_drift_async(engine, Base))
    with pytest.raises(drift.DriftError, match=r"await drift\.assert_no_drift_async"):
        drift.assert_no_drift(engine, Base)


def test_translated_schemas_are_a_clear_error(tenant: Database) -> None:
    engine = engine_of(tenant, "psycopg2")
    translated = engine.execution_options(**TRANSLATED)
    own = sa.create_engine(url_of(tenant, "psycopg2"), **NO_POOL).execution_options(**TRANSLATED)
    with translated.connect() as connection, Session(translated) as session:
        for database in (translated, own, connection, session):
            with pytest.raises(drift.DriftError, match="schema_translate_map"):
                drift.check(Base, database)


def test_translated_schemas_of_an_event_loop_are_a_clear_error(tenant: Database) -> None:
    async def check(engine: AsyncEngine) -> None:
        for_tenant = engine.execution_options(**TRANSLATED)
        async with for_tenant.connect() as connection:
            for database in (for_tenant, connection):
                with pytest.raises(drift.DriftError, match="schema_translate_map"):
                    await drift.assert_no_drift_async(database, Base)

    asyncio.run(check(create_async_engine(url_of(tenant, "asyncpg"), **NO_POOL)))


def test_a_session_without_an_engine_is_a_clear_error() -> None:
    with pytest.raises(drift.DriftError, match="the session cannot connect: UnboundExecution"):
        drift.check(Base, Session())
