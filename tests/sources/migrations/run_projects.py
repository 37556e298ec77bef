"""Writes small projects with an Alembic environment."""

from __future__ import annotations

import textwrap
from importlib.util import find_spec
from pathlib import Path

import pytest

from drift.config import Migrations
from drift.sources.migrations.discovery import Environment, find
from tests.servers import Database
from tests.versions import DIALECT

pytest.importorskip("alembic")

SYNC = """
import os
from alembic import context
from sqlalchemy import create_engine

engine = create_engine(os.environ["DATABASE_URL"])
with engine.connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
"""
OF_INI = """
from alembic import context
from sqlalchemy import engine_from_config, pool

engine = engine_from_config(
    context.config.get_section(context.config.config_ini_section),
    prefix="sqlalchemy.", poolclass=pool.NullPool,
)
with engine.connect() as connection:
    context.configure(connection=connection, version_table="versions")
    with context.begin_transaction():
        context.run_migrations()
"""
ASYNC = """
import asyncio, os
from alembic import context
from sqlalchemy.ext.asyncio import create_async_engine

def migrate(connection):
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()

async def run():
    engine = create_async_engine({url})
    async with engine.connect() as connection:
        await connection.run_sync(migrate)
    await engine.dispose()

asyncio.run(run())
"""
USERS = 'op.create_table("users", sa.Column("id", sa.Integer, primary_key=True))'
NAME = 'op.add_column("users", sa.Column("name", sa.Text))'


def driver(name: str) -> pytest.MarkDecorator:
    """Skip a case without its driver."""
    return pytest.mark.skipif(find_spec(name) is None, reason=f"{name} is not installed")


class Project:
    """A project in a folder."""

    def __init__(self, root: Path, env: str = SYNC, ini: str = "", folder: str = "alembic") -> None:
        """Write alembic.ini and env.py, without revisions."""
        self.root = root
        (root / folder / "versions").mkdir(parents=True)
        self.versions = root / folder / "versions"
        self.env(env)
        (root / "alembic.ini").write_text(f"[alembic]\nscript_location = %(here)s/{folder}\n{ini}")

    def env(self, text: str) -> None:
        """Write env.py."""
        (self.versions.parent / "env.py").write_text(textwrap.dedent(text))

    def revision(
        self, name: str, down: str | tuple[str, ...] | None, body: str = "pass", head: str = ""
    ) -> None:
        """Write a revision."""
        text = f'"""Make {name}."""\nimport sqlalchemy as sa\nfrom alembic import op\n{head}\n'
        text += f"revision = {name!r}\ndown_revision = {down!r}\nbranch_labels = None\n\n\n"
        text += f"def upgrade():\n{textwrap.indent(body, '    ')}\n"
        (self.versions / f"{name}_x.py").write_text(text)

    def two(self) -> Project:
        """Write two revisions."""
        self.revision("a1", None, USERS)
        self.revision("b2", "a1", NAME)
        return self

    @property
    def environment(self) -> Environment:
        """The environment as drift finds it."""
        environment = find([self.root], Migrations())
        assert environment is not None
        return environment


LIVE = f"{DIALECT}://shop:Sup3rS3cretWord@db.prod.example.com:6432/shop"
"""The URL of a live database, which nothing may reach."""


def of(expression: str, env: str = SYNC) -> str:
    """Return env.py with another expression for the URL."""
    return env.replace('os.environ["DATABASE_URL"]', expression)


def columns(database: Database, table: str = "users") -> list[str]:
    """Return the columns of a table in their order."""
    query = (
        "SELECT attname FROM pg_attribute WHERE attnum > 0 AND attrelid = to_regclass"
        f"('{table}') ORDER BY attnum"
    )
    return [row[0] for row in database.fetch(query)]
