"""`drift init` in projects of the usual shapes: what it writes works as it stands."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from drift import __version__
from drift.config import load
from drift.kinds import RULES
from tests.servers import Database

BASE = "from sqlalchemy.orm import DeclarativeBase\nclass Base(DeclarativeBase): ...\n"
MODEL = (
    "from sqlalchemy.orm import Mapped, mapped_column\n"
    "from {module} import {base}\n"
    "class {name}({base}):\n"
    "    __tablename__ = '{name}s'\n"
    "    id: Mapped[int] = mapped_column(primary_key=True)\n"
)
USER = MODEL.format(module="app.base", base="Base", name="user")
ORDER = MODEL.format(module="app.base", base="Base", name="order")
FLASK = (
    "from flask_sqlalchemy import SQLAlchemy\ndb = SQLAlchemy()\n"
    "class user(db.Model):\n    id = db.Column(db.Integer, primary_key=True)\n"
)
SQLMODEL = (
    "from sqlmodel import Field, SQLModel\n"
    "class user(SQLModel, table=True):\n    id: int = Field(primary_key=True)\n"
)
CORE = (
    "from sqlalchemy import Column, Integer, MetaData, Table\nmetadata = MetaData()\n"
    "users = Table('users', metadata, Column('id', Integer, primary_key=True))\n"
)
PINNED = f"sqlalchemy-drift=={__version__}"
CONDA = '"$CONDA/bin/conda" run --no-capture-output --name drift drift'
LEGACY = (
    "from sqlalchemy.orm import declarative_base\nModel = declarative_base()\n"
)  # fmt: skip


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that makes files in the folder that the command is run in."""
    folder = tmp_path / "shop"
    folder.mkdir()
    monkeypatch.chdir(folder)

    def make(**files: str) -> Path:
        for name, text in files.items():
            path = folder / f"{name.replace('__', '/').replace('//init/', '/__init__')}.py"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return folder

    return make


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "drift", *arguments],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        env=os.environ | {"PYTHONSAFEPATH": "1"} | environment,
        timeout=60,
        check=False,
    )


def written(path: str = "config/drift.yaml") -> Any:
    return yaml.safe_load(Path(path).read_text())


def workflow() -> Any:
    return written(".github/workflows/schema-drift.yml")


def steps() -> dict[str, Any]:
    """Return the workflow's steps by name, or by the action they use."""
    some = workflow()["jobs"]["check"]["steps"]
    return {step.get("name") or step["uses"].partition("@")[0]: step for step in some}


@pytest.mark.parametrize(
    ("files", "models", "imported"),
    [
        ({"app__base": BASE, "app__user": USER}, "app.base:Base", ["app.user"]),
        ({"app__base": BASE, "app__user": USER, "app__order": ORDER}, "app.base:Base", ["app"]),
        ({"src__app__base": BASE, "src__app__user": USER}, "app.base:Base", ["app.user"]),
        ({"web": FLASK}, "web:db", None),
        ({"shop": SQLMODEL}, "sqlmodel:SQLModel", ["shop"]),
        ({"tables": CORE}, "tables:metadata", None),
        (
            {"app__base": BASE, "app__user": USER, "app__order": ORDER, "old": LEGACY},
            "app.base:Base",
            ["app"],
        ),
    ],
)
def test_the_models_are_found_by_looking(
    project: Any, files: dict[str, str], models: str, imported: list[str] | None
) -> None:
    project(**files)
    outcome = run("init")
    assert outcome.returncode == 0, outcome.stderr
    assert f"found {models} with" in outcome.stderr
    assert written()["models"] == models
    assert written().get("import") == imported


def test_what_is_written_checks_a_database(project: Any, database: Database) -> None:
    project(src__app____init__="", src__app__base=BASE, src__app__user=USER, src__app__order=ORDER)
    database.execute("CREATE TABLE users (id serial PRIMARY KEY)")
    assert run("init", "--schema", "public").returncode == 0
    settings = load(Path("config/drift.yaml"), environment={"DATABASE_URL": "x"}, known_rules=RULES)
    assert [target.name for target in settings.targets] == ["production"]
    outcome = run("check", "production", DATABASE_URL=database.url)
    assert outcome.returncode == 1, outcome.stderr
    assert "missing-table" in outcome.stdout
    assert "orders" in outcome.stdout


