"""Variables of env files reach the check, the models and the redaction."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests import command
from tests.servers import Database

MODELS = (
    "import os\n"
    "from sqlalchemy import Column, Integer, MetaData, Table\n"
    "metadata = MetaData()\n"
    "Table(os.environ['SHOP_TABLE'], metadata, Column('id', Integer, primary_key=True))\n"
)
PASSWORD = "correct-horse-7"


@pytest.fixture
def project(tmp_path: Path, database: Database) -> Any:
    """Return a function that runs drift in a project with an .env file."""
    database.execute("CREATE TABLE users (id serial PRIMARY KEY)")
    (tmp_path / "shop.py").write_text(MODELS)
    (tmp_path / ".env").write_text(
        f"DATABASE_URL={database.url}\nSHOP_TABLE=users\nSHOP_PASSWORD={PASSWORD}\n"
    )

    def run(*arguments: str, cwd: str = ".", **more: str) -> subprocess.CompletedProcess[str]:
        dropped = ("DATABASE_URL", "SHOP_", "PG")
        kept = {key: text for key, text in os.environ.items() if not key.startswith(dropped)}
        (tmp_path / cwd).mkdir(exist_ok=True)
        return command.drift(*arguments, cwd=tmp_path / cwd, env=kept | more)

    return run


COMMANDS = (
    ("check",),
    ("doctor",),
    ("show",),
    ("plan",),
    ("snapshot",),
    ("diff", "models", "default"),
)


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: words[0])
def test_every_command_reads_the_file_of_the_configuration(
    project: Any, tmp_path: Path, words: tuple[str, ...]
) -> None:
    (tmp_path / "drift.yaml").write_text("models: shop:metadata\nenv_file: .env\n")
    for folder in (".", "docs"):
        outcome = project(*words, cwd=folder)
        assert outcome.returncode == 0, outcome.stdout + outcome.stderr
        assert PASSWORD not in outcome.stdout + outcome.stderr


@pytest.mark.parametrize("words", COMMANDS[:5], ids=lambda words: words[0])
def test_every_command_reads_the_file_of_the_option(project: Any, words: tuple[str, ...]) -> None:
    models = () if words[0] == "show" else ("--models", "shop:metadata")
    outcome = project(*words, *models, "--env-file", ".env")
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    without = project(*words, *models)
    assert (words[0], without.returncode) != ("check", 0)


def test_the_environment_wins_even_if_it_is_empty(project: Any) -> None:
    arguments = ("check", "--models", "shop:metadata", "--env-file", ".env")
    other = project(*arguments, SHOP_TABLE="other")
    assert (other.returncode, "public.other" in other.stdout) == (1, True)
    empty = project(*arguments, DATABASE_URL="")
    assert empty.returncode == 2
    assert "DATABASE_URL is empty" in empty.stderr


def test_secrets_of_the_file_are_in_no_output(project: Any, tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text("import os\nraise ValueError(os.environ['SHOP_PASSWORD'])\n")
    outcome = project("check", "-v", "--models", "shop:metadata", "--env-file", ".env")
    assert outcome.returncode == 2
    assert "ValueError" in outcome.stderr
    assert PASSWORD not in outcome.stdout + outcome.stderr


def test_a_file_that_was_asked_for_must_exist(project: Any) -> None:
    outcome = project("check", "--models", "shop:metadata", "--env-file", "no.env")
    assert outcome.returncode == 2
    assert "no.env: the env file cannot be read: No such file" in outcome.stderr
    assert "Traceback" not in outcome.stderr


def test_credentials_of_receivers_are_kept_from_the_models(project: Any, tmp_path: Path) -> None:
    text = (tmp_path / ".env").read_text()
    (tmp_path / ".env").write_text(f"{text}DRIFT_WEBHOOK_URL=https://127.0.0.1:9/h\n")
    (tmp_path / "shop.py").write_text(
        f"{MODELS}assert 'DRIFT_WEBHOOK_URL' not in os.environ, 'visible'\n"
    )
    (tmp_path / "drift.yaml").write_text("models: shop:metadata\nenv_file: .env\n")
    outcome = project("check", "--report", "webhook")
    assert outcome.returncode == 3, outcome.stdout + outcome.stderr
    assert "visible" not in outcome.stderr


def test_doctor_names_the_file_and_its_number_of_variables(project: Any, tmp_path: Path) -> None:
    (tmp_path / "drift.yaml").write_text("models: shop:metadata\nenv_file: [.env, .env.local]\n")
    outcome = project("doctor")
    assert f"ok    env file: {tmp_path}/.env holds 3 variables\n" in outcome.stdout
    assert f"note  env file: {tmp_path}/.env.local does not exist" in outcome.stdout
    other = project("doctor", SHOP_PASSWORD="x")
    assert "the environment has other values for 1 of them" in other.stdout
