"""The action's steps, run by bash as a runner would: outputs, exit codes, and no input is run."""

from __future__ import annotations

import json
import shlex
import stat
from pathlib import Path

import pytest

from tests.actions.linting import programs
from tests.actions.runner import ACTION, ROOT, Outcome, action, expressions, run, step
from tests.servers import Database

MODELS = (
    "from sqlalchemy import Integer, String, Column, MetaData, Table\n"
    "metadata = MetaData()\n"
    "Table('users', metadata, Column('id', Integer, primary_key=True), Column('name', String))\n"
)
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


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = tmp_path / "my shop"
    folder.mkdir()
    (folder / "shop.py").write_text(MODELS)
    return folder


@pytest.fixture
def in_sync(database: Database) -> Database:
    database.execute("CREATE TABLE users (id serial PRIMARY KEY, name varchar)")
    return database


@pytest.fixture
def adrift(database: Database) -> Database:
    database.execute("CREATE TABLE users (id serial PRIMARY KEY, age int, size int)")
    return database


def perform(
    name: str, folder: Path, environment: dict[str, str], inputs: dict[str, str]
) -> Outcome:
    return run(step(name), expressions(inputs), folder, **environment)


def check(folder: Path, env: dict[str, str] | None = None, /, **inputs: str) -> Outcome:
    return perform("check", folder, env or {}, inputs)


def test_in_sync_is_exit_0_with_all_outputs(shop: Path, in_sync: Database) -> None:
    outcome = check(shop, database=in_sync.url, models="shop:metadata")
    assert outcome.code == 0, outcome.log
    assert outcome.outputs == {
        "in_sync": "true",
        "errors": "0",
        "warnings": "0",
        "exit_code": "0",
    }


def test_drift_is_exit_1_with_annotations_and_a_summary(shop: Path, adrift: Database) -> None:
    outcome = check(shop, database=adrift.url, models="shop:metadata")
    assert outcome.code == 1, outcome.log
    assert outcome.outputs == {
        "in_sync": "false",
        "errors": "1",
        "warnings": "2",
        "exit_code": "1",
    }
    assert "::error file=shop.py,line=3" in outcome.log
    assert "missing-column" in outcome.summary


def test_what_could_not_be_checked_is_exit_2_and_not_in_sync(shop: Path) -> None:
    outcome = check(shop, database="postgresql://me:hunter2@127.0.0.1:1/x", models="shop:metadata")
    assert outcome.code == 2
    assert outcome.outputs["exit_code"] == "2"
    assert outcome.outputs["in_sync"] == "false"
    assert "hunter2" not in outcome.log + outcome.summary


def test_a_wrong_input_sets_the_outputs_all_the_same(shop: Path) -> None:
    outcome = check(shop, fail_on="sometimes")
    assert outcome.code == 2
    assert outcome.outputs == {"in_sync": "false", "exit_code": "2"}


def test_a_report_that_does_not_arrive_is_exit_3(shop: Path, adrift: Database) -> None:
    (shop / "drift.yaml").write_text("models: shop:metadata\nsentry: {timeout: 1s}\n")
    dsn = "http://k3y@127.0.0.1:1/1"
    outcome = check(shop, database=adrift.url, report="sentry", sentry_dsn=dsn)
    assert outcome.code == 3, outcome.log
    assert outcome.outputs["exit_code"] == "3"
    assert outcome.outputs["errors"] == "1"
    assert "k3y" not in outcome.log


def test_a_folder_that_is_not_there_is_no_drift(shop: Path) -> None:
    outcome = check(shop, working_directory="nowhere")
    assert outcome.code == 2
    assert outcome.outputs == {"in_sync": "false", "exit_code": "2"}


def test_exit_zero_and_fail_on_decide_what_fails(shop: Path, adrift: Database) -> None:
    both = {"database": adrift.url, "models": "shop:metadata"}
    outcome = check(shop, exit_zero="true", **both)
    assert (outcome.code, outcome.outputs["in_sync"]) == (0, "false")
    adrift.execute("ALTER TABLE users ADD name varchar")
    assert check(shop, fail_on="error", **both).code == 0
    assert check(shop, fail_on="warning", **both).code == 1


