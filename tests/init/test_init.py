"""`drift init` in projects of the usual shapes: what it writes works as it stands."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from drift.config import load, schema
from drift.kinds import RULES
from tests.init.projects import (
    BASE,
    CONDA,
    LEGACY,
    ORDER,
    PINNED,
    USER,
    run,
    steps,
    workflow,
    written,
)
from tests.servers import Database


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
        ("pdm.lock", "", "pip install 'pdm[locked]' && pdm sync", "pdm run drift"),
        (
            "pyproject.toml",
            "[tool.pdm]\n",
            "pip install 'pdm[locked]' && pdm install",
            "pdm run drift",
        ),
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
        os.write(master, b"2\nPROD_URL\n\ny\n")
        assert process.wait(60) == 0
    finally:
        os.close(slave)
        os.close(master)
    assert written()["models"] == "two:Model"
    assert written()["targets"]["production"]["database"] == "${PROD_URL}"
    assert "--report sentry --report github" in steps()["Compare"]["run"]


def test_the_configuration_names_the_schema_that_is_written_beside_it(project: Any) -> None:
    project(app=BASE)
    outcome = run("init", "-c", "ops/shop.yaml", "--dry-run")
    assert "# --- ops/drift.schema.json (the JSON Schema for editors)\n" in outcome.stdout
    run("init", "-c", "ops/shop.yaml")
    line = Path("ops/shop.yaml").read_text().partition("\n")[0]
    assert line == "# yaml-language-server: $schema=drift.schema.json"
    assert Path("ops/drift.schema.json").read_text() == schema.text()
    kept = run("init", "-c", "drift.yaml", "--dry-run")
    assert "schema.json (the JSON Schema" in kept.stdout
    Path("drift.yaml").touch()
    assert "# --- drift.schema.json" not in run("init", "--dry-run").stdout
