"""Projects of every shape that `drift init` writes workflows for."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Mapping
from pathlib import Path

import msgspec

from tests.sources.migrations.projects import project, script, write
from tests.sources.migrations.run_projects import SYNC

MODELS = (
    "from sqlalchemy import Column, Integer\nfrom sqlalchemy.orm import declarative_base\n"
    "Base = declarative_base()\nclass User(Base):\n    __tablename__ = 'users'\n"
    "    id = Column(Integer, primary_key=True)\n"
)
FACTORY = (
    "from flask import Flask\nfrom flask_sqlalchemy import SQLAlchemy\ndb = SQLAlchemy()\n"
    "class User(db.Model):\n    __tablename__ = 'users'\n"
    "    id = db.Column(db.Integer, primary_key=True)\n"
    "def create_app():\n    app = Flask(__name__)\n"
    "    app.config['SQLALCHEMY_DATABASE_URI'] = 'postgresql+psycopg://'\n    db.init_app(app)\n"
    "    return app\n"
)
DEPENDENCIES = '"sqlalchemy>=2", "psycopg[binary]", "alembic"'
PEP621 = (
    '[project]\nname = "shop"\nversion = "1"\nrequires-python = ">=3.11"\n'
    f"dependencies = [{DEPENDENCIES}]\n"
)
HATCHED = f'{PEP621}[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
_POETRY = (
    '[tool.poetry]\nname = "shop"\nversion = "1"\ndescription = ""\nauthors = []\n{mode}'
    '[tool.poetry.dependencies]\npython = ">=3.11,<4"\nsqlalchemy = ">=2"\nalembic = "*"\n'
    'psycopg = {{version = "*", extras = ["binary"]}}\n'
)
POETRY = _POETRY.format(mode="package-mode = false\n")
POETRY_SRC = _POETRY.format(mode='packages = [{include = "shop", from = "src"}]\n')
PDM = f"{PEP621}[tool.pdm]\ndistribution = false\n"
PIPFILE = (
    '[packages]\nsqlalchemy = "*"\nalembic = "*"\npsycopg = {extras = ["binary"], version = "*"}\n'
)
SETUP = (
    "from setuptools import setup\n"
    f"setup(name='shop', packages=['shop'], install_requires=[{DEPENDENCIES}])\n"
)
PIP = "sqlalchemy>=2\nalembic\npsycopg[binary]\n"
WORKSPACE = '[tool.uv.workspace]\nmembers = ["services/*"]\n'


class Shape(msgspec.Struct, frozen=True, kw_only=True):
    """A project: its files, the folder of its manifest, and the command that locks it.

    `drift init` runs in the folder `start`.
    """

    files: Mapping[str, str]
    folder: str = "."
    start: str = "."
    lock: str = ""


def _package(folder: str = "") -> dict[str, str]:
    return {f"{folder}shop/__init__.py": "", f"{folder}shop/models.py": MODELS}


def _flat(**files: str) -> dict[str, str]:
    return {"shop/models.py": MODELS} | files


_SERVICE = _package("src/") | {"requirements.txt": PIP}
SHAPES = {
    "pip": Shape(files=_flat() | {"requirements.txt": PIP}),
    "no requirements": Shape(files=_flat()),
    "src and hatch": Shape(files=_package("src/") | {"pyproject.toml": HATCHED}),
    "setup.py": Shape(files=_package() | {"setup.py": SETUP}),
    "uv": Shape(files=_flat() | {"pyproject.toml": PEP621}, lock="uv lock"),
    "uv without a lock": Shape(files=_flat() | {"pyproject.toml": PEP621}),
    "poetry": Shape(files=_flat() | {"pyproject.toml": POETRY}, lock="poetry lock"),
    "poetry and src": Shape(
        files=_package("src/") | {"pyproject.toml": POETRY_SRC}, lock="poetry lock"
    ),
    "poetry without a lock": Shape(files=_flat() | {"pyproject.toml": POETRY}),
    "pdm": Shape(files=_flat() | {"pyproject.toml": PDM}, lock="pdm lock"),
    "pdm without a lock": Shape(files=_flat() | {"pyproject.toml": PDM}),
    "pipenv": Shape(files=_flat() | {"Pipfile": PIPFILE}, lock="pipenv lock"),
    "pipenv without a lock": Shape(files=_flat() | {"Pipfile": PIPFILE}),
    "a monorepo": Shape(files=_SERVICE, folder="services/api"),
    "a service of a monorepo": Shape(files=_SERVICE, folder="services/api", start="services/api"),
    "a Flask factory": Shape(
        files={"shop/__init__.py": FACTORY, "requirements.txt": f"{PIP}flask-sqlalchemy\n"}
    ),
}
_REVISION = "    op.create_table('users', sa.Column('id', sa.Integer, primary_key=True))\n"


def make(root: Path, shape: Shape, environment: Mapping[str, str]) -> None:
    """Write the project with its migrations, and lock it. Raises CalledProcessError.

    PACKAGE_INDEX, if the environment has it, is the address of an index for Poetry, which does not
    read the settings of pip.
    """
    (root / ".git").mkdir(parents=True)
    home = root / shape.folder
    head, _, _ = script("0001").partition("def upgrade")
    text = f"{head}from alembic import op\nimport sqlalchemy as sa\ndef upgrade():\n{_REVISION}"
    project(home, {"0001": text}, env=SYNC)
    index = environment.get("PACKAGE_INDEX", "")
    source = f'[[tool.poetry.source]]\nname = "index"\nurl = "{index}"\n' if index else ""
    poetry = {name: text + source for name, text in shape.files.items() if "[tool.poetry]" in text}
    write(home, {**shape.files, **poetry})
    if shape.lock:
        subprocess.run(
            shlex.split(shape.lock),
            cwd=home, env=environment, check=True, capture_output=True, text=True,
        )  # fmt: skip
