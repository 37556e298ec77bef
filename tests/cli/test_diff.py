"""`drift diff`: the names of sides, the settings that apply, and exit codes."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any, NamedTuple

import psycopg
import pytest

from tests.command import drift
from tests.servers import Database

MODELS = """
import sqlalchemy as sa
metadata = sa.MetaData()
sa.Table("users", metadata, sa.Column("id", sa.Integer, primary_key=True),
         sa.Column("email", sa.String(20)))
"""
CONFIGURATION = """
models: shop:metadata
severity: {{column-type-mismatch: error}}
targets:
  staging:
    database: {staging}
  production:
    database: {production}
    ignore:
      - {{rule: extra-column, object: public.users.legacy, reason: it is old}}
  unset:
    database: ${{NOT_SET}}
"""


class Shop(NamedTuple):
    folder: Path
    staging: Database
    production: Database

    def diff(self, *arguments: str, **environment: str) -> CompletedProcess[str]:
        return drift("diff", *arguments, cwd=self.folder, env=os.environ | environment)


@pytest.fixture
def shop(admin: psycopg.Connection[Any], dsn: str, tmp_path: Path) -> Iterator[Shop]:
    staging, production = (Database(admin, dsn) for _ in range(2))
    columns = "id serial PRIMARY KEY, email"
    staging.execute(f"CREATE TABLE users ({columns} varchar(20))")
    production.execute(f"CREATE TABLE users ({columns} text, legacy int)")
    (tmp_path / "shop.py").write_text(MODELS)
    text = CONFIGURATION.format(staging=staging.url, production=production.url)
    (tmp_path / "drift.yaml").write_text(text)
    yield Shop(tmp_path, staging, production)
    for database in (staging, production):
        database.drop()


def findings(run: CompletedProcess[str]) -> list[str]:
    (check,) = json.loads(run.stdout)["checks"]
    return sorted(f"{f['severity']} {f['rule']} {f['object']['name']}" for f in check["findings"])


def test_two_targets_take_the_settings_of_the_right_one(shop: Shop) -> None:
    run = shop.diff("staging", "production", "--format", "json")
    assert (run.returncode, run.stderr) == (1, "")
    assert findings(run) == ["error column-type-mismatch email"]
    run = shop.diff("production", "staging", "--format", "json")
    assert findings(run) == [
        "error column-type-mismatch email", "error missing-column legacy",
    ]  # fmt: skip


def test_a_source_without_settings_takes_those_of_the_other_side(shop: Shop) -> None:
    run = shop.diff("production", "models", "--format", "json")
    assert findings(run) == ["error column-type-mismatch email"]
    (check,) = json.loads(run.stdout)["checks"]
    assert (check["target"], check["left"]) == ("production..models", "actual")
    assert check["expected"] == {"source": "models", "name": "shop:metadata", "label": "models"}
    assert check["actual"] == {"source": "database", "name": "production", "label": "production"}
    assert check["findings"][0]["location"] == {"file": "shop.py", "line": 5}


def test_equal_sides_are_in_sync(shop: Shop) -> None:
    for sides in (("models", "staging"), ("staging", "staging"), ("models", "models")):
        run = shop.diff(*sides)
        assert run.returncode == 0, run.stdout + run.stderr
        assert "in sync" in run.stdout


def test_urls_are_named_without_credentials(shop: Shop, dsn: str) -> None:
    role = shop.production.role("reader")
    parameters = psycopg.conninfo.conninfo_to_dict(dsn)
    host, port = (str(parameters.get(name, "")) for name in ("host", "port"))
    url = f"postgresql://{role}:{role}@/{shop.production.name}?host={host}&port={port}"
    run = shop.diff(url, shop.staging.url, "--format", "json", "-v")
    (check,) = json.loads(run.stdout)["checks"]
    names = (f"{host}/" * (not host.startswith("/")) + d.name
             for d in (shop.production, shop.staging))  # fmt: skip
    assert check["target"] == "..".join(names)
    assert f":{role}@" not in run.stdout + run.stderr
    assert findings(run) == [
        "error column-type-mismatch email", "error missing-column legacy",
    ]  # fmt: skip


def test_outputs_and_exit_codes_are_those_of_a_check(shop: Shop) -> None:
    run = shop.diff("staging", "production", "--exit-zero", "--output", "html=d.html", "--summary")
    assert run.returncode == 0
    assert "staging and production differ" in (shop.folder / "d.html").read_text()
    assert shop.diff("staging", "production", "--rule", "extra-*").returncode == 1


PROBLEMS = {
    ("staging", "nowhere"): "there is no target or source 'nowhere'; targets are staging, "
    "production, unset (`drift sources` lists the sources)",
    (
        "staging",
        "prodution",
    ): "there is no target or source 'prodution'; did you mean 'production'?",
    ("staging", "schema.json"): "did you mean 'snapshot:schema.json'?",
    ("staging", "dump.sql"): "did you mean 'sql:dump.sql'?",
    ("staging", "migrations@"): "'migrations@' is incomplete; write migrations or "
    "migrations@REVISION",
    ("unset", "staging"): "NOT_SET",
    ("staging", "production", "--report", "sentry"): "--report sends the outcome of a check",
    ("models:absent:Base", "staging"): "absent",
    ("mysql://x/y", "staging"): "drift only supports PostgreSQL",
    ("staging", "production", "--schema", "nope"): 'staging: schema "nope" does not exist',
    ("models", "postgresql://x@127.0.0.1:1/shop"): "127.0.0.1/shop: ",
    ("postgresql://x@127.0.0.1:1/shop", "staging"): "127.0.0.1/shop: ",
    ("staging", "production", "--connect-timeout", "soon"): "--connect-timeout soon: expected",
    ("staging", "production", "--bind", "audit", "--models", "shop:metadata"): "",
    ("models", "production", "--bind", "audit"): "audit",
}


@pytest.mark.parametrize("arguments", PROBLEMS, ids=" ".join)
def test_a_problem_is_one_line(arguments: tuple[str, ...], shop: Shop) -> None:
    run = shop.diff(*arguments)
    if not PROBLEMS[arguments]:
        assert run.returncode == 1  # a bind is about models only
        return
    assert run.returncode == 2
    assert PROBLEMS[arguments] in run.stderr
    assert run.stderr.startswith("drift: error: ")
    assert len(run.stderr.splitlines()) == 1


def test_without_a_configuration_urls_and_models_are_compared(shop: Shop) -> None:
    (shop.folder / "drift.yaml").unlink()
    run = shop.diff("models:shop:metadata", shop.staging.url)
    assert (run.returncode, run.stderr) == (0, "")
    run = shop.diff("models", shop.production.url, "--models", "shop:metadata")
    assert run.returncode == 1
    assert "type: models character varying(20)" in " ".join(run.stdout.split())


def test_notes_about_a_role_name_their_database(two: Any) -> None:
    done = two.run("diff", "staging", "production", COLUMNS="200")
    notes = [line.strip() for line in done.stdout.splitlines() if "only needs CONNECT" in line]
    assert [note.split()[:4] for note in notes] == [
        ["note:", "staging:", "the", "role"],
        ["note:", "production:", "the", "role"],
    ]
