"""Databases with a version table, and projects whose scripts belong to them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import sqlalchemy as sa

from drift.report.report import Check
from tests.servers import Database
from tests.sources.migrations.projects import linear, script
from tests.system.checking import check

USERS = "CREATE TABLE users (id int PRIMARY KEY);"
TOUCHES = "\n\n# op.create_table('users'\n"
THREE = linear("a1", "b2", "c3") | {"a1": script("a1", message="first") + TOUCHES}
TWO_HEADS = THREE | {"d4": script("d4", "b2", message="other")}
UNREAD = {"x": "revision = f()\ndown_revision = 'c3'\n"}
OWN = "context.configure(version_table='own')"
PENDING = "warning pending-migration public.alembic_version."


def at(*revisions: str, table: str = "alembic_version") -> str:
    """Return SQL for a version table with these rows."""
    values = "".join(f"INSERT INTO {table} VALUES ('{revision}');" for revision in revisions)
    return f"CREATE TABLE {table} (version_num varchar(32) PRIMARY KEY);{values}"


def metadata(name: str = "users", schema: str | None = None) -> sa.MetaData:
    models = sa.MetaData()
    sa.Table(name, models, sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
             schema=schema)  # fmt: skip
    return models


def of(database: Database, folder: Path, models: sa.MetaData | None = None, **more: Any) -> Check:
    more.setdefault("path", (str(folder),))
    return check(database.url, metadata() if models is None else models, **more)
