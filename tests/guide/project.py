"""The project that the guide's commands run in: models, a migration, and two databases."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from sqlalchemy.engine import URL

from tests.servers import Database, hear_interrupts

MODELS = """\
from sqlalchemy import Column, Integer, String
from sqlalchemy.orm import declarative_base

Base = declarative_base()


class User(Base):
    __tablename__ = "users"
    id = Column(Integer, primary_key=True)
    email = Column(String(100), nullable=False, index=True)


class Order(Base):
    __tablename__ = "orders"
    id = Column(Integer, primary_key=True)
"""
ENV = """\
import os

from alembic import context
from sqlalchemy import create_engine

from app.models import Base

with create_engine(os.environ["DATABASE_URL"]).connect() as connection:
    context.configure(connection=connection, target_metadata=Base.metadata)
    with context.begin_transaction():
        context.run_migrations()
"""
MIGRATION = '''\
"""create the tables"""

from alembic import op

revision, down_revision = "3f2a8c", None


def upgrade():
    op.execute("""{}""")


def downgrade():
    pass
'''
TABLES = """\
CREATE TABLE users (id serial PRIMARY KEY, email varchar(100) NOT NULL);
CREATE TABLE orders (id serial PRIMARY KEY);
CREATE INDEX ix_users_email ON users (email);
"""
TEMPLATE = """\
\"\"\"${message}\"\"\"

from alembic import op
import sqlalchemy as sa
${imports if imports else ""}

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade():
    ${upgrades if upgrades else "pass"}


def downgrade():
    ${downgrades if downgrades else "pass"}
"""
CONFIGURATION = """\
models: app.models:Base
targets:
  production:
    database: ${PRODUCTION_DATABASE_URL}
  staging:
    database: ${STAGING_DATABASE_URL}
"""
VERSIONS = (
    "CREATE TABLE alembic_version (version_num varchar(32)); INSERT INTO alembic_version "
    "VALUES ('3f2a8c');"
)
DRIFTED = (
    "ALTER TABLE users ADD legacy text, ALTER email TYPE varchar(50);"
    "CREATE TABLE celery_taskmeta (id int); DROP INDEX ix_users_email;"
    "CREATE SCHEMA tenant_3; CREATE TABLE tenant_3.users (id serial PRIMARY KEY);"
)
STAND_INS = ("gh", "git", "kubectl", "pip", "poetry", "pre-commit", "ssh", "uv")
"""Programs that change more than this machine's folder: the test only records their calls."""

STAND_IN = """#!/bin/sh
echo "$(basename "$0") $*" >> "$CALLS"
[ "$1 $2" != "workflow run" ] || test -f ".github/workflows/$3"
"""
PYTHON = """#!/bin/sh
[ "$1 $2" != "-m pip" ] || exec pip "$@"
exec '{}' "$@"
"""


def create(folder: Path, production: Database, staging: Database) -> dict[str, str]:
    """Write the project, fill the databases, and return the environment of its commands."""
    files = {
        "app/__init__.py": "",
        "app/models.py": MODELS,
        "alembic.ini": "[alembic]\nscript_location = migrations\n",
        "migrations/env.py": ENV,
        "migrations/script.py.mako": TEMPLATE,
        "migrations/versions/3f2a8c_create.py": MIGRATION.format(TABLES),
        "drift.yaml": CONFIGURATION,
        "pytest.ini": "[pytest]\ndrift_target = production\n",
        "tests/test_app.py": "def test_it():\n    pass\n",
        "databases.txt": "${PRODUCTION_DATABASE_URL}\n${STAGING_DATABASE_URL}\n",
    }
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True, preexec_fn=hear_interrupts)
    for database in (production, staging):
        database.execute(TABLES + VERSIONS)
    production.execute(DRIFTED)
    return _environment(folder, url_of(production), url_of(staging))


def url_of(database: Database) -> str:
    """Return the URL of a database, as users write it."""
    parts = dict(part.split("=", 1) for part in database.url.split())
    url = URL.create(
        "postgresql", parts.get("user"), parts.get("password"), database=parts["dbname"]
    )
    for name in ("host", "port"):
        if name in parts:
            url = url.update_query_pairs([(name, parts[name])])
    return url.render_as_string(hide_password=False)


def _environment(folder: Path, production: str, staging: str) -> dict[str, str]:
    """Return the environment: the databases, and stand-ins of programs first in the path."""
    programs = folder / ".programs"
    programs.mkdir()
    for name in STAND_INS:
        (programs / name).write_text(STAND_IN)
        (programs / name).chmod(0o755)
    (programs / "python").write_text(PYTHON.format(sys.executable))
    (programs / "python").chmod(0o755)
    own = Path(sys.executable).parent
    return os.environ | {
        "PATH": os.pathsep.join(map(str, (programs, own, os.environ["PATH"]))),
        "CALLS": str(folder / ".calls"),
        "GITHUB_PATH": os.devnull,
        "DATABASE_URL": production,
        "PRODUCTION_DATABASE_URL": production,
        "STAGING_DATABASE_URL": staging,
        "PYTHONPATH": str(folder),
    }