def test_the_configuration_its_targets_and_reports_by_path(shop: Path, adrift: Database) -> None:
    (shop / "ops").mkdir()
    (shop / "ops" / "my drift.yaml").write_text(
        "models: shop:metadata\n"
        "targets:\n  one: {database: '${ONE}'}\n  two: {database: '${ONE}'}\n  three: {}\n"
    )
    outcome = check(
        shop,
        {"ONE": adrift.url},
        config="ops/my drift.yaml",
        targets="one,\n two",
        html="out/a page.html",
        json="out/drift.json",
        sarif="out/drift.sarif",
        junit="out/drift.xml",
    )
    assert outcome.code == 1, outcome.log
    assert outcome.outputs["errors"] == "2"
    found = json.loads((shop / "out" / "drift.json").read_text())
    assert [one["target"] for one in found["checks"]] == ["one", "two"]
    written = sorted(path.name for path in (shop / "out").iterdir())
    assert written == ["a page.html", "drift.json", "drift.sarif", "drift.xml"]


def test_a_list_of_databases_in_parts(shop: Path, in_sync: Database) -> None:
    lines = [f'{{"name": "t{n}", "database": "{in_sync.url}"}}\n' for n in range(6)]
    (shop / "my list").write_text("".join(lines))
    targets: list[str] = []
    for shard in ("1/2", "2/2"):
        outcome = check(
            shop,
            targets_from="my list",
            shard=shard,
            jobs="2",
            models="shop:metadata",
            json="part.json",
        )
        assert outcome.code == 0, outcome.log
        checks = json.loads((shop / "part.json").read_text())["checks"]
        assert 0 < len(checks) < 6
        targets += [one["target"] for one in checks]
    assert sorted(targets) == [f"t{n}" for n in range(6)]


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({"targets_from": "nowhere"}, "--targets-from nowhere"),
        ({"targets_from": "nowhere", "targets": "one"}, "--targets-from names the targets"),
        ({"jobs": "many"}, "--jobs"),
        ({"shard": "3/2"}, "3/2"),
        ({"schema": "nowhere"}, 'schema "nowhere" does not exist'),
    ],
)
def test_inputs_that_cannot_be_are_refused(
    shop: Path, in_sync: Database, inputs: dict[str, str], message: str
) -> None:
    database = {} if "targets_from" in inputs else {"database": in_sync.url}
    outcome = check(shop, models="shop:metadata", **database, **inputs)
    assert (outcome.code, outcome.outputs["exit_code"]) == (2, "2")
    assert message in outcome.log


def test_schemas_are_looked_at_as_well(shop: Path, in_sync: Database) -> None:
    in_sync.execute("CREATE SCHEMA a CREATE TABLE x (id int); CREATE SCHEMA b CREATE TABLE y ()")
    outcome = check(shop, database=in_sync.url, models="shop:metadata", schema="a, b")
    assert outcome.code == 1, outcome.log
    assert outcome.outputs["warnings"] == "2"


def test_another_folder_and_modules_to_import(shop: Path, adrift: Database) -> None:
    inner = shop / "back end"
    (inner / "app").mkdir(parents=True)
    (inner / "app" / "__init__.py").write_text("from sqlalchemy import MetaData\nm = MetaData()\n")
    (inner / "app" / "tables.py").write_text(
        "from sqlalchemy import Column, Integer, Table\nfrom app import m\n"
        "Table('users', m, Column('id', Integer, primary_key=True))\n"
    )
    options = {"working_directory": "back end", "models": "app:m", "import": "app.tables"}
    outcome = check(shop, database=adrift.url, **options)
    assert outcome.code == 1, outcome.log
    assert outcome.outputs["warnings"] == "2"


