"""Migrations of applications: Flask, event loops, metadata, output and programs."""

from __future__ import annotations

import os
from pathlib import Path

import psycopg
import pytest

from drift.errors import MigrationsError
from drift.sources.migrations.runner import run
from tests.servers import Database
from tests.sources.migrations.run_projects import (
    ASYNC,
    LIVE,
    NAME,
    SYNC,
    USERS,
    Project,
    columns,
    driver,
    of,
)
from tests.versions import ASYNC_DIALECT, DIALECT


def test_an_application_of_flask(tmp_path: Path, database: Database) -> None:
    url = 'current_app.config["SQLALCHEMY_DATABASE_URI"]'
    project = Project(tmp_path, "from flask import current_app\n" + of(url)).two()
    (tmp_path / "app.py").write_text(
        "import os\nfrom flask import Flask\napp = Flask(__name__)\n"
        'app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["SQLALCHEMY_DATABASE_URI"]\n'
    )
    variables = os.environ | {"SQLALCHEMY_DATABASE_URI": LIVE}
    with run(project.environment, database.url, variables=variables) as migrations:
        migrations.upgrade()
    assert columns(database) == ["id", "name"]


def test_revisions_may_need_the_application_of_flask_when_they_are_imported(
    tmp_path: Path, database: Database
) -> None:
    url = 'current_app.config["SQLALCHEMY_DATABASE_URI"]'
    project = Project(tmp_path, "from flask import current_app\n" + of(url))
    project.revision(
        "a1", None, USERS, head="from flask import current_app\nprint(current_app.name, 'is up')"
    )
    (tmp_path / "app.py").write_text(
        "import os\nfrom flask import Flask\nprint('loading')\napp = Flask(__name__)\n"
        'app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["SQLALCHEMY_DATABASE_URI"]\n'
    )
    variables = os.environ | {"SQLALCHEMY_DATABASE_URI": LIVE}
    notes: list[str] = []
    with run(project.environment, database.url, notes.append, variables=variables) as migrations:
        assert [step.revision for step in migrations.plan("base", "heads")] == ["a1"]
        migrations.upgrade()
        assert migrations.heads() == ("a1",)
    assert columns(database) == ["id"]
    assert [note for note in notes if "loading" in note] == ["env.py printed: loading"]


ANYIO = {
    "__init__.py": (
        "import asyncio\nfrom . import from_thread, to_thread\n"
        "def run(function, *arguments):\n    return asyncio.run(function(*arguments))\n"
    ),
    "to_thread.py": (
        "import asyncio\nfrom . import from_thread\n"
        "async def run_sync(function):\n"
        "    from_thread.loop = asyncio.get_running_loop()\n"
        "    return await asyncio.to_thread(function)\n"
    ),
    "from_thread.py": (
        "import asyncio\nloop = None\n"
        "def run(function):\n"
        "    if loop is None:\n"
        "        raise RuntimeError('not in a worker thread')\n"
        "    return asyncio.run_coroutine_threadsafe(function(), loop).result()\n"
    ),
}
"""What of anyio such an env.py needs."""


@driver("greenlet")
@pytest.mark.parametrize("failure", ["", "raise RuntimeError('of its own')"])
def test_an_env_that_runs_in_a_worker_thread_of_an_event_loop(
    tmp_path: Path, database: Database, failure: str
) -> None:
    url = f'os.environ["DATABASE_URL"].replace("postgresql://", "{ASYNC_DIALECT}://")'
    env = ASYNC.format(url=url).replace("asyncio.run(run())", f"{failure}\nfrom_thread.run(run)")
    project = Project(tmp_path, f"from anyio import from_thread\n{env}").two()
    (tmp_path / "anyio").mkdir()
    for name, text in ANYIO.items():
        (tmp_path / "anyio" / name).write_text(text)
    with run(project.environment, database.url, path=[str(tmp_path)]) as migrations:
        if failure:
            with pytest.raises(MigrationsError, match="RuntimeError"):
                migrations.upgrade()
        else:
            migrations.upgrade()
            assert columns(database) == ["id", "name"]


