"""The examples of the guide and of the docstrings run as they stand."""

from __future__ import annotations

import asyncio
import doctest
import re
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import drift
from tests.api.shop import url_of
from tests.servers import Database
from tests.versions import flask_sqlalchemy

GUIDE = Path(drift.__file__).parent / "guide" / "python.md"
PROJECT = {
    "__init__.py": "",
    "models.py": """
import sqlalchemy as sa
from sqlalchemy.orm import declarative_base
Base = declarative_base()
class User(Base):
    __tablename__ = "users"
    id = sa.Column(sa.Integer, primary_key=True)
    name = sa.Column(sa.Text)
""",
    "db.py": """
import os
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine
url = sa.engine.make_url(os.environ["SHOP_URL"])
engine = sa.create_engine(url, poolclass=sa.pool.NullPool)
async_engine = create_async_engine(url.set(drivername="postgresql+asyncpg"))
""",
    "factory.py": """
import os
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from app.models import Base
db = SQLAlchemy(metadata=Base.metadata)
def create_app():
    app = Flask("shop")
    app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["SHOP_URL"]
    db.init_app(app)
    return app
""",
}


@pytest.fixture
def shop(database: Database, temp: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """The project that the guide is about, and its database."""
    (temp / "app").mkdir()
    for name, text in PROJECT.items():
        (temp / "app" / name).write_text(text)
    database.execute("CREATE TABLE users (id serial PRIMARY KEY, name text)")
    monkeypatch.syspath_prepend(temp)
    url = url_of(database, "psycopg2").render_as_string(hide_password=False)
    monkeypatch.setenv("SHOP_URL", url)
    yield database
    for name in [name for name in sys.modules if name.partition(".")[0] == "app"]:
        del sys.modules[name]


@flask_sqlalchemy
def test_the_guide_runs(shop: Database, capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, Any] = {}
    for block in re.findall(r"```python\n(.*?)```", GUIDE.read_text(), re.DOTALL):
        exec(block, names)
        if "def test_" in block:
            names["test_the_database_fits_the_models"]()
    asyncio.run(lifespan(names["app"]))
    assert "in sync" in capsys.readouterr().out
    assert "extra-index" in str(names["drift"].check(names["Base"], shop.url))


async def lifespan(app: Any) -> None:
    """Start the application of the guide, and ask whether it is ready."""
    ready = next(route.endpoint for route in app.routes if route.path == "/ready")
    from fastapi import Response

    async with app.router.lifespan_context(app):
        response = Response()
        await ready(response)
        assert response.status_code == 200


@pytest.mark.parametrize(
    "name", ["assertion", "checking", "comparison", "guard", "models", "report"]
)
def test_the_examples_of_the_docstrings_run(
    name: str, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sqlalchemy as sa

    database.execute("CREATE TABLE users (id serial PRIMARY KEY, name text)")
    metadata = sa.MetaData()
    sa.Table("users", metadata, sa.Column("id", sa.Integer, primary_key=True))
    engine = sa.create_engine(url_of(database, "psycopg2"), poolclass=sa.pool.NullPool)
    names = {"drift": drift, "metadata": metadata, "engine": engine}
    failed, tried = doctest.testmod(import_module(f"drift.api.{name}"), extraglobs=names)
    assert failed == 0
    assert tried > 0