def test_the_database_input_wins_over_the_configuration_and_is_on_no_command_line(
    shop: Path, in_sync: Database
) -> None:
    (shop / "drift.yaml").write_text(
        "models: shop:metadata\ndatabase: postgresql://nobody@127.0.0.1:1/x\n"
    )
    (shop / "shop.py").write_text(f"import sys\nprint('argv', sys.orig_argv)\n{MODELS}")
    outcome = check(shop, database=in_sync.url)
    assert outcome.code == 0, outcome.log
    assert "argv" in outcome.log
    assert in_sync.name not in outcome.log.partition("argv")[2].splitlines()[0]


def test_an_empty_database_input_is_refused_and_not_the_configurations(
    shop: Path, in_sync: Database
) -> None:
    (shop / "drift.yaml").write_text(f"models: shop:metadata\ndatabase: '{in_sync.url}'\n")
    outcome = check(shop, {"DATABASE_URL": in_sync.url}, database="")
    assert outcome.code == 2
    assert outcome.outputs["exit_code"] == "2"
    assert "The input database is empty: is its secret set?" in outcome.log
    assert check(shop).code == 0


def test_a_folder_called_drift_is_not_taken_for_the_program(shop: Path, in_sync: Database) -> None:
    (shop / "drift").mkdir()
    (shop / "drift" / "__init__.py").write_text("raise SystemExit('mine')\n")
    assert check(shop, database=in_sync.url, models="shop:metadata").code == 0


PRINT = "import os\nprint('seen', sorted(os.environ.items()), 'end')\n"
JOB = {"SENTRY_DSN": "http://of-the-job@127.0.0.1:1/1", "GITHUB_TOKEN": "token-of-the-job"}
INPUTS = {"sentry_dsn": "http://of-the-input@127.0.0.1:1/1", "github_token": "token-of-the-input"}
CLOSED = {"GITHUB_API_URL": "http://127.0.0.1:1", "GITHUB_REPOSITORY": "acme/shop"}


def seen(outcome: Outcome) -> str:
    """Return the environment that the models saw."""
    return outcome.log.partition("seen")[2].partition("end")[0]


def test_without_a_report_to_github_the_step_is_given_no_token(
    shop: Path, in_sync: Database
) -> None:
    (shop / "shop.py").write_text(PRINT + MODELS)
    outcome = check(shop, database=in_sync.url, models="shop:metadata", **INPUTS)
    assert outcome.code == 0, outcome.log
    for secret in ("token-of-the-input", "of-the-input", in_sync.url, "ghs_given"):
        assert secret not in seen(outcome)
    assert "'GITHUB_ACTIONS'" in seen(outcome)


@pytest.mark.parametrize(
    ("report", "given"), [("", False), ("sentry", False), ("github", True), ("sentry,github", True)]
)
def test_the_command_gets_a_token_only_for_a_report_to_github(
    shop: Path, report: str, given: bool
) -> None:
    environment = _fake_python(shop)
    (shop / "bin" / "python").write_text(f"#!/bin/sh\nenv > {shlex.quote(str(shop / 'got'))}\n")
    outcome = perform("check", shop, environment, {"report": report, **INPUTS})
    assert outcome.code == 0, outcome.log
    assert ("token-of-the-input" in (shop / "got").read_text()) == given


def test_variables_of_the_job_stay_for_the_models_settings(shop: Path, in_sync: Database) -> None:
    (shop / "shop.py").write_text(PRINT + MODELS)
    outcome = check(shop, JOB, database=in_sync.url, models="shop:metadata", **INPUTS)
    assert "of-the-job" in seen(outcome)
    assert "token-of-the-job" in seen(outcome)
    assert "of-the-input" not in seen(outcome)


