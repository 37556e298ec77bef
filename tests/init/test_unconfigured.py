"""`drift check` without any configuration names what there is, and a command that works."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from drift.init import unconfigured
from tests import command
from tests.init.projects import BASE, USER
from tests.servers import Database

PASSWORD = "correct-horse-7"
APP = {"app/__init__.py": "", "app/base.py": BASE, "app/user.py": USER}
SRC = {f"src/{name}": text for name, text in APP.items()}
ALONE = {"app.py": USER.replace("from app.base import Base", BASE)}


@pytest.fixture
def project(tmp_path: Path) -> Any:
    """Return a function that writes files, and runs drift without a database."""

    def run(
        files: dict[str, str], *arguments: str, **more: str
    ) -> subprocess.CompletedProcess[str]:
        for name, text in files.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text)
        dropped = ("DATABASE_URL", "PG", "DRIFT_")
        kept = {key: text for key, text in os.environ.items() if not key.startswith(dropped)}
        return command.drift(*arguments, cwd=tmp_path, env=kept | more)

    return run


URL = f"postgresql://shop:{PASSWORD}@db/shop"
CASES: dict[str, tuple[dict[str, str], list[str]]] = {
    "nothing": ({}, ["no models found in this folder. Run: drift init --models"]),
    "models": (
        APP,
        [
            "this folder has: models app.base:Base (1 model). Set DATABASE_URL to",
            "then run: drift check --models app.base:Base --import app.user, or drift init,",
        ],
    ),
    "an env file": (
        ALONE | {".env": f"DATABASE_URL={URL}\n", "alembic.ini": ""},
        ["models app:Base (1 model), alembic.ini, .env with DATABASE_URL. Run: drift check "
         "--models app:Base --env-file .env, or"],
    ),
    "another variable": (
        ALONE | {".env": f"SHOP_URL={URL}\n"},
        [".env with SHOP_URL. Run: drift init --database-variable SHOP_URL"],
    ),
    "an env file that is not one": (ALONE | {".env": f"a {PASSWORD}\n"}, ["Set DATABASE_URL to"]),
    "src": (SRC, ["run: PYTHONPATH=src drift check --models app.base:Base --import app.user, or"]),
    "pyproject.toml": ({"pyproject.toml": ""}, ["folder has: pyproject.toml. Run: drift init"]),
}  # fmt: skip


@pytest.mark.parametrize(("files", "texts"), CASES.values(), ids=CASES)
def test_the_message_names_what_is_there(
    project: Any, files: dict[str, str], texts: list[str]
) -> None:
    outcome = project(files, "check")
    assert (outcome.returncode, outcome.stdout) == (2, "")
    for text in texts:
        assert text in outcome.stderr
    assert PASSWORD not in outcome.stderr
    assert outcome.stderr.count("\n") == 1


@pytest.mark.parametrize("files", [APP, SRC, ALONE], ids=["package", "src", "module"])
@pytest.mark.parametrize("stored", [True, False], ids=["env file", "environment"])
def test_the_command_works(
    project: Any, files: dict[str, str], stored: bool, database: Database, tmp_path: Path
) -> None:
    database.execute("CREATE TABLE users (id serial PRIMARY KEY)")
    variables = {} if stored else {"DATABASE_URL": database.url}
    more = {".env": f"DATABASE_URL={database.url}\n"} if stored else {}
    outcome = project(files | more, "check", **variables)
    match = re.search(r"[Rr]un: (?:PYTHONPATH=(\S+) )?drift (check .*?), or", outcome.stderr)
    assert match, outcome.stderr
    path = {"PYTHONPATH": match[1]} if match[1] else {}
    checked = project({}, *match[2].split(), **variables, **path)
    assert checked.returncode == 0, checked.stderr


def test_a_large_folder_is_not_searched_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(300):
        (tmp_path / f"user{number}.py").write_text(ALONE["app.py"])
    monkeypatch.setattr(unconfigured, "SECONDS", 0)
    has = unconfigured.contents(tmp_path)
    text = unconfigured.message(tmp_path, has, {}, ())
    assert text.endswith("(the search for models took too long). Run: drift init")


@pytest.mark.parametrize(
    "arguments",
    [("--models", "app:Base"), ("--expected", "snapshot:x.json"), ("--targets-from", "x")],
)
def test_options_that_say_enough_are_not_refused(project: Any, arguments: tuple[str, ...]) -> None:
    outcome = project(ALONE, "check", *arguments)
    assert outcome.returncode == 2
    assert "no drift.yaml found in this folder or above;" not in outcome.stderr
