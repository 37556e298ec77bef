"""URLs and engines: read by their URL, or by a connection of their own if that is not enough."""

from __future__ import annotations

import traceback
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

import drift
from tests.api.shop import (
    ASYNC_DRIVERS,
    DRIFT,
    DRIVERS,
    Base,
    create,
    engine_of,
    url_of,
)
from tests.servers import Database


@pytest.fixture
def shop(database: Database) -> Database:
    return create(database)


def clients(database: Database) -> list[str]:
    """Return the names of the applications that are connected, except this one."""
    text = (
        "SELECT application_name FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        " AND backend_type = 'client backend'"
    )
    return [row[0] for row in database.fetch(text)]


@pytest.mark.parametrize("driver", DRIVERS)
def test_an_engine_is_read_and_no_connection_stays(shop: Database, driver: str) -> None:
    engine = engine_of(shop, driver)
    assert drift.check(Base, engine).in_sync
    shop.execute(DRIFT)
    assert not drift.check(Base, engine).in_sync
    assert clients(shop) == []


@pytest.mark.parametrize("driver", ASYNC_DRIVERS)
def test_an_asynchronous_engine_is_read_without_its_loop(shop: Database, driver: str) -> None:
    assert drift.check(Base, create_async_engine(url_of(shop, driver))).in_sync


def test_a_text_and_an_object_name_a_database(shop: Database) -> None:
    url = url_of(shop, "asyncpg")
    for database in (shop.url, url, url.render_as_string(hide_password=False)):
        assert drift.check(Base, database).in_sync


def test_what_an_engine_needs_beside_its_url_is_used(shop: Database) -> None:
    own = url_of(shop, "psycopg2")
    url, arguments = own.set(username="nobody"), {"user": own.username}
    engine = sa.create_engine(url, connect_args=arguments, poolclass=sa.pool.NullPool)
    assert drift.check(Base, engine).in_sync


def test_an_engine_with_a_creator_is_asked_for_a_connection(shop: Database) -> None:
    dialect = sa.create_engine(url_of(shop, "psycopg2")).dialect
    arguments: Any = dialect.create_connect_args(url_of(shop, "psycopg2"))[1]
    engine = sa.create_engine(
        "postgresql+psycopg2://",
        creator=lambda: dialect.connect(**arguments),
        poolclass=sa.pool.NullPool,
    )
    assert drift.check(Base, engine).in_sync


def test_a_listener_that_connects_is_asked(shop: Database) -> None:
    wrong = url_of(shop, "psycopg2").set(password="wrong", username="no")
    engine = sa.create_engine(wrong, poolclass=sa.pool.NullPool)

    @sa.event.listens_for(engine, "do_connect")
    def login(_dialect: Any, _record: Any, _args: Any, parameters: dict[str, Any]) -> None:
        own = url_of(shop, "psycopg2")
        parameters |= {"user": own.username, "password": own.password}

    assert drift.check(Base, engine).in_sync


def test_an_engine_that_cannot_connect_is_a_clear_error(shop: Database) -> None:
    def fail() -> Any:
        raise RuntimeError("no token; password=hunter2000")

    engine = sa.create_engine("postgresql+psycopg2://", creator=fail)
    with pytest.raises(drift.DriftError, match="the engine cannot connect: RuntimeError") as error:
        drift.check(Base, engine)
    assert "hunter2000" not in "".join(traceback.format_exception(error.value))
    with pytest.raises(drift.DriftError, match="Connection refused"):
        drift.check(Base, "postgresql://me:hunter2000@127.0.0.1:1/shop", connect_timeout=0.1)


def test_variables_in_tracebacks_show_no_password() -> None:
    """Do as pytest's --showlocals, or Sentry."""
    engine = sa.create_engine("postgresql+psycopg2://me:hunter2000@127.0.0.1:1/shop")
    with pytest.raises(drift.DriftError) as error:
        drift.check(Base, engine, connect_timeout=0.1)
    frames = [frame for frame, _ in traceback.walk_tb(error.value.__traceback__)]
    names = [str(frame.f_globals["__name__"]) for frame in frames]
    assert "drift.sources.database.connection" in names
    shown = [repr(value) for frame in frames for value in frame.f_locals.values()]
    assert any("127.0.0.1" in text for text in shown)
    assert not [text for text in shown if "hunter2000" in text]


@pytest.mark.parametrize(
    ("database", "reason"),
    [
        (5, "int is no database; pass a URL, an Engine or Connection of SQLAlchemy"),
        (None, "NoneType is no database"),
        ("sqlite://", "drift only supports PostgreSQL"),
        (sa.create_engine("sqlite://"), "drift only supports PostgreSQL"),
        (sa.create_engine("sqlite://").connect(), "drift only supports PostgreSQL"),
        (sa.create_engine("sqlite://", creator=lambda: None), "drift only supports PostgreSQL"),
        (
            create_async_engine("postgresql+asyncpg://", connect_args={"a": 1}),
            "asynchronous: await",
        ),
    ],
)
def test_what_is_no_database_is_a_clear_error(database: Any, reason: str) -> None:
    with pytest.raises(drift.DriftError, match=reason):
        drift.check(Base, database)


def test_the_connection_of_psycopg_is_read_as_it_is(shop: Database) -> None:
    with psycopg.connect(shop.url, row_factory=psycopg.rows.dict_row) as connection:
        assert drift.check(Base, connection).in_sync
        assert connection.info.transaction_status.name == "IDLE"
        connection.execute(DRIFT.encode())
        assert not drift.check(Base, connection).in_sync
        assert connection.execute("SELECT 1 AS n").fetchone() == {"n": 1}
        assert connection.info.transaction_status.name == "INTRANS"
        connection.rollback()


def test_a_connection_of_another_encoding_is_read(shop: Database) -> None:
    shop.execute("COMMENT ON TABLE users IS 'Größe'")
    with psycopg.connect(shop.url, client_encoding="latin1", autocommit=True) as connection:
        (finding,) = drift.check(Base, connection).findings
        assert "Größe" in finding.message
        assert connection.info.encoding == "iso8859-1"


def test_a_connection_of_psycopg_that_is_in_use_is_a_clear_error(shop: Database) -> None:
    with psycopg.connect(shop.url) as connection:
        with connection.pipeline(), pytest.raises(drift.DriftError, match="is in pipeline mode"):
            drift.check(Base, connection)
        with connection.cursor() as cursor, cursor.copy("COPY (SELECT 1) TO STDOUT") as copy:
            with pytest.raises(drift.DriftError, match="is running another statement"):
                drift.check(Base, connection)
            assert len(list(copy)) == 1
    with pytest.raises(drift.DriftError, match="is closed"):
        drift.check(Base, connection)
