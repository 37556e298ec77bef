"""Bad input: one clear message, exit 2, no traceback, and no password anywhere."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

import pytest

from tests.cli.messages import one_message
from tests.servers import Database

SECRET = "tr0ub4dor%26horse"
AUDIT = ("--models", "drift.demo.models:Base")
HIDDEN = "its message may hold secrets; -v prints it"


def test_no_database(run: Any) -> None:
    one_message(run("check", *AUDIT), "no database given", "--database", "DATABASE_URL")


def test_no_models(run: Any, database: Database) -> None:
    one_message(run("check", "--database", database.url), "no models given", "--models")


def test_nothing_configured_points_to_init(run: Any, tmp_path: Path) -> None:
    words = "no models given", "no drift.yaml found in this folder or above; no models found"
    one_message(run("check"), *words)
    looked = run("doctor")
    assert looked.returncode == 2
    assert looked.stdout.count("create it with drift init") == 2
    (tmp_path / "drift.yaml").write_text("targets: {a: {}}\n")
    outcome = run("check")
    one_message(outcome, "no database given")
    assert "drift init" not in outcome.stderr


def test_an_unreachable_host(run: Any) -> None:
    url = f"postgresql://me:{SECRET}@127.0.0.1:1/shop"
    outcome = run("check", "--database", url, *AUDIT)
    one_message(outcome, "127.0.0.1", "refused")
    assert SECRET not in outcome.stderr


def test_a_database_that_does_not_exist(run: Any, database: Database) -> None:
    url = database.url.replace(database.name, "nowhere_at_all")
    one_message(run("check", "--database", url, *AUDIT), 'database "nowhere_at_all" does not exist')


def test_a_schema_that_does_not_exist(run: Any, database: Database) -> None:
    outcome = run("check", "--database", database.url, "--schema", "nope", *AUDIT)
    one_message(outcome, 'schema "nope" does not exist')


def test_a_database_without_any_declared_table(run: Any, database: Database) -> None:
    one_message(run("check", "--database", database.url, *AUDIT), "none of the 8 declared tables")


def test_an_attribute_that_does_not_exist(run: Any) -> None:
    outcome = run("check", "--database", "postgresql:///x", "--models", "drift.demo.models:Bass")
    one_message(outcome, "no attribute 'Bass'", "did you mean 'Base'")


def test_a_module_that_does_not_exist(run: Any) -> None:
    outcome = run("check", "--database", "postgresql:///x", "--models", "nothing.here:Base")
    one_message(outcome, "cannot import nothing.here", "no module 'nothing'")


def test_models_that_raise_at_import(run: Any, tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text("import os\n\nraise RuntimeError('no settings\\nat all')\n")
    outcome = run("check", "--database", "postgresql:///x", "--models", "shop:Base")
    one_message(outcome, f"cannot import shop: shop.py:3: RuntimeError ({HIDDEN})")
    outcome = run("check", "-v", "--database", "postgresql:///x", "--models", "shop:Base")
    assert "cannot import shop: shop.py:3: RuntimeError: no settings at all\n" in outcome.stderr


def test_models_with_a_syntax_error(run: Any, tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text("x = 1\nclass :\n")
    outcome = run("check", "--database", "postgresql:///x", "--models", "shop:Base")
    one_message(outcome, "cannot import shop: shop.py:2: SyntaxError")


def test_models_that_exit_at_import(run: Any, tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text("import sys\nsys.exit(0)\n")
    outcome = run("check", "--database", "postgresql:///x", "--models", "shop:Base")
    one_message(outcome, "cannot import shop: shop.py:2: SystemExit")


def test_metadata_without_tables(run: Any, tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text("import sqlalchemy\nBase = sqlalchemy.MetaData()\n")
    outcome = run("check", "--database", "postgresql:///x", "--models", "shop:Base")
    one_message(outcome, "shop:Base holds no tables", "--import")


def test_an_object_without_metadata(run: Any, tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text("Base = 5\n")
    outcome = run("check", "--database", "postgresql:///x", "--models", "shop:Base")
    one_message(outcome, "models shop:Base: int holds no metadata")


@pytest.mark.parametrize(
    ("yaml", "words"),
    [
        ("models: [a:b\n", ("drift.yaml:2", "expected")),
        ("modles: a:b\n", ("drift.yaml:1", "modles", "did you mean", "models")),
        ("database: ${NOT_SET_ANYWHERE}\nmodels: a:b\n", ("drift.yaml:1", "NOT_SET_ANYWHERE")),
        ("models: 5:6\n", ("drift.yaml:1", "models")),
    ],
)
def test_a_bad_configuration(run: Any, tmp_path: Path, yaml: str, words: tuple[str, ...]) -> None:
    (tmp_path / "drift.yaml").write_text(yaml)
    one_message(run("check"), *words)


def test_several_problems_of_a_configuration_come_at_once(run: Any, tmp_path: Path) -> None:
    text = """
    modles: a:b
    fail_on: sometimes
    ignore:
      - rule: missing-colum
        object: "*"
    """
    (tmp_path / "drift.yaml").write_text(textwrap.dedent(text))
    outcome = run("check")
    assert outcome.returncode == 2
    lines = outcome.stderr.strip().splitlines()
    assert len(lines) >= 4
    assert all("drift.yaml:" in line for line in lines)


def test_a_configuration_that_cannot_be_read(run: Any, tmp_path: Path) -> None:
    one_message(run("check", "-c", str(tmp_path)), "is a directory")
    one_message(run("check", "-c", "missing.yaml"), "missing.yaml")


def test_an_unknown_target(run: Any, tmp_path: Path) -> None:
    (tmp_path / "drift.yaml").write_text("targets:\n  production: {models: 'a:b'}\n")
    one_message(run("check", "prodution"), "prodution", "production")


def test_a_target_without_a_configuration(run: Any) -> None:
    one_message(run("check", "production"), "no drift.yaml found", "production")


def test_a_statement_timeout(run: Any, tmp_path: Path, database: Database) -> None:
    database.execute("CREATE TABLE users (id int)")
    (tmp_path / "drift.yaml").write_text("models: drift.demo.models:Base\nstatement_timeout: 1ms\n")
    one_message(run("check", "--database", database.url), "statement timeout", "statement_timeout")


def test_another_database_system(run: Any) -> None:
    outcome = run("check", "--database", f"mysql://me:{SECRET}@localhost/shop", *AUDIT)
    one_message(outcome, "mysql", "only supports PostgreSQL")


def test_an_output_that_cannot_be_written(run: Any, database: Database) -> None:
    database.execute("CREATE TABLE users (id int)")
    outcome = run("check", "--database", database.url, *AUDIT, "--output", "json=/proc/no/report")
    one_message(outcome, "cannot write /proc/no/report")
    one_message(run("check", "--output", "jsn=x"), "--output jsn=x: expected FORMAT=PATH")


def test_an_unknown_table_and_an_unknown_rule(run: Any, database: Database) -> None:
    database.execute("CREATE TABLE users (id int)")
    outcome = run("show", "user", "--database", database.url)
    one_message(outcome, "no table, view, enum, domain or sequence 'user'", "did you mean")
    one_message(run("rules", "missing-colum"), "did you mean missing-column")