def test_the_workflow_runs_what_the_project_needs(project: Any) -> None:
    folder = project(src__app__base=BASE, src__app__user=USER)
    (folder / "requirements.txt").write_text("sqlalchemy\n")
    (folder / ".python-version").write_text("3.13.1\n")
    outcome = run("init", "--cron", "9 3 * * *", "--database-variable", "PROD_URL")
    assert outcome.returncode == 0, outcome.stderr
    assert workflow()[True]["schedule"] == [{"cron": "9 3 * * *"}]
    assert workflow()["jobs"]["check"]["permissions"] == {"contents": "read", "issues": "write"}
    found = steps()
    assert found["actions/setup-python"]["with"]["python-version"] == "3.13"
    install = found["Install the project, and drift beside it"]["run"]
    assert install == f"python -m pip install -r requirements.txt {PINNED}\n"
    compare = found["Compare"]
    assert compare["run"].startswith("drift check --report github ")
    assert compare["env"] == {
        "PROD_URL": "${{ secrets.PROD_URL }}",
        "DRIFT_GITHUB_TOKEN": "${{ github.token }}",
    }
    assert written()["path"] == ["src"]
    assert "gh secret set PROD_URL" in outcome.stdout
    assert "  drift doctor " in outcome.stdout
    assert written()["targets"] == {"production": {"database": "${PROD_URL}"}}


@pytest.mark.parametrize(
    ("file", "text", "install", "prefix"),
    [
        ("uv.lock", "", "uv sync --frozen", "uv run --no-sync drift"),
        ("poetry.lock", "", "poetry install", "poetry run drift"),
        ("Pipfile.lock", "", "pipenv sync", "pipenv run drift"),
        ("Pipfile", "", "pipenv install", "pipenv run drift"),
        ("pdm.lock", "", "pdm sync", "pdm run drift"),
        ("pyproject.toml", "[tool.pdm]\n", "pdm install", "pdm run drift"),
        ("pyproject.toml", "[tool.poetry]\n", "poetry install", "poetry run drift"),
        ("pyproject.toml", "[project]\nname='x'\n", "uv sync\n", "uv run --no-sync drift"),
        ("environment.yml", "", "env create --quiet --name drift --file environment.yml", CONDA),
        ("pyproject.toml", "[build-system]\n", f"pip install -e . {PINNED}", "drift"),
        ("pyproject.toml", 'requires-python = ">=3.14"', f"pip install {PINNED}", "drift"),
    ],
)
def test_the_projects_own_way_of_installing_is_kept(
    project: Any, file: str, text: str, install: str, prefix: str
) -> None:
    folder = project(app=BASE)
    (folder / file).write_text(text)
    run("init")
    lines = steps()["Install the project, and drift beside it"]["run"]
    assert install in lines
    assert PINNED in lines
    assert steps()["Compare"]["run"].startswith(f"{prefix} check ")
    if "3.14" in text:
        assert steps()["actions/setup-python"]["with"]["python-version"] == "3.14"


def test_sentry_needs_its_secret_and_no_right_to_write_issues(project: Any) -> None:
    project(app=BASE)
    outcome = run("init", "--report", "sentry")
    assert steps()["Compare"]["env"]["DRIFT_SENTRY_DSN"] == "${{ secrets.SENTRY_DSN }}"
    assert workflow()["jobs"]["check"]["permissions"] == {"contents": "read"}
    assert "gh secret set SENTRY_DSN" in outcome.stdout


def test_nothing_is_overwritten(project: Any) -> None:
    folder = project(app=BASE)
    mine = folder / "config" / "drift.yaml"
    mine.parent.mkdir()
    mine.write_text("# mine\n")
    outcome = run("init")
    assert outcome.returncode == 0
    assert mine.read_text() == "# mine\n"
    assert "config/drift.yaml already exists; delete it to regenerate" in outcome.stderr
    assert workflow()["name"] == "schema drift"


