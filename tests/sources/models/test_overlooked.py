"""`drift doctor` says which models of the project a check does not compare."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tests import command
from tests.servers import Database
from tests.versions import sqlmodel

BASE = "from sqlalchemy.orm import declarative_base\nBase = declarative_base()\n"
MODEL = """
class {name}(Base):
    __tablename__ = "{name}"
    id = Column(Integer, primary_key=True)
"""
HEAD = "from sqlalchemy import Column, Integer\nfrom app.base import Base\n"
MIXIN = "class Named:\n    __tablename__ = None\nclass Plain(Base):\n    __abstract__ = True\n"


def models(*names: str, head: str = HEAD) -> str:
    return head + "".join(MODEL.format(name=name) for name in names)


PROJECT = {
    "app/__init__.py": "",
    "app/base.py": BASE,
    "app/users.py": models("users", "groups"),
    "app/orders/__init__.py": "",
    "app/orders/models.py": models(*(f"order_{n}" for n in range(9))),
    "app/billing.py": models("invoices", "payments", "users"),
    "app/mixins.py": HEAD + MIXIN,
    "app/tests/models.py": models("fake"),
    "legacy.py": models("old", head=HEAD.replace("from app.base import Base\n", BASE)),
    "worker/other/models.py": models("of_another_service"),
    "alembic/versions/one.py": models("migrated"),
}
FORGOTTEN = (
    "warn  default: models: 12 more tables are declared in modules that were not imported: "
    "app.billing (2), app.orders.models (9), legacy (1); add --import app.billing --import "
    "app.orders.models --import legacy (in the configuration: import), or a package that holds them"
)
SECOND = (
    "warn  default: models: legacy:Base holds 1 table that is not compared; if the database has "
    "them, add --models legacy:Base (in the configuration: models: [app.base:Base, legacy:Base])"
)


@pytest.fixture
def doctor(tmp_path: Path, dsn: str) -> Any:
    """Return a function that runs `drift doctor` in a project and returns its lines on models."""

    def run(files: dict[str, str], *options: str) -> list[str]:
        for name, text in files.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text)
        outcome = command.drift(
            *("doctor", "--database", dsn, *options),
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])},
        )
        return [line for line in outcome.stdout.splitlines() if "default: models: " in line]

    return run


def test_tables_of_modules_that_were_never_imported_are_counted(doctor: Any) -> None:
    options = ("--models", "app.base:Base", "--import", "app.users")
    lines = doctor(PROJECT, *options)
    assert lines == ["ok    default: models: app.base:Base holds 2 tables", FORGOTTEN]


def test_a_second_base_with_tables_is_named(doctor: Any) -> None:
    options = ("--models", "app.base:Base", "--import", "app", "--import", "legacy")
    lines = doctor({**PROJECT, "app/billing.py": models("invoices")}, *options)
    assert lines == ["ok    default: models: app.base:Base holds 12 tables", SECOND]


@sqlmodel
def test_what_is_compared_whole_gives_one_line(doctor: Any) -> None:
    copies = "from app import base, users\ncopy = base.MetaData()\nfor table in (\n"
    copies = copies.replace("base, users", "base, users\nfrom sqlalchemy import MetaData")
    copies = copies.replace("base.MetaData", "MetaData")
    copies += "    base.Base.metadata.sorted_tables):\n    table.to_metadata(copy)\n"
    files = {
        "app/__init__.py": "",
        "app/base.py": BASE,
        "app/users.py": PROJECT["app/users.py"],
        "app/copies.py": copies,
        "app/installed.py": "import sqlmodel\n",
    }
    lines = doctor(files, "--models", "app.base:Base", "--import", "app")
    assert lines == ["ok    default: models: app.base:Base holds 2 tables"]


def test_an_extra_table_is_found_in_another_package_of_the_application(
    tmp_path: Path, database: Database
) -> None:
    database.execute("CREATE TABLE users (id serial PRIMARY KEY); CREATE TABLE invoices (id int)")
    files = {
        "app/db/base.py": BASE + models("users", head="from sqlalchemy import Column, Integer\n"),
        "app/billing/models.py": models("invoices"),
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text(text)
    outcome = command.drift(
        *("check", "--models", "app.db.base:Base"),
        cwd=tmp_path,
        env=os.environ
        | {"DATABASE_URL": database.url, "PYTHONPATH": str(Path(__file__).parents[3])},
    )
    assert "app/billing/models.py" in outcome.stdout, outcome.stdout + outcome.stderr


@sqlmodel
def test_a_sqlmodel_that_was_never_imported_is_counted(doctor: Any) -> None:
    model = (
        "from sqlmodel import Field, SQLModel\nclass {0}Base(SQLModel):\n    x: int\n"
        "class {0}({0}Base, table=True):\n    id: int = Field(primary_key=True)\n"
    )
    files = {"hero.py": model.format("Hero"), "team.py": model.format("Team")}
    lines = doctor(files, "--models", "hero:SQLModel")
    assert "1 more table is declared in modules that were not imported: team (1)" in lines[1]
