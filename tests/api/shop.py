"""Models of a small shop, and engines of every driver."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from psycopg import conninfo
from sqlalchemy.orm import declarative_base

from tests.servers import Database, create_all
from tests.versions import HAS_PSYCOPG

Base: Any = declarative_base()
DRIVERS = ["psycopg2", "pg8000", *(["psycopg"] if HAS_PSYCOPG else [])]
ASYNC_DRIVERS = ["asyncpg", *(["psycopg"] if HAS_PSYCOPG else [])]
DRIFT = "ALTER TABLE users DROP COLUMN mood, ADD COLUMN extra integer"


class User(Base):
    """A table with expressions that only PostgreSQL can compare."""

    __tablename__ = "users"
    __table_args__ = (
        sa.CheckConstraint("name IN ('a', 'b') AND id BETWEEN 1 AND 9", name="ck"),
        sa.Index("ix_lower", sa.text("lower(name)")),
    )
    id = sa.Column(sa.Integer, primary_key=True)
    name = sa.Column(sa.String(20), nullable=False, server_default=sa.text("lower('A')"))
    mood: Any = sa.Column(sa.Enum("good", "bad", name="mood"), nullable=False)


def create(database: Database) -> Database:
    """Create the tables in a database."""
    create_all(Base.metadata, database.url)
    return database


def url_of(database: Database, driver: str) -> Any:
    """Return SQLAlchemy's URL for a driver."""
    parts: dict[str, Any] = conninfo.conninfo_to_dict(database.url)
    host, port = parts.get("host", ""), parts.get("port")
    return sa.engine.url.URL.create(
        f"postgresql+{driver}",
        username=parts.get("user"),
        password=parts.get("password"),
        host=None if host.startswith("/") else host,
        port=int(port) if port else None,
        database=parts["dbname"],
        query={"host": host} if host.startswith("/") and driver != "pg8000" else {},
    )


def arguments_of(database: Database, driver: str) -> dict[str, Any]:
    """Return what the driver needs beside the URL: pg8000 names a socket in its own way."""
    parts: dict[str, Any] = conninfo.conninfo_to_dict(database.url)
    host = parts.get("host", "")
    if driver != "pg8000" or not host.startswith("/"):
        return {}
    return {"unix_sock": f"{host}/.s.PGSQL.{parts.get('port', 5432)}"}


def engine_of(database: Database, driver: str) -> Any:
    """Return an engine without a pool, so that no connection outlives its test."""
    arguments = arguments_of(database, driver)
    url = url_of(database, driver)
    return sa.create_engine(url, connect_args=arguments, poolclass=sa.pool.NullPool, future=True)
