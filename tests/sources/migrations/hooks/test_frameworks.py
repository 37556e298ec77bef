"""Models of env.py in frameworks, and objects of alembic-utils that only env.py imports."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.servers import Database
from tests.sources.migrations.hooks.hooked import USERS, HookedProject, findings
from tests.versions import DIALECT, flask_sqlalchemy, sqlmodel


@pytest.fixture
def project(tmp_path: Path, database: Database, dsn: str) -> HookedProject:
    return HookedProject(tmp_path, database, dsn)


VIEW = """
from alembic_utils.pg_view import PGView

names = PGView(schema="public", signature="names", definition="SELECT name FROM users")
"""


UPPER = "CREATE VIEW names AS SELECT upper(name) AS name FROM users"


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("CREATE VIEW names AS SELECT name FROM users", []),
        ("", ["missing-view public.names"]),
        (UPPER, ["view-mismatch public.names"]),
    ],
)
def test_registered_entities(
    project: HookedProject, database: Database, sql: str, expected: list[str]
) -> None:
    pytest.importorskip("alembic_utils")
    project.write("shop/__init__.py", "")
    project.write("shop/views.py", VIEW)
    project.env(
        "register_entities([names])",
        imports="from alembic_utils.replaceable_entity import register_entities\n"
        "from models import Base\nfrom shop.views import names",
    )
    database.execute(USERS + sql)
    assert findings(project.check()) == expected


FLASK = """
import os
from flask import Flask
from shop.db import db

def create_app():
    app = Flask("shop")
    app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["DATABASE_URL"]
    db.init_app(app)
    from shop import models
    return app
"""
FLASK_MODELS = """
from shop.db import db

class User(db.Model):
    __tablename__ = "users"
    id = db.Column(db.Integer, primary_key=True)
    name = db.Column(db.Text)
"""
FLASK_ENV = """
from alembic import context
from flask import current_app

target_db = current_app.extensions["sqlalchemy"]

def get_metadata():
    return target_db.metadatas[None]

def process_revision_directives(context, revision, directives):
    raise AssertionError("not run")

with target_db.engine.connect() as connection:
    context.configure(
        connection=connection, target_metadata=get_metadata(),
        process_revision_directives=process_revision_directives,
        include_object=lambda object, name, type_, reflected, compare_to: name != "celery",
    )
    with context.begin_transaction():
        context.run_migrations()
"""


@flask_sqlalchemy
def test_an_application_factory_of_flask(
    project: HookedProject, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLASK_APP", "shop:create_app")
    monkeypatch.setenv("DATABASE_URL", f"{DIALECT}://nobody@db.example.com/live")
    db = "from flask_sqlalchemy import SQLAlchemy\ndb = SQLAlchemy()\n"
    files = {"__init__.py": FLASK, "db.py": db, "models.py": FLASK_MODELS}
    for name, text in files.items():
        project.write(f"shop/{name}", text)
    project.write("db/env.py", FLASK_ENV)
    database.execute(USERS + "CREATE TABLE celery (id int); CREATE TABLE other (id int)")
    check = project.check()
    assert check["tables"] == ["public.users"]
    assert findings(check) == ["extra-table public.other"]


@sqlmodel
def test_sqlmodel(project: HookedProject, database: Database) -> None:
    project.write(
        "models.py",
        "from sqlmodel import Field, SQLModel\n\nclass User(SQLModel, table=True):\n"
        "    __tablename__ = 'users'\n    id: int | None = Field(primary_key=True)\n"
        "    name: str | None = None\n",
    )
    project.env(
        imports="from sqlmodel import SQLModel\nimport models", metadata="SQLModel.metadata"
    )
    database.execute("CREATE TABLE users (id serial PRIMARY KEY, name varchar)")
    check = project.check()
    assert check["tables"] == ["public.users"]
    assert findings(check) == []
