"""`drift init` in a monorepo: one service per run, and the commands for the others."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests import command
from tests.init.test_layouts import BASE, MODEL, below

SERVICE = {
    "requirements.txt": "sqlalchemy\n",
    "alembic.ini": "[alembic]\nscript_location = db\n",
    "app/__init__.py": "",
    "app/models.py": BASE + MODEL.format(base="app.models"),
}
LARGE = SERVICE | {"app/more.py": MODEL.format(base="app.models").replace("users", "teams")}
TOP = "several bases have the most models: app.models:Base (1 model) in services/api, "
API, WORKER = (f"cd services/{name} && drift init" for name in ("api", "worker"))
CASES: dict[str, tuple[dict[str, str], int, str]] = {
    "equal services": (
        below("services/api", SERVICE) | below("services/worker", SERVICE),
        2,
        f"{TOP}app.models:Base (1 model) in services/worker; set up each service: {API}; {WORKER}; "
        "or choose one with --models",
    ),
    "a larger service": (
        below("services/api", LARGE) | below("services/worker", SERVICE),
        0,
        f"other services: app.models:Base (1 model) in services/worker; to set up each: {WORKER}",
    ),
    "the current folder before a larger service": (
        SERVICE | below("services/api", LARGE),
        0,
        f"other services: app.models:Base (2 models) in services/api; to set up each: {API}",
    ),
}


def write(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    (root / ".git").mkdir(exist_ok=True)
    return root


@pytest.mark.parametrize(("files", "code", "text"), CASES.values(), ids=CASES)
def test_the_other_services_are_named_with_their_commands(
    tmp_path: Path, files: dict[str, str], code: int, text: str
) -> None:
    outcome = command.drift("init", "--yes", cwd=write(tmp_path, files))
    assert outcome.returncode == code, outcome.stderr
    assert text in outcome.stderr


@pytest.mark.parametrize("first", ["services/api", "."])
@pytest.mark.parametrize("host", ["github", "gitlab"])
def test_each_service_gets_jobs_of_its_own(tmp_path: Path, host: str, first: str) -> None:
    write(tmp_path, below(first, SERVICE) | below("services/worker", SERVICE))
    for folder in (first, "services/worker", "services/worker"):
        outcome = command.drift("init", "--yes", "--ci", host, cwd=tmp_path / folder)
        assert outcome.returncode == 0, outcome.stderr
    assert (tmp_path / "services/worker/config/drift.yaml").is_file()
    targets = yaml.safe_load((tmp_path / "services/worker/config/drift.yaml").read_text())
    assert [*targets["targets"]] == ["services-worker-production"]
    if host == "gitlab":
        own = yaml.safe_load((tmp_path / ".gitlab/drift-services-worker.yml").read_text())
        shared = yaml.safe_load((tmp_path / ".gitlab-ci.yml").read_text())
        assert [*own] == ["schema-drift-services-worker", "schema-gate-services-worker"]
        assert [*shared] == ["schema-drift", "schema-gate"]
        job = own["schema-drift-services-worker"]
        assert job["resource_group"] == "schema-drift-services-worker"
        assert "include: [{local: .gitlab/drift-services-worker.yml}]" in outcome.stdout
        return
    workflows = sorted(path.name for path in (tmp_path / ".github/workflows").iterdir())
    more = [
        f"schema-{name}{of}.yml" for name in ("drift", "gate") for of in ("-services-worker", "")
    ]
    assert workflows == more
    assert groups(tmp_path, "schema-drift") == "schema-drift"
    assert groups(tmp_path, "schema-gate-services-worker") != groups(tmp_path, "schema-gate")


SECRETS = {
    "services/worker": "SERVICES_WORKER_DATABASE_URL",
    "2fa": "_2FA_DATABASE_URL",
    "github/a.b-c": "_GITHUB_A_B_C_DATABASE_URL",
}


@pytest.mark.parametrize(("folder", "secret"), SECRETS.items())
@pytest.mark.parametrize("stored", [False, True])
def test_each_service_has_a_secret_of_its_own_on_github(
    tmp_path: Path, folder: str, secret: str, stored: bool
) -> None:
    env = {f"{folder}/.env": "DATABASE_URL=postgresql://127.0.0.1/x\n"} if stored else {}
    write(tmp_path, below("api", SERVICE) | below(folder, SERVICE) | env)
    for each, name in (("api", "DATABASE_URL"), (folder, secret), (folder, secret)):
        outcome = command.drift("init", "--yes", "--ci", "github", cwd=tmp_path / each)
        assert f"gh secret set {name} " in outcome.stdout
    [own] = (tmp_path / ".github/workflows").glob("schema-drift-*.yml")
    assert f" DATABASE_URL: ${{{{ secrets.{secret} }}}}\n" in own.read_text()
    assert "${DATABASE_URL}" in (tmp_path / folder / "config/drift.yaml").read_text()


def test_each_service_has_a_secret_of_its_own_on_gitlab(tmp_path: Path) -> None:
    write(tmp_path, below("api", SERVICE) | below("billing", SERVICE))
    for folder in ("api", "billing"):
        outcome = command.drift("init", "--yes", "--ci", "gitlab", cwd=tmp_path / folder)
    assert "CI/CD variables: BILLING_DATABASE_URL\n" in outcome.stdout
    jobs = yaml.safe_load((tmp_path / ".gitlab/drift-billing.yml").read_text())
    export = 'export DATABASE_URL="$BILLING_DATABASE_URL"'
    assert export in jobs["schema-drift-billing"]["before_script"]
    assert export not in jobs["schema-gate-billing"]["before_script"]


def test_a_variable_that_is_named_is_the_secret(tmp_path: Path) -> None:
    write(tmp_path, below("api", SERVICE) | below("billing", SERVICE))
    for folder in ("api", "billing"):
        words = ("--yes", "--ci", "github", "--database-variable", "SHOP_URL")
        outcome = command.drift("init", *words, cwd=tmp_path / folder)
        assert "gh secret set SHOP_URL " in outcome.stdout


def groups(root: Path, name: str) -> Any:
    text = (root / f".github/workflows/{name}.yml").read_text()
    return yaml.safe_load(text)["concurrency"]["group"]


def test_on_a_terminal_it_asks_for_the_service(tmp_path: Path) -> None:
    write(tmp_path, below("services/api", SERVICE) | below("services/worker", SERVICE))
    master, slave = pty.openpty()
    try:
        process = subprocess.Popen(
            [sys.executable, "-m", "drift", "init", "--no-workflow"],
            stdin=slave, stdout=slave, stderr=slave, cwd=tmp_path,
            env=os.environ | {"PYTHONSAFEPATH": "1"},
        )  # fmt: skip
        os.write(master, b"2\n\n")
        assert process.wait(60) == 0
        shown = os.read(master, 100_000).decode()
    finally:
        os.close(slave)
        os.close(master)
    assert "2  app.models:Base (1 model) in services/worker" in shown
    written = yaml.safe_load((tmp_path / "config/drift.yaml").read_text())
    assert written["path"] == ["services/worker"]
