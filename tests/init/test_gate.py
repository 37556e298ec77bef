"""The gate that `drift init` writes: when it is written, and that it finds a missing migration."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.actions.migrated import migrated
from tests.init.projects import BASE, run

INI = "[alembic]\nscript_location = migrations\n"
ALEMBIC = {"alembic.ini": INI}
FLASK = {"migrations/env.py": "from flask import current_app\n"}


def job(root: Path, host: str) -> Any:
    """Return the gate's environment, and its command that compares."""
    if host == "gitlab":
        gate = yaml.safe_load((root / ".gitlab-ci.yml").read_text())["schema-gate"]
        return gate["variables"], "\n".join(gate["script"]), gate["before_script"]
    text = (root / ".github/workflows/schema-gate.yml").read_text()
    assert "secrets." not in text
    document = yaml.safe_load(text)
    assert document[True] == {"pull_request": None}
    gate = document["jobs"]["gate"]
    assert gate["permissions"] == {"contents": "read"}
    named = {step.get("name"): step.get("run") for step in gate["steps"]}
    install = named["Install the project, and drift beside it"].splitlines()
    return gate["env"], named["Compare"], install


CASES: dict[str, tuple[dict[str, str], str, str]] = {
    "alembic.ini": (ALEMBIC, "drift diff", "postgresql"),
    "pyproject.toml": ({"pyproject.toml": "[tool.alembic]\n[build-system]\n"}, "drift diff", ""),
    "Flask-Migrate": (FLASK, "drift diff", "postgresql"),
    "uv": (ALEMBIC | {"uv.lock": ""}, "uv run --no-sync drift diff", ""),
    "a driver": (ALEMBIC | {"requirements.txt": "asyncpg\n"}, "drift", "postgresql+asyncpg"),
    "a URL": (ALEMBIC | {"db.py": ""}, "drift", ""),
    "another driver": (ALEMBIC | {"requirements.txt": "psycopg2-binary\n"}, "", "postgresql"),
}


@pytest.mark.parametrize("host", ["github", "gitlab"])
@pytest.mark.parametrize(("files", "command", "scheme"), CASES.values(), ids=CASES)
def test_a_project_with_migrations_gets_a_gate(
    project: Any, files: dict[str, str], command: str, scheme: str, host: str
) -> None:
    folder = project(app=BASE)
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    assert run("init", "--ci", host).returncode == 0
    variables, compare, install = job(folder, host)
    assert compare.startswith(command)
    assert "drift diff models migrations" in compare
    url = f"{scheme or 'postgresql'}://unused:unused@localhost/unused"
    assert variables["DATABASE_URL"] == url
    assert any('"sqlalchemy-drift[demo]==' in line for line in install)


@pytest.mark.parametrize("host", ["github", "gitlab"])
@pytest.mark.parametrize("variable", ["DATABASE_URL", "SHOP_URL"])
@pytest.mark.parametrize(("forgetful", "code"), [(False, 0), (True, 1)])
def test_the_gate_finds_a_missing_migration(
    tmp_path: Path, forgetful: bool, code: int, host: str, variable: str
) -> None:
    folder = migrated(tmp_path / "shop", forgetful=forgetful)
    (folder / "drift.yaml").unlink()  # init writes its own
    (environment,) = folder.glob("*/env.py")
    assert "DATABASE_URL" in environment.read_text()
    environment.write_text(environment.read_text().replace("DATABASE_URL", variable))
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    dropped = ("DATABASE_URL", "PG", "DRIFT_")
    kept = {key: text for key, text in os.environ.items() if not key.startswith(dropped)}
    kept |= {"PATH": path, "PYTHONPATH": str(Path(__file__).parents[2]), "PYTHONSAFEPATH": "1"}
    words = ["drift", "init", "--yes", "--ci", host, "--database-variable", variable]
    subprocess.run(words, cwd=folder, env=kept, check=True, capture_output=True, timeout=60)
    variables, compare, _ = job(folder, host)
    outcome = subprocess.run(
        ["bash", "-eo", "pipefail", "-c", compare],
        cwd=folder, env=kept | variables, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert outcome.returncode == code, outcome.stdout + outcome.stderr


def test_the_gate_is_not_written_without_migrations(project: Any) -> None:
    folder = project(app=BASE)
    refused = run("init", "--gate")
    assert refused.returncode == 2
    assert f"--gate needs Alembic's migrations, and {folder} has none" in refused.stderr
    (folder / "alembic.ini").write_text(INI)
    for option in (("--no-workflow",), ("--ci", "none")):
        both = run("init", "--gate", *option)
        assert (both.returncode, f"leave out {' '.join(option)}" in both.stderr) == (2, True)
    assert run("init", "--no-gate").returncode == 0
    assert not (folder / ".github/workflows/schema-gate.yml").exists()
