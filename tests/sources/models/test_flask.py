"""Flask applications, and the functions that make them, are models; others say what to give."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tests import command
from tests.servers import Database
from tests.versions import flask_sqlalchemy

SHOP = """
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
db = SQLAlchemy()

def create_app(config=None):
    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = "postgresql://localhost/x"
    app.config["KIND"] = "varchar(7)"
    db.init_app(app)
    with app.app_context():
        from shop import models
    return app

def configured(config):
    return create_app(config)

def without_extension():
    return Flask("x")

def without_url():
    app = Flask(__name__)
    SQLAlchemy().init_app(app)
    return app
"""
MODELS = """
from flask import current_app
from shop import db
from sqlalchemy.types import UserDefinedType

class Kind(UserDefinedType):
    cache_ok = True
    def get_col_spec(self, **_):
        return current_app.config["KIND"]

class User(db.Model):
    __tablename__ = "users"
    id = db.Column(db.Integer, primary_key=True)
    kind = db.Column(Kind)
"""
FILES = {
    "shop/__init__.py": SHOP,
    "shop/models.py": MODELS,
    "shop/wsgi.py": "from shop import create_app\napp = create_app()\n",
    "shop/early.py": "import shop.models\nfrom flask import current_app\ncurrent_app.name\n",
    "starlette/__init__.py": "class Starlette:\n    def __call__(self, scope): ...\n",
    "web.py": "import starlette, shop.wsgi\napp = starlette.Starlette()\n",
}


pytestmark = flask_sqlalchemy


@pytest.fixture
def run(tmp_path: Path, database: Database) -> Any:
    """Return a function that checks models of a Flask project, given by their name."""
    database.execute("CREATE TABLE users (id serial PRIMARY KEY, kind varchar(7))")
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)

    def run(models: str, *options: str) -> Any:
        return command.drift(
            *("check", "--models", models, *options),
            cwd=tmp_path,
            env=os.environ
            | {"DATABASE_URL": database.url, "PYTHONPATH": str(Path(__file__).parents[3])},
        )

    return run


@pytest.mark.parametrize("models", ["shop:create_app", "shop.wsgi:app"])
def test_an_application_holds_its_models_and_has_its_context(run: Any, models: str) -> None:
    outcome = run(models)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    assert "1 table and 2 columns compared" in outcome.stdout


def test_its_context_is_there_for_each_of_many_targets(
    run: Any, tmp_path: Path, database: Database
) -> None:
    lines = [f'{{"name": "t{n}", "database": "{database.url}"}}\n' for n in range(4)]
    (tmp_path / "list").write_text("".join(lines))
    outcome = run("shop:create_app", "--targets-from", "list", "--jobs", "4")
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr


NEEDS = "the models need a Flask application: give the function that makes it"
LINE = "shop/models.py:9: RuntimeError"
MESSAGES = {
    "shop.models:db": f"cannot read the models shop.models:db: {LINE}: {NEEDS}",
    "shop.early:db": f"cannot import shop.early: shop/early.py:3: RuntimeError: {NEEDS}",
    "shop:configured": "models shop:configured: the function needs config; name one that needs no",
    "shop:without_extension": "the Flask application has no Flask-SQLAlchemy; name the base of its "
    "models, such as app.models:Base\n",
    "shop:without_url": "RuntimeError: Flask-SQLAlchemy needs SQLALCHEMY_DATABASE_URI: set the",
    "web:app": "models web:app: the Starlette application holds no metadata; name the base of its "
    "models; did you mean shop:db?\n",
    "shop:models": "shop.models is a module: name an object in it, such as shop.models:Base\n",
}


@pytest.mark.parametrize(("models", "message"), MESSAGES.items(), ids=MESSAGES)
def test_what_to_give_is_said(run: Any, models: str, message: str) -> None:
    outcome = run(models)
    assert outcome.returncode == 2
    assert message in outcome.stderr
    assert len(outcome.stderr.splitlines()) == 1
