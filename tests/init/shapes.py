"""Runs what `drift init` writes, in projects of every shape, each in an environment of its own.

`python -m tests.init.shapes WHEELS [SHAPE…]`: WHEELS is a folder with the wheel of drift, which the
steps install like a release. The tools of the shapes (uv, poetry, pdm) must be installed for their
lock files; the steps install them again by themselves. It needs a package index.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import psycopg
import yaml

from drift.scratch import Scratch
from tests.init.projects import run
from tests.sources.migrations.projects import project, script
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
HATCH = '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
POETRY = (
    '[tool.poetry]\nname = "shop"\nversion = "1"\ndescription = ""\nauthors = []\n'
    "package-mode = false\n"
    '[tool.poetry.dependencies]\npython = ">=3.11,<4"\nsqlalchemy = ">=2"\nalembic = "*"\n'
    'psycopg = {version = "*", extras = ["binary"]}\n'
)
PIPFILE = (
    '[packages]\nsqlalchemy = "*"\nalembic = "*"\npsycopg = {extras = ["binary"], version = "*"}\n'
)
HATCHED = PEP621 + HATCH
SETUP = (
    "from setuptools import setup\n"
    f"setup(name='shop', packages=['shop'], install_requires=[{DEPENDENCIES}])\n"
)
PIP = "sqlalchemy>=2\nalembic\npsycopg[binary]\n"
Shape = tuple[str, Mapping[str, str], str]
"""The folder of the project, its files beside the models, and the command that locks them."""
SHAPES: dict[str, Shape] = {
    "pip": (".", {"shop/models.py": MODELS, "requirements.txt": PIP}, ""),
    "no requirements": (".", {"shop/models.py": MODELS}, ""),
    "src and hatch": (
        ".",
        {"src/shop/models.py": MODELS, "src/shop/__init__.py": "", "pyproject.toml": HATCHED},
        "",
    ),
    "setup.py": (
        ".",
        {
            "shop/models.py": MODELS,
            "shop/__init__.py": "",
            "setup.py": SETUP,
        },
        "",
    ),
    "uv": (".", {"shop/models.py": MODELS, "pyproject.toml": PEP621}, "uv lock"),
    "uv without a lock": (".", {"shop/models.py": MODELS, "pyproject.toml": PEP621}, ""),
    "poetry": (".", {"shop/models.py": MODELS, "pyproject.toml": POETRY}, "poetry lock"),
    "pdm": (
        ".",
        {"shop/models.py": MODELS, "pyproject.toml": f"{PEP621}[tool.pdm]\ndistribution = false\n"},
        "pdm lock",
    ),
    "pipenv": (".", {"shop/models.py": MODELS, "Pipfile": PIPFILE}, ""),
    "a monorepo": (
        "services/api",
        {"src/shop/models.py": MODELS, "src/shop/__init__.py": "", "requirements.txt": PIP},
        "",
    ),
    "a Flask factory": (
        ".",
        {"shop/__init__.py": FACTORY, "requirements.txt": f"{PIP}flask-sqlalchemy\n"},
        "",
    ),
}  # fmt: skip
_REVISION = "    op.create_table('users', sa.Column('id', sa.Integer, primary_key=True))\n"


def make(root: Path, shape: Shape, environment: Mapping[str, str]) -> None:
    """Write the project with its migrations, lock it, and run `drift init`."""
    folder, files, lock = shape
    (root / ".git").mkdir()
    home = root / folder
    head, _, _ = script("0001").partition("def upgrade")
    text = f"{head}from alembic import op\nimport sqlalchemy as sa\ndef upgrade():\n{_REVISION}"
    project(home, {"0001": text}, env=SYNC)
    for name, content in files.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(content)
    if lock:
        subprocess.run(
            shlex.split(lock), cwd=home, env=environment, check=True, capture_output=True
        )
    os.chdir(root)
    outcome = run("init", "--yes")
    assert outcome.returncode == 0, outcome.stderr


def steps(root: Path, name: str) -> tuple[Path, Mapping[str, str], list[Any]]:
    """Return the folder, the environment and the steps of a workflow's job."""
    document = yaml.safe_load((root / ".github/workflows" / name).read_text())
    (job,) = document["jobs"].values()
    folder = job.get("defaults", {"run": {"working-directory": "."}})["run"]["working-directory"]
    return root / folder, job.get("env", {}), [step for step in job["steps"] if "run" in step]


def perform(root: Path, environment: Mapping[str, str]) -> str:
    """Run both workflows, each in a new environment; return what failed."""
    for name in ("schema-drift.yml", "schema-gate.yml"):
        folder, variables, found = steps(root, name)
        made = Path(tempfile.mkdtemp(prefix="shape-"))
        venv.create(made, with_pip=True)
        env = {**environment, **variables, "PATH": f"{made}/bin:/usr/local/bin:/usr/bin:/bin"}
        if name == "schema-drift.yml":
            env["DATABASE_URL"] = environment["DATABASE_URL"]
        for step in found:
            text = step["run"].replace(" --report github", "")
            outcome = subprocess.run(
                ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", text],
                cwd=folder, env=env, capture_output=True, text=True, timeout=900, check=False,
            )  # fmt: skip
            if outcome.returncode:
                return f"{name}: {step['name']}: {(outcome.stdout + outcome.stderr)[-1500:]}"
    return ""


def main(wheels: str, names: Sequence[str]) -> int:
    """Try the shapes; print a line for each."""
    dropped = ("DATABASE_URL", "DRIFT_", "PYTHON", "VIRTUAL_ENV", "PGHOST")
    kept = {key: text for key, text in os.environ.items() if not key.startswith(dropped)}
    links = f"{wheels} {os.environ.get('PIP_FIND_LINKS', '')}".strip()
    kept |= {"PIP_FIND_LINKS": links, "UV_FIND_LINKS": links.replace(" ", ",")}
    failures = 0
    with Scratch(None) as scratch, scratch.database() as database:
        with psycopg.connect(database.url, autocommit=True) as connection:
            connection.execute(
                "CREATE TABLE users (id serial PRIMARY KEY);"
                "CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY);"
                "INSERT INTO alembic_version VALUES ('0001')"
            )
        for name in names or SHAPES:
            began = time.monotonic()
            with tempfile.TemporaryDirectory() as folder:
                make(Path(folder), SHAPES[name], kept)
                problem = perform(Path(folder), kept | {"DATABASE_URL": database.url})
                os.chdir("/")
            print(f"{name}: {problem or 'ok'} ({time.monotonic() - began:.0f} s)", flush=True)  # noqa: T201
            failures += bool(problem)
    return failures


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1], sys.argv[2:]))
