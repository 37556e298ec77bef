"""The action's check, run by bash as a runner would: outputs, exit codes and options."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.actions.steps import MODELS, check
from tests.servers import Database


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
    report = json.loads((shop / "out" / "drift.json").read_text())
    assert [check["target"] for check in report["checks"]] == ["one", "two"]
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
        targets += [check["target"] for check in checks]
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