def test_a_dry_run_prints_both_files_and_writes_none(project: Any) -> None:
    folder = project(app=BASE)
    outcome = run("init", "--dry-run")
    assert "# --- config/drift.yaml\n" in outcome.stdout
    assert "# --- .github/workflows/schema-drift.yml\n" in outcome.stdout
    assert [path.name for path in folder.iterdir()] == ["app.py"]


def test_another_place_for_the_configuration_is_told_to_the_workflow(project: Any) -> None:
    project(app=BASE)
    run("init", "-c", "ops/drift.yaml")
    assert written("ops/drift.yaml")["models"] == "app:Base"
    assert "drift check -c ops/drift.yaml --report github" in steps()["Compare"]["run"]


def test_without_models_it_says_what_to_type(project: Any) -> None:
    project(app="print('hello')")
    outcome = run("init")
    assert outcome.returncode == 2
    assert "drift init --models package.module:Base" in outcome.stderr


def test_between_equals_nothing_is_guessed(project: Any) -> None:
    project(one=BASE, two=LEGACY)
    outcome = run("init")
    assert outcome.returncode == 2
    assert "one:Base, two:Model; say which with --models" in outcome.stderr
    assert run("init", "--models", "two:Model").returncode == 0
    assert written()["models"] == "two:Model"


def test_bases_of_one_name_are_told_apart_by_their_packages(project: Any) -> None:
    user, order, other = (
        MODEL.format(module=f"{package}.base", base="Base", name=name)
        for package, name in (("a", "user"), ("a", "order"), ("b", "x"))
    )
    project(a__base=BASE, a__user=user, a__order=order, b__base=BASE, b__x=other)
    run("init")
    assert written()["models"] == "a.base:Base"
    assert written()["import"] == ["a"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--database-variable", "postgresql://me:hunter2@db/x"), "takes the NAME"),
        (("--cron", "daily"), "--cron takes five fields"),
        (("--models", "no colon"), "write package.module:attribute"),
        (("--target", ""), "--target"),
        (("--target", "two words"), "--target 'two words': write letters"),
        (("--import", "a b"), "--import"),
    ],
)
def test_what_could_not_work_is_refused(
    project: Any, arguments: tuple[str, ...], message: str
) -> None:
    folder = project(app=BASE)
    outcome = run("init", *arguments)
    assert outcome.returncode == 2
    assert message in outcome.stderr
    assert "hunter2" not in outcome.stderr
    assert [path.name for path in folder.iterdir()] == ["app.py"]


def test_hostile_names_stay_text(project: Any) -> None:
    folder = project(app=BASE)
    outcome = run("init", "--target", "no", "--schema", "- {x", "--schema", "a: b #'\"$(x)\\")
    assert outcome.returncode == 0, outcome.stderr
    assert written()["targets"] == {"no": {"database": "${DATABASE_URL}"}}
    assert written()["schemas"] == ["- {x", "a: b #'\"$(x)\\"]
    load(Path("config/drift.yaml"), environment={"DATABASE_URL": "x"}, known_rules=RULES)
    assert folder.exists()


ABSTRACT = "from {module} import Base as Root\nclass Dated(Root):\n    __abstract__ = True\n"
IMPLICIT = (
    "from sqlalchemy.orm import Mapped, mapped_column\n"
    "from {module} import {base}\n"
    "class User({base}):\n    id: Mapped[int] = mapped_column(primary_key=True)\n"
)


