"""Migrations run on a scratch database, however env.py takes its URL."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from drift.config import Migrations
from drift.sources.migrations.discovery import find
from drift.sources.migrations.runner import run
from tests.servers import Database
from tests.sources.migrations.run_projects import (
    ASYNC,
    LIVE,
    NAME,
    OF_INI,
    SYNC,
    USERS,
    Project,
    columns,
    driver,
    of,
)
from tests.versions import DIALECT, DRIVER, psycopg_of_sqlalchemy

SETTINGS = f"""
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
            scheme="{DIALECT}", username=self.POSTGRES_USER,
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


CREATOR = f'"{DIALECT}://", creator=lambda: __import__("{DRIVER}").connect'
ASYNC_OF_VARIABLE = ASYNC.format(url='os.environ["DATABASE_URL"]')
CASES = [
    pytest.param(SYNC, {"DATABASE_URL": LIVE}, {}, id="a variable"),
    pytest.param(SYNC, {}, {}, id="a variable that is not set"),
    pytest.param(OF_INI, {}, {"sqlalchemy.url": LIVE}, id="alembic.ini"),
    pytest.param(
        OF_INI, {}, {"sqlalchemy.url": f"{DIALECT}://u:p%%40x@h/a"}, id="alembic.ini, %"
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
    pytest.param(
        ASYNC_OF_VARIABLE, {"DATABASE_URL": LIVE}, {}, id="async psycopg",
        marks=psycopg_of_sqlalchemy,
    ),
    pytest.param(ASYNC_OF_VARIABLE, {}, {}, id="async, a variable that is not set"),
    pytest.param(
        PREFIXED + of("str(Settings().database_url)"), {}, {".env": f"SHOP_DATABASE_URL='{LIVE}'"},
        id="settings of .env",
    ),
    pytest.param(SETTINGS + of("str(Settings().url)"), {}, {".env": PARTS}, id="settings of parts"),
    pytest.param(
        of(f"'{DIALECT}://'" "'{DB_USER}:x@{DB_HOST}/{DB_NAME}'.format(**os.environ)"),
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
    env = of('os.environ["DATABASE_URL"], future=True').replace(
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
