"""What `drift init` writes runs as it stands, wherever in the repository the models are."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests import command
from tests.servers import Database

BASE = "from sqlalchemy.orm import declarative_base\nBase = declarative_base()\n"
MODEL = (
    "from sqlalchemy import Column, Integer\nfrom {base} import Base\n"
    "class User(Base):\n    __tablename__ = 'users'\n    id = Column(Integer, primary_key=True)\n"
)
USER = MODEL.format(base="app.db.base")
APP = {"app/db/base.py": BASE, "app/models/user.py": USER}
PACKAGES = {f"{name}/__init__.py": "" for name in ("app", "app/db", "app/models")}


def below(folder: str, files: dict[str, str]) -> dict[str, str]:
    return {f"{folder}/{name}": text for name, text in files.items()}


OTHER = {"app/db/base.py": BASE, "app/other.py": USER.replace("'users'", "'other'") * 2}
CASES: dict[str, tuple[dict[str, str], list[str] | None]] = {
    "flat": ({"models.py": BASE + MODEL.format(base="models")}, None),
    "a package": ({**APP, **PACKAGES}, None),
    "src": (below("src", APP | PACKAGES), ["src"]),
    "src without __init__.py": (below("src", APP), ["src"]),
    "a monorepo": (below("backend", APP | PACKAGES), ["backend"]),
    "a monorepo without __init__.py": (below("backend", APP), ["backend"]),
    "src in a monorepo": (below("services/api/src", APP | PACKAGES), ["services/api/src"]),
    "modules beside each other": (
        below("backend", {"base.py": BASE, "user.py": MODEL.format(base="base")}),
        ["backend"],
    ),
    "relative imports only": (
        below("backend", PACKAGES | APP | {"app/models/user.py": MODEL.format(base="..db.base")}),
        ["backend"],
    ),
    "two services with one package name": (
        below("api", APP | PACKAGES) | below("worker", {"app/__init__.py": ""}),
        ["api"],
    ),
    "a base shared at the top": (
        {"shared/__init__.py": "", "shared/base.py": BASE}
        | below("api", {"app/__init__.py": "", "app/user.py": MODEL.format(base="shared.base")}),
        ["api"],
    ),
}


@pytest.fixture
def project(tmp_path: Path, database: Database) -> Any:
    """Return a function that writes files and runs a command in a folder of the project."""
    database.execute("CREATE TABLE users (id serial PRIMARY KEY)")
    packages = str(Path(__file__).parents[2])
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"

    def run(files: dict[str, str], folder: str, *words: str) -> Any:
        for name, text in files.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text)
        (tmp_path / ".git").mkdir(exist_ok=True)
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
        env = os.environ | {"DATABASE_URL": database.url, "PATH": path, "PYTHONPATH": packages}
        env |= {"PYTHONSAFEPATH": "1"}
        if words[0] == "drift":
            return command.drift(*words[1:], cwd=tmp_path / folder, env=env)
        return subprocess.run(
            words,
            cwd=tmp_path / folder,
            env=env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run


def drift(*arguments: str) -> tuple[str, ...]:
    return ("drift", *arguments)


def job(tmp_path: Path, name: str = "schema-drift") -> Any:
    (found,) = yaml.safe_load((tmp_path / f".github/workflows/{name}.yml").read_text())[
        "jobs"
    ].values()
    return found


def compare(job: Any) -> tuple[str, str]:
    """Return the folder in which the workflow compares, and its command without receivers."""
    (text,) = [one["run"] for one in job["steps"] if one.get("name") == "Compare"]
    folder = job.get("defaults", {"run": {"working-directory": "."}})["run"]["working-directory"]
    return folder, text.replace(" --report github", "")


@pytest.mark.parametrize(("files", "path"), CASES.values(), ids=CASES)
def test_it_checks_from_every_folder_and_in_the_workflow(
    project: Any, tmp_path: Path, files: dict[str, str], path: list[str] | None
) -> None:
    outcome = project(files, ".", *drift("init"))
    assert outcome.returncode == 0, outcome.stderr
    assert yaml.safe_load((tmp_path / "config/drift.yaml").read_text()).get("path") == path
    folder, script = compare(job(tmp_path))
    for where, words in (
        (".", drift("check")),
        ("docs/deep", drift("check")),
        (folder, ("bash", "-c", script)),
    ):
        checked = project({}, where, *words)
        assert checked.returncode == 0, checked.stdout + checked.stderr


def test_an_application_is_not_imported_for_its_models(project: Any, tmp_path: Path) -> None:
    others = {f"app/{name}.py": "raise RuntimeError" for name in ("main", "wsgi", "api")}
    models = {f"app/{name}.py": USER.replace("users", name) for name in ("user", "order")}
    assert project({"app/db/base.py": BASE} | others | models, ".", *drift("init")).returncode == 0
    written = yaml.safe_load((tmp_path / "config/drift.yaml").read_text())
    assert written["import"] == ["app.order", "app.user"]


MANIFESTS = {
    "backend/requirements.txt": ("-r requirements.txt", "backend"),
    "backend/poetry.lock": ("poetry install", "backend"),
    "requirements.txt": ("-r requirements.txt", "."),
}


@pytest.mark.parametrize(("manifest", "expected"), MANIFESTS.items(), ids=MANIFESTS)
def test_a_monorepo_is_installed_where_its_manifest_is(
    project: Any, tmp_path: Path, manifest: str, expected: tuple[str, str]
) -> None:
    files = below("backend", APP | PACKAGES) | {manifest: ""}
    assert project(files, ".", *drift("init")).returncode == 0
    install, folder = expected
    found = job(tmp_path)
    assert compare(found)[0] == folder
    assert install in found["steps"][2]["run"]
    upload = found["steps"][-1]["with"]["path"]
    assert upload == ("drift-report/" if folder == "." else f"{folder}/drift-report/")


@pytest.mark.parametrize(
    ("config", "option", "path"),
    [
        ("ops/shop.yaml", "-c ops/shop.yaml ", ["../src"]),
        ("{top}/ops/shop.yaml", "-c ops/shop.yaml ", ["../src"]),
        ("{top}/config/drift.yaml", "", ["src"]),
        ("{top}/drift.yaml", "", ["src"]),
    ],
)
def test_another_configuration_is_written_with_its_own_paths(
    project: Any, tmp_path: Path, config: str, option: str, path: list[str]
) -> None:
    file = config.format(top=tmp_path)
    outcome = project(below("src", APP | PACKAGES), ".", *drift("init", "-c", file))
    assert outcome.returncode == 0, outcome.stderr
    assert yaml.safe_load((tmp_path / file).read_text())["path"] == path
    folder, script = compare(job(tmp_path))
    assert f"drift check {option}" in script
    assert str(tmp_path) not in script
    assert project({}, folder, "bash", "-c", script).returncode == 0
    assert project({}, "docs", *drift("check", "-c", str(tmp_path / file))).returncode == 0


def test_a_configuration_outside_of_the_repository_is_for_no_workflow(
    project: Any, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("elsewhere") / "shop.yaml"
    refused = project(APP | PACKAGES, ".", *drift("init", "-c", str(outside)))
    assert refused.returncode == 2
    assert f"a workflow cannot read {outside}, which is outside of {tmp_path}" in refused.stderr
    outcome = project({}, ".", *drift("init", "-c", str(outside), "--no-workflow"))
    assert outcome.returncode == 0, outcome.stderr
    assert project({}, "docs", *drift("check", "-c", str(outside))).returncode == 0


def test_without_a_manifest_it_says_what_is_missing(project: Any, tmp_path: Path) -> None:
    outcome = project(APP | PACKAGES, ".", *drift("init"))
    assert "no file lists the project's requirements" in outcome.stderr
    assert job(tmp_path)["steps"][2]["run"].startswith(
        "# No file lists the requirements of the models"
    )


ALEMBIC = {"alembic.ini": "[alembic]\nscript_location = migrations\n"}


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"service/requirements.txt": "sqlalchemy\n"}, ()),
        ({"service/drift.yaml": "models: app.db.base:Base\n"}, ()),
        ({}, ("-c", "own.yaml")),
    ],
    ids=["a service", "its own configuration", "a file that is named"],
)
def test_the_two_files_of_a_folder_above_are_not_those_of_a_service(
    project: Any, tmp_path: Path, more: dict[str, str], words: tuple[str, ...]
) -> None:
    both = dict.fromkeys(("drift.yaml", "config/drift.yaml"), "models: a:Base\n")
    files = below("service", APP | PACKAGES) | both | more
    (tmp_path / ".git").mkdir()
    outcome = project(files, "service", *drift("init", *words))
    assert outcome.returncode == 0, outcome.stderr


def test_no_second_configuration_is_written_below_the_first(project: Any, tmp_path: Path) -> None:
    first = project(APP | PACKAGES, ".", *drift("init", "--no-workflow"))
    assert first.returncode == 0, first.stderr
    second = project({}, "app", *drift("init", "--no-workflow", "--models", "app.db.base:Base"))
    assert second.returncode == 2
    assert f"{tmp_path}/config/drift.yaml is the configuration of this folder" in second.stderr
    own = drift("init", "--no-workflow", "--models", "app.db.base:Base", "-c", "drift.app.yaml")
    assert project({}, "app", *own).returncode == 0


def test_other_bases_are_named_with_what_to_do(project: Any, tmp_path: Path) -> None:
    more = "Base2 = declarative_base()\nclass X(Base2):\n    __tablename__ = 'x'\n"
    other = {
        "worker/db.py": BASE + MODEL.format(base="worker.db").partition("\nclass")[0] + "\n" + more
    }
    other["worker/db.py"] += "    id = Column(Integer, primary_key=True)\n"
    many = {**APP, **PACKAGES, "app/models/more.py": USER.replace("users", "teams")}
    outcome = project(many | other, ".", *drift("init", "--no-workflow"))
    assert outcome.returncode == 0, outcome.stderr
    assert "found app.db.base:Base with 2 models" in outcome.stderr
    assert "left out: worker.db:Base2; if the same database has their tables" in outcome.stderr
