"""`drift accept` of differences that some of the schemas of tenants have."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cli.accepting import REASON, Project
from tests.servers import Database

MODELS = """
from sqlalchemy import Column, Integer, MetaData, Table, Text
metadata = MetaData()
Table("users", metadata, Column("id", Integer, primary_key=True), Column("name", Text))
"""
TENANTS = range(1, 6)
MISSING = "missing-column"


@pytest.fixture
def tenants(run: Any, tmp_path: Any, database: Database) -> Project:
    """Return a project with five tenants that are as declared."""
    project = Project(run, tmp_path, {"default": database.url})
    (tmp_path / "shop.py").write_text(MODELS)
    project.write(f"models: shop:metadata\ndatabase: '{database.url}'\nschemas: tenant_*\n")
    for number in TENANTS:
        database.execute(
            f"CREATE SCHEMA tenant_{number} CREATE TABLE users (id serial PRIMARY KEY, name text)"
        )
    return project


def drop(database: Database, *numbers: int) -> None:
    for number in numbers:
        database.execute(f"ALTER TABLE tenant_{number}.users DROP COLUMN name")


def objects(project: Project) -> list[str]:
    return [entry["object"] for entry in project.config()["ignore"]]


@pytest.mark.parametrize("way", ["--all", "--rule", "fingerprint"])
def test_another_tenants_difference_fails_later(
    tenants: Project, database: Database, way: str
) -> None:
    drop(database, 2, 3)
    fingerprint = tenants.checks()["default"]["findings"][0]["fingerprint"]
    chosen = {"--all": ["--all"], "--rule": ["--rule", MISSING], "fingerprint": [fingerprint]}
    outcome = tenants.run("accept", *chosen[way], *REASON)
    assert outcome.returncode == 0, outcome.stderr
    assert outcome.stdout.startswith("drift.yaml has 2 new ignore entries for 1 difference\n")
    assert objects(tenants) == ["tenant_2.users.name", "tenant_3.users.name"]
    assert tenants.run("check", "--strict-ignores").returncode == 0
    drop(database, 4)
    [finding] = tenants.checks()["default"]["findings"]
    assert finding["schemas"] == ["tenant_4"]
    assert tenants.run("accept", "--all", *REASON).returncode == 0
    assert objects(tenants)[2:] == ["tenant_4.users.name"]


def test_a_difference_of_all_tenants_is_one_entry(tenants: Project, database: Database) -> None:
    drop(database, *TENANTS)
    assert tenants.run("accept", "--all", *REASON).returncode == 0
    assert objects(tenants) == ["tenant_*.users.name"]
    assert tenants.run("accept", "--all", *REASON).stdout.startswith("nothing to accept: ")


def test_the_table_of_one_tenant_is_accepted_for_that_one(
    tenants: Project, database: Database
) -> None:
    drop(database, *TENANTS)
    assert tenants.run("accept", "--table", "tenant_3.users", *REASON).returncode == 0
    assert objects(tenants) == ["tenant_3.users.name"]
    [finding] = tenants.checks()["default"]["findings"]
    assert "tenant_3" not in finding["schemas"]


def test_a_table_that_is_named_with_the_pattern_is_one_entry(
    tenants: Project, database: Database
) -> None:
    drop(database, 2, 3)
    database.execute("ALTER TABLE tenant_2.users ADD COLUMN more text")
    tables = ("--table", "tenant_*.users", "--table", "tenant_2.orders")
    outcome = tenants.run("accept", "--rule", MISSING, *tables, *REASON)
    assert outcome.returncode == 0, outcome.stderr
    assert objects(tenants) == ["tenant_*.users.name"]
    assert tenants.run("accept", "--table", "tenant_2.*", "--table", "tenant_*.x", *REASON).stdout
    assert objects(tenants)[1:] == ["tenant_2.users.more"]
    drop(database, 4)
    outcome = tenants.run("check", "--strict-ignores")
    assert outcome.returncode == 0, outcome.stdout
    words = "all 5 schemas tenant_* are in sync, except for ignored differences in 3"
    assert words in " ".join(outcome.stdout.split())


def test_many_tenants_do_not_get_an_entry_each(tenants: Project, database: Database) -> None:
    for number in range(6, 24):
        database.execute(
            f"CREATE SCHEMA tenant_{number} CREATE TABLE users (id serial PRIMARY KEY)"
        )
    drop(database, 1, 2)
    assert tenants.run("accept", "--all", "--dry-run", *REASON).returncode == 0
    drop(database, 3)
    before = tenants.path.read_bytes()
    fingerprint = tenants.checks()["default"]["findings"][0]["fingerprint"]
    for way in (["--all"], ["--rule", MISSING], [fingerprint]):
        outcome = tenants.run("accept", *way, *REASON)
        assert outcome.returncode == 2
        assert (
            "missing-column on tenant_*.users.name would get an entry for each of 21 schemas, "
            "which is too many; --table 'tenant_*.users' accepts it with one entry for all schemas "
            "tenant_*, also for those that get the difference later" in outcome.stderr
        )
    assert tenants.path.read_bytes() == before
    report = tenants.folder / "report.json"
    tenants.run("check", "--output", f"json={report}")
    assert tenants.run("accept", "--table", "tenant_*.users", *REASON).returncode == 0
    assert objects(tenants) == ["tenant_*.users.name"]
    outcome = tenants.run("accept", "--all", "--from", str(report), *REASON)
    assert outcome.stdout.startswith("nothing to accept: 1 difference accepted already")
