"""Migrations run on a scratch database, however env.py takes its URL."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import psycopg
import pytest

from drift.config import Migrations
from drift.errors import MigrationsError
from drift.sources.migrations.discovery import find
from drift.sources.migrations.runner import run
from tests.servers import Database
from tests.sources.migrations.run_projects import ASYNC, NAME, OF_INI, SYNC, USERS, Project, driver

LIVE = "postgresql+psycopg://shop:Sup3rS3cretWord@db.prod.example.com:6432/shop"
SETTINGS = """
from pydantic import PostgresDsn
from pydantic_settings import BaseSettings, SettingsConfigDict

class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_file=".env")
    POSTGRES_SERVER: str
    POSTGRES_PORT: int = 5432
    POSTGRES_USER: str
    POSTGRES_PASSWORD: str = ""
    POSTGRES_DB: str = ""

    @property
    def url(self):
        return PostgresDsn.build(
            scheme="postgresql+psycopg", username=self.POSTGRES_USER,
            password=self.POSTGRES_PASSWORD, host=self.POSTGRES_SERVER, port=self.POSTGRES_PORT,
            path=self.POSTGRES_DB,
        )

"""
PARTS = (
    "POSTGRES_SERVER=db.prod.example.com\nPOSTGRES_USER=shop\nPOSTGRES_PASSWORD=Sup3rS3cretWord\n"
    "POSTGRES_DB=shop"
)
PREFIXED = """
from pydantic import PostgresDsn
from pydantic_settings import BaseSettings, SettingsConfigDict

class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_file=".env", env_prefix="SHOP_", extra="ignore")
    database_url: PostgresDsn