@pytest.mark.parametrize(
    "files",
    [
        {
            "app__dated": ABSTRACT.format(module="app.base"),
            "app__user": IMPLICIT.format(module="app.dated", base="Dated"),
        },
        {
            "app__dated": ABSTRACT.format(module=".base"),
            "app__user": IMPLICIT.format(module=".dated", base="Dated"),
        },
        {
            "app__user": IMPLICIT.format(module="app.base", base="Base as B").replace(
                "(Base as B", "(B"
            )
        },
        {
            "app__user": IMPLICIT.format(module="app", base="base")
            .replace("from app import base", "import app.base")
            .replace("(base)", "(app.base.Base)")
        },
        {
            "app__user": IMPLICIT.format(module="app", base="Base"),
            "app____init__": "from .base import Base\n",
        },
        {"app__user": IMPLICIT.format(module="app", base="base").replace("(base)", "(base.Base)")},
        {
            "app__user": IMPLICIT.format(module="app", base="Base"),
            "app____init__": "from sqlalchemy import *\nfrom app.base import *\n",
        },
    ],
)
def test_models_are_found_through_whatever_lies_between(
    project: Any, files: dict[str, str]
) -> None:
    project(app__base=BASE, **files)
    outcome = run("init")
    assert "found app.base:Base with 1 model\n" in outcome.stderr
    assert written()["import"] == ["app.user"]


def test_names_that_lead_in_a_circle_end(project: Any) -> None:
    project(
        app__base=BASE,
        app__a="import sqlalchemy\nfrom app.b import X\nclass Y(X): ...\n",
        app__b="import sqlalchemy\nfrom app.a import X, Y\nclass V(Y): ...\nclass Z(Z): ...\n",
    )
    assert "found app.base:Base with 0 models" in run("init").stderr


def test_a_project_in_a_folder_of_its_repository_has_its_workflow_at_the_top(project: Any) -> None:
    folder = project(app=BASE)
    (folder.parent / ".git").mkdir()
    outcome = run("init")
    assert outcome.returncode == 0, outcome.stderr
    assert not Path(".github").exists()
    found = written("../.github/workflows/schema-drift.yml")["jobs"]["check"]
    assert found["defaults"] == {"run": {"working-directory": "shop"}}
    assert found["steps"][-1]["with"]["path"] == "shop/drift-report/"
    assert "gh secret set" in outcome.stdout


def test_a_folder_that_a_workflow_cannot_name_is_refused(
    project: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = project(app=BASE)
    (folder / ".git").mkdir()
    (folder / "${{ x }}").mkdir()
    monkeypatch.chdir(folder / "${{ x }}")
    outcome = run("init", "--models", "app:Base")
    assert outcome.returncode == 2
    assert "run with --no-workflow" in outcome.stderr


def test_a_configuration_at_the_other_place_is_kept_and_used(project: Any) -> None:
    folder = project(app=BASE)
    (folder / "drift.yaml").write_text("models: app:Base\n")
    outcome = run("init")
    assert "drift.yaml already exists; delete it to regenerate" in outcome.stderr
    assert not (folder / "config").exists()


def test_broken_and_foreign_files_are_passed_over(project: Any) -> None:
    folder = project(
        app=BASE,
        broken="from sqlalchemy import (",
        migrations__x=BASE,
        tests__models=BASE,
        venv__lib=BASE,
    )
    (folder / "other").mkdir()
    (folder / "other" / "pyvenv.cfg").touch()
    (folder / "other" / "models.py").write_text(BASE)
    (folder / "not-a-package").mkdir()
    (folder / "not-a-package" / "models.py").write_text(BASE)
    assert run("init").returncode == 0
    assert written()["models"] == "app:Base"


def test_on_a_terminal_it_asks(project: Any) -> None:
    project(one=BASE, two=LEGACY)
    master, slave = pty.openpty()
    try:
        process = subprocess.Popen(
            [sys.executable, "-m", "drift", "init"],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=os.environ | {"PYTHONSAFEPATH": "1"},
        )
        os.write(master, b"2\nPROD_URL\ny\n")
        assert process.wait(60) == 0
    finally:
        os.close(slave)
        os.close(master)
    assert written()["models"] == "two:Model"
    assert written()["targets"]["production"]["database"] == "${PROD_URL}"
    assert "--report sentry --report github" in steps()["Compare"]["run"]