@pytest.mark.parametrize("call", ["Base.metadata.create_all(op.get_bind())", "make(op.get_bind())"])
def test_a_revision_that_creates_the_models_is_named(
    tmp_path: Path, database: Database, call: str
) -> None:
    (tmp_path / "shop_models.py").write_text(
        "import sqlalchemy as sa\nfrom sqlalchemy.orm import declarative_base\n"
        "Base = declarative_base()\nclass User(Base):\n    __tablename__ = 'users'\n"
        "    id = sa.Column(sa.Integer, primary_key=True)\n"
        "def make(bind):\n    Base.metadata.create_all(bind)\n"
    )
    project = Project(tmp_path)
    project.revision("a1", None, call, head="from shop_models import Base, make")
    project.revision("b2", "a1", NAME)
    with run(project.environment, database.url) as migrations:
        migrations.upgrade()
        assert migrations.creates_metadata == ("a1",)
    assert columns(database) == ["id", "name"]


def test_metadata_of_a_revision_is_not_that_of_the_models(
    tmp_path: Path, database: Database
) -> None:
    (tmp_path / "shop_models.py").write_text("import sqlalchemy as sa\nmetadata = sa.MetaData()\n")
    project = Project(tmp_path)
    base = (
        "from sqlalchemy.orm import declarative_base\nBase = declarative_base()\n"
        "class User(Base):\n    __tablename__ = 'users'\n"
        "    id = sa.Column(sa.Integer, primary_key=True)\n"
    )
    project.revision("a1", None, "Base.metadata.create_all(op.get_bind())", head=base)
    project.revision(
        "b2", "a1", "metadata.create_all(op.get_bind())", head="from shop_models import metadata"
    )
    with run(project.environment, database.url) as migrations:
        migrations.upgrade("a1")
        assert not migrations.creates_metadata
        migrations.upgrade()
        assert migrations.creates_metadata == ("b2",)
    assert columns(database) == ["id"]


def test_statements_outside_of_a_transaction(tmp_path: Path, database: Database) -> None:
    project = Project(tmp_path).two()
    project.revision(
        "c3", "b2",
        "with op.get_context().autocommit_block():\n"
        '    op.create_index("users_name", "users", ["name"], postgresql_concurrently=True)',
    )  # fmt: skip
    with run(project.environment, database.url) as migrations:
        migrations.upgrade()
    assert database.fetch("SELECT to_regclass('users_name') IS NOT NULL") == [(True,)]


def test_what_env_prints_is_noted_without_secrets(tmp_path: Path, database: Database) -> None:
    project = Project(tmp_path, f"print('connecting to {LIVE}')\n{SYNC}").two()
    notes: list[str] = []
    variables = os.environ | {"DATABASE_URL": LIVE}
    with run(project.environment, database.url, notes.append, variables=variables) as migrations:
        migrations.upgrade()
    assert any(f"connecting to {DIALECT}://shop:***@" in note for note in notes)
    assert "Sup3rS3cretWord" not in "\n".join(notes)


def test_programs_of_a_migration_reach_the_scratch_database(
    tmp_path: Path, database: Database
) -> None:
    code = "import psycopg as p; p.connect('', autocommit=True).execute('CREATE TABLE made ()')"
    project = Project(tmp_path)
    project.revision("a1", None, f"subprocess.run([sys.executable, '-c', {code!r}], check=True)",
                     head="import subprocess, sys")  # fmt: skip
    variables = os.environ | {"PGHOST": "db.prod.example.com", "PGDATABASE": "shop"}
    with run(project.environment, database.url, variables=variables) as migrations:
        migrations.upgrade()
    with psycopg.connect(database.url) as connection:
        assert connection.execute("SELECT to_regclass('made')").fetchone() == ("made",)