"""


def of(expression: str, env: str = SYNC) -> str:
    """Return env.py with another expression for the URL."""
    return env.replace('os.environ["DATABASE_URL"]', expression)


CREATOR = '"postgresql+psycopg://", creator=lambda: __import__("psycopg").connect'
ASYNC_OF_VARIABLE = ASYNC.format(url='os.environ["DATABASE_URL"]')
CASES = [
    pytest.param(SYNC, {"DATABASE_URL": LIVE}, {}, id="a variable"),
    pytest.param(SYNC, {}, {}, id="a variable that is not set"),
    pytest.param(OF_INI, {}, {"sqlalchemy.url": LIVE}, id="alembic.ini"),
    pytest.param(
        OF_INI, {}, {"sqlalchemy.url": "postgresql+psycopg://u:p%%40x@h/a"}, id="alembic.ini, %"
    ),
    pytest.param(OF_INI, {}, {"sqlalchemy.url": "driver://user:pass@host/name"}, id="a template"),
    pytest.param(
        OF_INI, {}, {"sqlalchemy.url": "postgresql+psycopg2://u:p@h/a"}, id="psycopg2",
        marks=driver("psycopg2"),
    ),
    pytest.param(
        SYNC, {"DATABASE_URL": "postgresql+pg8000://u:p@h/a"}, {}, id="pg8000",
        marks=driver("pg8000"),
    ),
    pytest.param(
        ASYNC_OF_VARIABLE, {"DATABASE_URL": "postgresql+asyncpg://u:p@h/a?ssl=require"}, {},
        id="asyncpg", marks=driver("asyncpg"),
    ),
    pytest.param(ASYNC_OF_VARIABLE, {"DATABASE_URL": LIVE}, {}, id="async psycopg"),
    pytest.param(ASYNC_OF_VARIABLE, {}, {}, id="async, a variable that is not set"),
    pytest.param(
        PREFIXED + of("str(Settings().database_url)"), {}, {".env": f"SHOP_DATABASE_URL='{LIVE}'"},
        id="settings of .env",
    ),
    pytest.param(SETTINGS + of("str(Settings().url)"), {}, {".env": PARTS}, id="settings of parts"),
    pytest.param(
        of("'postgresql+psycopg://{DB_USER}:x@{DB_HOST}/{DB_NAME}'.format(**os.environ)"),
        {"DB_USER": "shop", "DB_HOST": "db.prod.example.com", "DB_NAME": "shop"}, {},
        id="variables of parts",
    ),
    pytest.param(
        "from dotenv import load_dotenv\nload_dotenv('.env')\n" + of('os.getenv("SHOP_DB")'), {},
        {".env": f"export SHOP_DB = {LIVE} # live"}, id="dotenv",
    ),
    pytest.param(of('os.environ["URL_1"]'), {}, {"variables": "URL_1"}, id="by its name"),
    pytest.param(
        of(f'{CREATOR}(os.environ["DSN"])'),
        {"DSN": "host=db.prod.example.com user=shop password=Sup3rS3cretWord"}, {}, id="a DSN",
    ),
    pytest.param(
        of(f"{CREATOR}()"),
        {"PGHOST": "db.prod.example.com", "PGUSER": "shop"}, {}, id="libpq's variables",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("env", "variables", "files"), CASES)
def test_it_runs_on_the_scratch_database(
    tmp_path: Path, database: Database, env: str, variables: dict[str, str], files: dict[str, str]
) -> None:
    ini = f"sqlalchemy.url = {files['sqlalchemy.url']}\n" if "sqlalchemy.url" in files else ""
    project = Project(tmp_path, env, ini).two()
    if ".env" in files:
        (tmp_path / ".env").write_text(files[".env"])
    settings = Migrations(variables=("DATABASE_URL", files.get("variables", "DATABASE_URL")))
    environment = {k: v for k, v in os.environ.items() if k != "DATABASE_URL"} | variables
    with run(
        project.environment, database.url, settings=settings, variables=environment
    ) as migrations:
        migrations.upgrade()
        assert migrations.current() == ("b2",)
    assert columns(database) == ["id", "name"]


def columns(database: Database, table: str = "users") -> list[str]:
    """Return the columns of a table in their order."""
    query = (
        "SELECT attname FROM pg_attribute WHERE attnum > 0 AND attrelid = to_regclass"
        f"('{table}') ORDER BY attnum"
    )
    return [row[0] for row in database.fetch(query)]


def test_the_database_can_be_read_between_two_revisions(tmp_path: Path, database: Database) -> None:
    project = Project(tmp_path).two()
    with run(project.environment, database.url) as migrations:
        assert migrations.current() == ()
        migrations.upgrade("base")
        assert migrations.current() == ()
        migrations.upgrade("a1")
        assert (migrations.current(), columns(database)) == (("a1",), ["id"])
        migrations.upgrade("head")
        assert (migrations.current(), columns(database)) == (("b2",), ["id", "name"])
        migrations.upgrade("head")  # nothing is left to do
        assert migrations.heads() == ("b2",)
        assert [step.revision for step in migrations.plan("base", "head")] == ["a1", "b2"]
        [step] = migrations.plan("a1", "b2")
        assert (step.message, Path(step.file).name) == ("Make b2.", "b2_x.py")
        assert migrations.creates_metadata == ()
        assert migrations.isolated is (sys.platform == "linux")


@pytest.mark.parametrize(
    ("revisions", "expected"),
    [
        ("heads", ("b2", "c3")),
        (["b2", "c3"], ("b2", "c3")),
        ("a1", ("a1",)),
        ("b2", ("b2",)),
        ("c3-1", ("a1",)),
        (["c3"], ("c3",)),
    ],
)
def test_several_heads(
    tmp_path: Path, database: Database, revisions: Any, expected: tuple[str, ...]
) -> None:
    project = Project(tmp_path).two()
    project.revision("c3", "a1", 'op.create_table("c", sa.Column("id", sa.Integer))')
    with run(project.environment, database.url) as migrations:
        migrations.upgrade(revisions)
        assert migrations.current() == expected
        assert migrations.heads() == ("b2", "c3")
        plan = [step.revision for step in migrations.plan("base", "heads")]
        assert (plan[0], set(plan)) == ("a1", {"a1", "b2", "c3"})


def test_a_relative_revision_counts_from_the_head(tmp_path: Path, database: Database) -> None:
    project = Project(tmp_path).two()
    with run(project.environment, database.url) as migrations:
        migrations.upgrade("-1")
        assert migrations.current() == ("a1",)


def test_a_version_table_of_another_name(tmp_path: Path, database: Database) -> None:
    database.execute("CREATE SCHEMA meta")
    env = SYNC.replace(
        "connection=connection",
        'connection=connection, version_table="Done It", version_table_schema="meta"',
    )
    project = Project(tmp_path, env).two()
    with run(project.environment, database.url) as migrations:
        migrations.upgrade()
        assert migrations.current() == ("b2",)
    assert database.fetch('SELECT version_num FROM meta."Done It"') == [("b2",)]


def test_a_search_path_that_env_sets(tmp_path: Path, database: Database) -> None:
    database.execute("CREATE SCHEMA app")
    env = SYNC.replace(
        "    context.configure(",
        "    connection.exec_driver_sql('SET search_path = app')\n    connection.commit()\n"
        "    context.configure(",
    )
    with run(Project(tmp_path, env).two().environment, database.url) as migrations:
        migrations.upgrade("a1")
        assert migrations.current() == ("a1",)
        migrations.upgrade("base")  # which is no downgrade
        assert migrations.current() == ("a1",)
    assert columns(database, "app.users") == ["id"]


def test_revisions_in_several_folders(tmp_path: Path, database: Database) -> None:
    locations = "version_locations = %(here)s/alembic/versions %(here)s/more\n"
    project = Project(tmp_path, ini=locations + "path_separator = space\n")
    project.revision("a1", None, USERS)
    (tmp_path / "more").mkdir()
    project.versions = tmp_path / "more"
    project.revision("b2", "a1", NAME)
    project.versions = tmp_path / "alembic" / "versions"
    with run(project.environment, database.url) as migrations:
        migrations.upgrade()
    assert columns(database) == ["id", "name"]


def test_a_configuration_in_pyproject(tmp_path: Path, database: Database) -> None:
    project = Project(tmp_path).two()
    (tmp_path / "alembic.ini").unlink()
    (tmp_path / "pyproject.toml").write_text('[tool.alembic]\nscript_location = "alembic"\n')
    with run(project.environment, database.url) as migrations:
        migrations.upgrade()
    assert columns(database) == ["id", "name"]


def test_the_folder_of_env_alone(tmp_path: Path, database: Database) -> None:
    Project(tmp_path).two()
    (tmp_path / "alembic.ini").unlink()
    environment = find([tmp_path], Migrations(config="alembic"))
    assert environment is not None
    with run(environment, database.url) as migrations:
        migrations.upgrade()
    assert columns(database) == ["id", "name"]


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
    url = 'os.environ["DATABASE_URL"].replace("postgresql://", "postgresql+psycopg://")'
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
    assert any("connecting to postgresql+psycopg://shop:***@" in note for note in notes)
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
