"""The models are found from every folder of a project, in the usual layouts."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tests import command
from tests.servers import Database

MODELS = (
    "from sqlalchemy import Column, Integer, MetaData, Table\nmetadata = MetaData()\n"
    "Table('users', metadata, Column('id', Integer, primary_key=True))\n"
)


@pytest.fixture
def project(tmp_path: Path, database: Database) -> Any:
    """Return a function that writes files and runs `drift` in one of the folders."""
    database.execute("CREATE TABLE users (id serial PRIMARY KEY)")
    packages = str(Path(__file__).parents[3])

    def run(files: dict[str, str], folder: str, *arguments: str) -> Any:
        for name, text in files.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text)
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
        return command.drift(
            *arguments,
            cwd=tmp_path / folder,
            env=os.environ
            | {"DATABASE_URL": database.url, "PYTHONPATH": packages, "PYTHONSAFEPATH": "1"},
        )

    return run


PACKAGE = {"app/__init__.py": "", "app/models.py": MODELS}
SRC = {f"src/{name}": text for name, text in PACKAGE.items()}
MONOREPO = {f"backend/{name}": text for name, text in PACKAGE.items()}
FLAT = "models: app.models:metadata\n"
CASES: dict[str, tuple[dict[str, str], str]] = {
    "the project's folder": ({**PACKAGE, "drift.yaml": FLAT}, "."),
    "a folder of it": ({**PACKAGE, "drift.yaml": FLAT}, "docs/deep"),
    "config/drift.yaml": ({**PACKAGE, "config/drift.yaml": FLAT}, "config"),
    "inside of the package": (
        {**PACKAGE, "drift.yaml": FLAT, "app/types.py": "raise RuntimeError"},
        "app",
    ),
    "a src layout": ({**SRC, "drift.yaml": f"{FLAT}path: src\n"}, "docs"),
    "a src layout, from src": ({**SRC, "drift.yaml": FLAT}, "src"),
    "a monorepo": ({**MONOREPO, "config/drift.yaml": f"{FLAT}path: [backend]\n"}, "frontend"),
    "a monorepo, by the working directory": ({**MONOREPO, "drift.yaml": FLAT}, "backend"),
    "a package of the same name here": (
        {**PACKAGE, "drift.yaml": FLAT, "old/app/__init__.py": "raise RuntimeError"},
        "old",
    ),
}


@pytest.mark.parametrize(("files", "folder"), CASES.values(), ids=CASES)
def test_the_models_are_found(project: Any, files: dict[str, str], folder: str) -> None:
    outcome = project(files, folder, "check")
    assert outcome.returncode == 0, outcome.stderr


def test_another_configuration_has_its_own_folder(project: Any) -> None:
    files = {**SRC, "ops/shop.yaml": f"{FLAT}path: ../src\n"}
    assert project(files, "elsewhere", "check", "-c", "../ops/shop.yaml").returncode == 0


def test_doctor_prints_the_import_path(project: Any, tmp_path: Path) -> None:
    outcome = project({**SRC, "drift.yaml": f"{FLAT}path: src\n"}, "docs", "doctor")
    words = f"import path: {tmp_path}/src, {tmp_path}, {tmp_path}/docs, then PYTHONPATH and the "
    assert words in outcome.stdout
    assert "default: models: app.models:metadata holds 1 table\n" in outcome.stdout


@pytest.mark.parametrize("folder", [".", "docs"])
def test_a_module_in_another_folder_is_pointed_out(
    project: Any, tmp_path: Path, folder: str
) -> None:
    outcome = project({**SRC, "drift.yaml": FLAT}, folder, "check")
    assert outcome.returncode == 2
    assert f"there is no module 'app' (looked in {tmp_path}" in outcome.stderr
    assert "; src/app exists: write path: [src] in the configuration" in outcome.stderr


def test_a_folder_that_does_not_exist_is_named(project: Any, tmp_path: Path) -> None:
    files = {**SRC, "drift.yaml": f"{FLAT}path: source\n"}
    outcome = project(files, ".", "check")
    assert outcome.returncode == 2
    assert f"default: path: the folder {tmp_path}/source does not exist" in outcome.stderr
    assert project(files, ".", "show", "users").returncode == 0


def test_alembics_own_table_is_known_from_every_folder(project: Any, database: Database) -> None:
    database.execute("CREATE TABLE own (version_num varchar(32) PRIMARY KEY)")
    files = {
        **PACKAGE,
        "drift.yaml": FLAT,
        "alembic.ini": "[alembic]\nscript_location = alembic\nversion_table = own\n",
    }
    outcome = project(files, "docs", "check")
    assert outcome.returncode == 0, outcome.stdout
