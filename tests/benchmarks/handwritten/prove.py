"""Proves that the lines that replace a check work: they pass on a good database, and fail on a bad.

The replacement runs in an empty folder, with `project` beside it (the modules that it imports),
`declared.py` (a Base, a model and an engine), and an Alembic environment that creates the same.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import psycopg

from tests.benchmarks.handwritten.adapter import Adapter
from tests.servers import Database

_CREATE = "CREATE TABLE users (id serial PRIMARY KEY, email varchar(50) NOT NULL);"
_BREAK = "ALTER TABLE users DROP COLUMN email;"
_FILES = {
    "declared.py": """
import os
import sqlalchemy as sa
from sqlalchemy.orm import declarative_base
Base = declarative_base()
class User(Base):
    __tablename__ = "users"
    id = sa.Column(sa.Integer, primary_key=True)
    email = sa.Column(sa.String(50), nullable=False)
engine = sa.create_engine(os.environ["DATABASE_URL"])
""",
    "alembic.ini": "[alembic]\nscript_location = migrations\n",
    "migrations/env.py": """
import os
import sqlalchemy as sa
from alembic import context
with sa.create_engine(os.environ["DATABASE_URL"]).connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
""",
    "migrations/script.py.mako": "",
    "migrations/versions/1.py": """
from alembic import op
revision, down_revision = "1", None
def upgrade():
    op.execute(%r)
""",
}


def prove(adapter: Adapter, admin: psycopg.Connection[Any], dsn: str) -> str:
    """Return "proven", or the exit codes and the output that were not expected."""
    for sql, expected in ((_CREATE, {0}), (_CREATE + _BREAK, {1})):
        database = Database(admin, dsn)
        try:
            database.execute(sql)
            result = _run(adapter, database, sql)
        finally:
            database.drop()
        if result.returncode not in expected:
            return f"{sql} exit code {result.returncode}\n{result.stdout[-3000:]}"
    return "proven"


def _run(adapter: Adapter, database: Database, sql: str) -> subprocess.CompletedProcess[str]:
    with tempfile.TemporaryDirectory() as folder:
        for part in ("project", "after"):
            shutil.copytree(adapter.folder / part, folder, dirs_exist_ok=True)
        _write(Path(folder), sql)
        environment = {**os.environ, "PYTHONPATH": _python_path(folder)}
        environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        environment |= dict.fromkeys(adapter.variables, _url(database))
        return subprocess.run(
            adapter.command,
            shell=True,
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )


def _write(folder: Path, sql: str) -> None:
    for name, text in _FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text % sql if "%r" in text else text, encoding="utf-8")


def _python_path(folder: str) -> str:
    return os.pathsep.join([folder, str(Path(__file__).parents[3])])


def _url(database: Database) -> str:
    parts = psycopg.conninfo.conninfo_to_dict(database.url)
    host, port = parts.get("host", ""), parts.get("port", "5432")
    credentials = f"{parts.get('user', '')}:{parts.get('password', '')}".rstrip(":")
    return f"postgresql+psycopg://{credentials}@/{database.name}?host={host}&port={port}"