@pytest.mark.parametrize("job", [{}, JOB])
def test_the_reporters_have_credentials_that_the_models_do_not_see(
    shop: Path, adrift: Database, job: dict[str, str]
) -> None:
    (shop / "shop.py").write_text(PRINT + MODELS)
    config = "models: shop:metadata\nsentry: {dsn: '${SENTRY_DSN}', timeout: 1s}\n"
    (shop / "drift.yaml").write_text(
        f"{config}github: {{token: '${{GITHUB_TOKEN}}', timeout: 1s}}\n"
    )
    outcome = check(shop, job | CLOSED, database=adrift.url, report="github, sentry", **INPUTS)
    assert outcome.code == 3, outcome.log
    for name in ("github", "sentry"):
        assert f"error: {name}: " in outcome.log
    assert outcome.log.count("127.0.0.1 cannot be reached") == 2
    assert "token-of" not in outcome.log
    assert "of-the-input" not in outcome.log
    assert ("of-the-job" in seen(outcome)) == bool(job)


@pytest.mark.parametrize("value", HOSTILE)
def test_no_input_is_run(value: str, shop: Path) -> None:
    every = dict.fromkeys(set(action()["inputs"]) - {"working-directory"}, value)
    for inputs in (every, {"working-directory": value}):
        outcomes = [
            perform("check", shop, {}, inputs),
            perform("install", shop, _fake_python(shop), inputs),
        ]
        assert not list(shop.rglob("pwned*")), [one.log for one in outcomes]
        assert outcomes[0].code == 2


@pytest.mark.parametrize("value", ["$(touch pwned)", "'\"; touch pwned #", "--exit-zero"])
def test_what_names_a_file_names_just_that_file(value: str, shop: Path, adrift: Database) -> None:
    outcome = check(shop, database=adrift.url, models="shop:metadata", html=value, json=f"{value}2")
    assert outcome.code == 1, outcome.log
    assert (shop / value).read_text().startswith("<!doctype html>")
    assert (shop / f"{value}2").is_file()
    assert not (shop / "pwned").exists()


def _fake_python(folder: Path) -> dict[str, str]:
    """Return an environment whose `python` writes its arguments down: pip asks the network."""
    programs = folder / "bin"
    programs.mkdir(exist_ok=True)
    python = programs / "python"
    log = shlex.quote(str(folder / "calls"))
    python.write_text(f'#!/bin/sh\nprintf "%s\\n" "$PWD" "$@" >> {log}\n')
    python.chmod(python.stat().st_mode | stat.S_IEXEC)
    return {"PATH": f"{programs}:/usr/bin:/bin"}


def installed(folder: Path, **inputs: str) -> list[str]:
    """Return what pip is asked to install, after the folder that this happens in."""
    outcome = perform("install", folder, _fake_python(folder), inputs)
    assert outcome.code == 0, outcome.log
    lines = (folder / "calls").read_text().splitlines()
    start = len(lines) - lines[::-1].index("install")
    here = lines[start - 4]
    return [here, *lines[start + 1 :]]


def test_drift_is_installed_from_the_actions_own_commit(shop: Path) -> None:
    here, separator, source = installed(shop)
    assert (Path(here), separator) == (shop, "--")
    assert Path(source).resolve() == ROOT
    assert ACTION.is_relative_to(Path(source).resolve())


def test_the_requirements_and_the_project_are_installed_together(shop: Path) -> None:
    (shop / "api").mkdir()
    found = installed(
        shop,
        requirements="requirements.txt\n\n  more/my requirements.txt\n",
        packages=".\nsqlalchemy<2.1\n",
        working_directory="api",
    )
    assert Path(found[0]) == shop / "api"
    assert found[1:4] == [
        "--requirement=requirements.txt",
        "--requirement=more/my requirements.txt",
        "--",
    ]
    assert Path(found[4]).resolve() == ROOT
    assert found[5:] == [".", "sqlalchemy<2.1"]


def test_a_package_that_begins_with_a_dash_is_no_option_of_pip(shop: Path) -> None:
    environment = {"PATH": f"{programs()}:/usr/bin:/bin", "PIP_NO_INDEX": "1", "PIP_DRY_RUN": "1"}
    outcome = perform("install", shop, environment, {"packages": "--help"})
    assert outcome.code != 0
    assert "Invalid requirement: '--help'" in outcome.log
