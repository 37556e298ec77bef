"""Projects whose env.py has hooks, and what `drift check` makes of them."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path
from typing import Any

import pytest

from tests.command import drift
from tests.servers import Database
from tests.versions import DIALECT

pytest.importorskip("alembic")

GENERIC = """
from logging.config import fileConfig
from alembic import context
from sqlalchemy import engine_from_config, pool
{imports}

config = context.config
target_metadata = {metadata}
{hooks}

def run_migrations_offline() -> None:
    url = config.get_main_option("sqlalchemy.url")
    context.configure(url=url, target_metadata=target_metadata, literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()


def run_migrations_online() -> None:
    connectable = engine_from_config(
        config.get_section(config.config_ini_section, {{}}),
        prefix="sqlalchemy.", poolclass=pool.NullPool,
    )
    with connectable.connect() as connection:
        context.configure(connection=connection, target_metadata=target_metadata, {options})
        with context.begin_transaction():
            context.run_migrations()


if context.is_offline_mode():
    run_migrations_offline()
else:
    run_migrations_online()
"""
ASYNC = """
import asyncio
from alembic import context
from sqlalchemy import pool
from sqlalchemy.ext.asyncio import async_engine_from_config
{imports}

config = context.config
target_metadata = {metadata}
{hooks}

def do_run_migrations(connection) -> None:
    context.configure(connection=connection, target_metadata=target_metadata, {options})
    with context.begin_transaction():
        context.run_migrations()


async def run_async_migrations() -> None:
    connectable = async_engine_from_config(
        config.get_section(config.config_ini_section, {{}}),
        prefix="sqlalchemy.", poolclass=pool.NullPool,
    )
    async with connectable.connect() as connection:
        await connection.run_sync(do_run_migrations)
    await connectable.dispose()


asyncio.run(run_async_migrations())
"""
MULTIDB = """
from alembic import context
from sqlalchemy import engine_from_config, pool
{imports}

target_metadata = {{"one": {metadata}, "two": MetaData()}}
for name in ("one", "two"):
    engine = engine_from_config(
        context.config.get_section("alembic"), prefix="sqlalchemy.", poolclass=pool.NullPool
    )
    with engine.connect() as connection:
        context.configure(connection=connection, target_metadata=target_metadata[name])
        with context.begin_transaction():
            context.run_migrations(engine_name=name)
"""
MODELS = """
import sqlalchemy as sa
from sqlalchemy.orm import declarative_base

Base = declarative_base()


class User(Base):
    __tablename__ = "users"
    id = sa.Column(sa.Integer, primary_key=True)
    name = sa.Column(sa.Text)
"""
USERS = "CREATE TABLE users (id serial PRIMARY KEY, name text);"
INI = "[alembic]\nscript_location = %(here)s/db\nprepend_sys_path = .\n"
INI += f"sqlalchemy.url = {DIALECT}://nobody@db.example.com/live\n"


class HookedProject:
    """A project in a folder: alembic.ini, env.py, models and drift.yaml."""

    def __init__(self, root: Path, database: Database, dsn: str) -> None:
        """Write all but env.py."""
        self.root, self.url = root, database.url
        (root / "db/versions").mkdir(parents=True)
        self.write("alembic.ini", INI)
        self.write("models.py", MODELS)
        self.config(scratch=dsn)

    def config(self, **keys: Any) -> None:
        """Write drift.yaml."""
        self._keys = {"alembic": True, **getattr(self, "_keys", {}), **keys}
        self.write("drift.yaml", json.dumps(self._keys))

    def write(self, name: str, text: str) -> None:
        """Write a file."""
        (self.root / name).parent.mkdir(parents=True, exist_ok=True)
        (self.root / name).write_text(textwrap.dedent(text))

    def env(
        self,
        hooks: str = "",
        options: str = "",
        *,
        template: str = GENERIC,
        imports: str = "from models import Base",
        metadata: str = "Base.metadata",
    ) -> None:
        """Write env.py with functions, and the arguments of `context.configure`."""
        text = template.format(
            hooks=textwrap.dedent(hooks), options=options, imports=imports, metadata=metadata
        )
        self.write("db/env.py", text)

    def drift(self, *arguments: str) -> Any:
        """Run the command."""
        return drift(*arguments, cwd=self.root)

    def check(self, *arguments: str) -> dict[str, Any]:
        """Return the JSON report of the only check."""
        result = self.drift("check", "--database", self.url, "--format", "json", *arguments)
        assert result.stdout, result.stderr
        report = json.loads(result.stdout)
        assert report["checks"], (report, result.stderr)
        check: dict[str, Any] = report["checks"][0]
        return check

    def error(self) -> str:
        """Return what a check prints that exits with 2."""
        result = self.drift("check", "--database", self.url)
        assert result.returncode == 2, result.stdout + result.stderr
        assert "Traceback" not in result.stderr
        text: str = " ".join(result.stderr.split())
        return text


def findings(check: dict[str, Any]) -> list[str]:
    """Return the rule and the path of each finding."""
    return sorted(f"{f['rule']} {path(f)}" for f in check["findings"])


def excluded(check: dict[str, Any]) -> list[str]:
    """Return the rule, the path and the reason of each ignored finding."""
    return sorted(f"{f['rule']} {path(f)}: {f['reason']}" for f in check["ignored_findings"])


def path(finding: dict[str, Any]) -> str:
    """Return the path of a finding's object."""
    ref = finding["object"]
    parts = [ref["schema"], ref.get("table"), None if ref["kind"] == "table" else ref["name"]]
    return ".".join(dict.fromkeys(filter(None, parts)))
