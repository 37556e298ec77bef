"""The action's inputs: none is run as code, and each reaches the program that it is for."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.actions.linting import programs
from tests.actions.runner import ACTION, ROOT, action
from tests.actions.steps import check, fake_python, perform
from tests.servers import Database

HOSTILE = [
    "$(touch pwned)",
    "`touch pwned`",
    "'; touch pwned; '",
    '"; touch pwned; "',
    "x\ntouch pwned\n",
    "a[$(touch pwned)]",
    "--exit-zero",
    "<(touch pwned)",
    "x && touch pwned",
]


@pytest.mark.parametrize("value", HOSTILE)
def test_no_input_is_run(value: str, shop: Path) -> None:
    every = dict.fromkeys(set(action()["inputs"]) - {"working-directory"}, value)
    for inputs in (every, {"working-directory": value}):
        outcomes = [
            perform("check", shop, {}, inputs),
            perform("install", shop, fake_python(shop), inputs),
        ]
        assert not list(shop.rglob("pwned*")), [outcome.log for outcome in outcomes]
        assert outcomes[0].code == 2


@pytest.mark.parametrize("value", ["$(touch pwned)", "'\"; touch pwned #", "--exit-zero"])
def test_what_names_a_file_names_just_that_file(value: str, shop: Path, adrift: Database) -> None:
    outcome = check(shop, database=adrift.url, models="shop:metadata", html=value, json=f"{value}2")
    assert outcome.code == 1, outcome.log
    assert (shop / value).read_text().startswith("<!doctype html>")
    assert (shop / f"{value}2").is_file()
    assert not (shop / "pwned").exists()


def installed(folder: Path, **inputs: str) -> list[str]:
    """Return what pip is asked to install, after the folder that this happens in."""
    outcome = perform("install", folder, fake_python(folder), inputs)
    assert outcome.code == 0, outcome.log
    lines = (folder / "calls").read_text().splitlines()
    start = len(lines) - lines[::-1].index("install")
    here = lines[start - 4]
    return [here, *lines[start + 1 :]]


def test_drift_is_installed_from_the_actions_own_commit(shop: Path) -> None:
    here, separator, source = installed(shop)
    assert (Path(here), separator) == (shop, "--")
    assert Path(source).resolve() == ROOT
    assert (Path(source) / ACTION.name).is_file()


@pytest.mark.parametrize(
    ("inputs", "extra"),
    [
        ({"causes": "true"}, "[demo]"),
        ({"cause": "changed-by-hand"}, "[demo]"),
        ({"cause": "mixed", "expected": "models"}, "[demo]"),
        ({"expected": "migrations@3f2a"}, "[demo]"),
        ({"expected": "sql:db/schema.sql"}, "[demo]"),
        ({"expected": "snapshot:schema.json"}, ""),
        ({}, ""),
    ],
)
def test_a_server_is_installed_if_something_runs_on_it(
    shop: Path, inputs: dict[str, str], extra: str
) -> None:
    source = installed(shop, **inputs)[-1]
    assert source == f"{ROOT}{extra}"


def test_the_requirements_and_the_project_are_installed_together(shop: Path) -> None:
    (shop / "api").mkdir()
    arguments = installed(
        shop,
        requirements="requirements.txt\n\n  more/my requirements.txt\n",
        packages=".\nsqlalchemy<2.1\n",
        working_directory="api",
    )
    assert Path(arguments[0]) == shop / "api"
    assert arguments[1:4] == [
        "--requirement=requirements.txt",
        "--requirement=more/my requirements.txt",
        "--",
    ]
    assert Path(arguments[4]).resolve() == ROOT
    assert arguments[5:] == [".", "sqlalchemy<2.1"]


def test_a_package_that_begins_with_a_dash_is_no_option_of_pip(shop: Path) -> None:
    environment = {"PATH": f"{programs()}:/usr/bin:/bin", "PIP_NO_INDEX": "1", "PIP_DRY_RUN": "1"}
    outcome = perform("install", shop, environment, {"packages": "--help"})
    assert outcome.code != 0
    assert "Invalid requirement: '--help'" in outcome.log
