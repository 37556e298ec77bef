"""A small shop, whose database differs from its models in some ways."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import psycopg
import pytest

from tests.servers import Database
from tests.snapshots.transcript import Transcript

MODELS = """\
import enum

from sqlalchemy import CheckConstraint, Column, Enum, ForeignKey, Integer, MetaData, String, Table

metadata = MetaData()


class Status(enum.Enum):
    OPEN = "open"
    PAID = "paid"


users = Table(
    "users",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("email", String(255), nullable=False, unique=True),
    Column("role", String(20), nullable=False, server_default="user"),
    CheckConstraint("email LIKE '%@%'", name="has_at"),
)
orders = Table(
    "orders",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("user_id", ForeignKey("users.id", ondelete="CASCADE"), index=True),
    Column("status", Enum(Status, name="status"), nullable=False),
    Column("total", Integer, comment="In cents."),
)
"""
DRIFTED = """
CREATE TYPE status AS ENUM ('OPEN');
CREATE TABLE users (
  id serial PRIMARY KEY, email varchar(100) NOT NULL CONSTRAINT users_email_key UNIQUE,
  nickname text
);
CREATE TABLE orders (
  id serial PRIMARY KEY, user_id integer REFERENCES users, status status NOT NULL, total bigint
);
CREATE VIEW paid AS SELECT id FROM orders;
"""
IN_SYNC = """
CREATE TYPE status AS ENUM ('OPEN', 'PAID');
CREATE TABLE users (
  id serial PRIMARY KEY, email varchar(255) NOT NULL UNIQUE,
  role varchar(20) NOT NULL DEFAULT 'user', CONSTRAINT has_at CHECK (email LIKE '%@%')
);
CREATE TABLE orders (
  id serial PRIMARY KEY, user_id integer REFERENCES users ON DELETE CASCADE,
  status status NOT NULL, total integer
);
COMMENT ON COLUMN orders.total IS 'In cents.';
CREATE INDEX ix_orders_user_id ON orders (user_id);
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a project's folder, which is the current one, without a configuration."""
    for name in list(os.environ):
        if name.startswith(("PG", "GITHUB_", "GH_", "SENTRY_", "DRIFT_")):
            monkeypatch.delenv(name)
    for name in ("DATABASE_URL", "PYTHONPATH", "NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "80")
    project = tmp_path / "project"
    project.mkdir()
    monkeypatch.chdir(project)
    monkeypatch.syspath_prepend(str(project))
    (project / "shop.py").write_text(MODELS)
    return project


@pytest.fixture
def url(database: Database) -> str:
    """Return the URL of a role that has no more privileges than a check needs."""
    return database.url_for(database.role("reader"))


@pytest.fixture
def drifted(database: Database, url: str) -> str:
    """Return the URL of a database that differs from the models."""
    database.execute(DRIFTED)
    return url


@pytest.fixture
def in_sync(database: Database, url: str) -> str:
    """Return the URL of a database that is as the models declare it."""
    database.execute(IN_SYNC)
    return url


@pytest.fixture
def transcript(folder: Path, database: Database, url: str) -> Transcript:
    """Return a transcript that does not name the folder, the database or the server."""
    parts = psycopg.conninfo.conninfo_to_dict(url)
    host = str(parts.get("host") or "localhost")
    [(version,)] = database.fetch("SHOW server_version")
    return Transcript(
        {
            url: "postgresql://reader@localhost/shop",
            f"{host}:{parts.get('port', 5432)}": "localhost:5432",
            host: "localhost",
            str(parts["user"]): "reader",
            database.name: "shop",
            version: "18.0",
            str(folder): "/project",
            sys.prefix: "/venv",
            f"Python {sys.version_info.major}.{sys.version_info.minor}": "Python 3",
        }
    )
