"""An empty value is an error that names its place: nothing else is checked in its place."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests import command

MODELS = ("--models", "drift.demo.models:Base")
CONFIGURATION = "models: drift.demo.models:Base\ndatabase: postgresql://nobody@127.0.0.1:1/other\n"
LEAVE = "is empty; give it a value, or leave {} out"


@pytest.fixture
def run(tmp_path: Path) -> Any:
    """Return a function that runs `drift` beside a configuration, with another DATABASE_URL."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("PG", "GITHUB_"))}
    packages = [str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH")]
    clean |= {
        "PYTHONPATH": os.pathsep.join(filter(None, packages)),
        "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/fallback",
        "PGHOST": "127.0.0.1",
        "PGPORT": "1",
    }

    def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return command.drift(*arguments, cwd=tmp_path, env=clean | environment)

    return run


def refused(outcome: subprocess.CompletedProcess[str], words: str) -> None:
    assert outcome.returncode == 2
    assert outcome.stdout == ""
    [line] = outcome.stderr.splitlines()
    assert words in line
    assert "127.0.0.1" not in line


@pytest.mark.parametrize("value", ["", " "])
@pytest.mark.parametrize(
    ("command", "option"),
    [
        ("check", "--database"),
        ("check", "--models"),
        ("check", "--import"),
        ("check", "--schema"),
        ("check", "--config"),
        ("check", "--output"),
        ("check", "--targets-from"),
        ("check", "--shard"),
        ("check", "--connect-timeout"),
        *(
            ("plan", option)
            for option in (
                *("--database", "--models", "--expected", "--schema", "--config", "--table"),
                *("--rule", "--finding", "--small", "--decide", "--output", "--message", "--head"),
                *("--apply-check", "--connect-timeout"),
            )
        ),
        ("show", "--database"),
        ("show", "--schema"),
        ("show", "--config"),
        ("show", "--target"),
        ("doctor", "--database"),
        ("doctor", "--models"),
        ("doctor", "--import"),
        ("doctor", "--schema"),
        ("doctor", "--config"),
        ("init", "--models"),
        ("init", "--schema"),
        ("init", "--database-variable"),
    ],
)
def test_an_empty_option_is_refused(
    run: Any, tmp_path: Path, command: str, option: str, value: str
) -> None:
    (tmp_path / "drift.yaml").write_text(CONFIGURATION)
    refused(run(command, option, value), f"drift: error: {option} {LEAVE.format(option)}")


def test_the_short_spelling_is_refused_too(run: Any) -> None:
    refused(run("check", "-c", ""), "drift: error: --config is empty")
    refused(run("check", "--database="), "drift: error: --database is empty")
    refused(run("check", *MODELS, "--models", ""), "drift: error: --models is empty")
    refused(run("merge", "-c", "", "x.json"), "drift: error: --config is empty")


def test_an_output_without_a_path_is_refused(run: Any) -> None:
    refused(run("check", *MODELS, "--output", "json="), "--output json=: expected FORMAT=PATH")
    refused(run("check", *MODELS, "--output", "json= "), "--output json= : expected FORMAT=PATH")


@pytest.mark.parametrize("command", [("check", *MODELS), ("show",)])
@pytest.mark.parametrize("value", ["", " "])
def test_an_empty_variable_is_refused(run: Any, command: tuple[str, ...], value: str) -> None:
    refused(run(*command, DATABASE_URL=value), "default: DATABASE_URL is empty; write the")


def test_doctor_names_an_empty_variable(run: Any) -> None:
    outcome = run("doctor", *MODELS, DATABASE_URL="")
    assert outcome.returncode == 2
    assert "FAIL  default: database: DATABASE_URL is empty" in outcome.stdout


def test_an_empty_variable_is_no_matter_beside_a_database(run: Any) -> None:
    outcome = run("check", *MODELS, "--database", "postgresql://127.0.0.1:1/x", DATABASE_URL="")
    assert "refused" in outcome.stderr


@pytest.mark.parametrize("command", ["check", "show", "doctor"])
@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("database: ''", "drift.yaml:2: database: must not be empty"),
        ("database: ' '", "drift.yaml:2: database: must not be empty"),
        ("database:", "drift.yaml:2: database: is empty; write a value, or leave the key out"),
        ("database: null", "drift.yaml:2: database: is empty; write a value, or leave the"),
        ("database: ${EMPTY}", "drift.yaml:2: database: the environment variable EMPTY is not"),
        ("database: ${EMPTY:-}", "drift.yaml:2: database: must not be empty"),
        ("targets: {a: {database: ''}}", "drift.yaml:2: targets.a.database: must not be empty"),
        ("targets: {a: {database: }}", "drift.yaml:2: targets.a.database: is empty; write a"),
        ("schemas: ''", "drift.yaml:2: schemas: must not be empty"),
        ("schemas: [public, '']", "drift.yaml:2: schemas[1]: must not be empty"),
        ("import: ''", "drift.yaml:2: import: must not be empty"),
    ],
)
def test_an_empty_value_of_the_configuration_is_refused(
    run: Any, tmp_path: Path, command: str, text: str, words: str
) -> None:
    (tmp_path / "drift.yaml").write_text(f"models: drift.demo.models:Base\n{text}\n")
    outcome = run(command, EMPTY="")
    if command == "doctor" and "${" in text:  # which looks at all else as well
        assert (outcome.returncode, words in outcome.stdout) == (2, True)
    else:
        refused(outcome, words)


def test_an_empty_database_of_the_configuration_may_be_overridden(run: Any, tmp_path: Path) -> None:
    (tmp_path / "drift.yaml").write_text("models: drift.demo.models:Base\ndatabase:\n")
    outcome = run("check", "--database", "postgresql://127.0.0.1:1/x")
    assert "refused" in outcome.stderr


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "list: names no target"),
        ("\n \n# nothing\n", "list: names no target"),
        ('{"name": "a", "database": ""}', "list:1: the database is empty; write its URL"),
        ("${EMPTY}", "list:1: the environment variable EMPTY is not set"),
    ],
)
def test_an_empty_list_or_database_of_a_list_is_refused(
    run: Any, tmp_path: Path, text: str, words: str
) -> None:
    (tmp_path / "drift.yaml").write_text(CONFIGURATION)
    (tmp_path / "list").write_text(text)
    refused(run("check", "--targets-from", "list", EMPTY=""), words)


def test_help_puts_no_password_on_the_command_line(run: Any) -> None:
    for words in ((), ("check",), ("show",), ("doctor",)):
        outcome = run(*words, "--help")
        assert outcome.returncode == 0
        assert "--database postgres" not in outcome.stdout
        assert "DATABASE_URL" in outcome.stdout
