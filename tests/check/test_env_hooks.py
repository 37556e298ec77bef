"""The hooks of env.py in whole commands: check, diff, plan, doctor; entries, fleets and tenants."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.servers import Database
from tests.sources.migrations.hooks.hooked import USERS, HookedProject, excluded, findings

LEGACY = """
print("env.py was run")

def include_object(object, name, type_, reflected, compare_to):
    return not (type_ == "table" and reflected and name.startswith("legacy_"))
"""
EXTRA = "CREATE TABLE legacy_a (id int); CREATE TABLE other (id int);"
OF_ENV = "extra-table public.legacy_a: excluded by include_object of db/env.py"


@pytest.fixture
def project(tmp_path: Path, database: Database, dsn: str) -> HookedProject:
    project = HookedProject(tmp_path, database, dsn)
    project.env(LEGACY, "include_object=include_object")
    return project


def test_an_entry_of_the_configuration_comes_first(
    project: HookedProject, database: Database
) -> None:
    entry = {"rule": "extra-table", "object": "public.legacy_a", "reason": "kept for audits"}
    project.config(ignore=[entry])
    database.execute(USERS + EXTRA)
    check = project.check()
    assert excluded(check) == ["extra-table public.legacy_a: kept for audits"]
    assert not check["unused_ignores"]
    assert not [note for note in check["notes"] if "excluded" in note]


def test_only_excluded_differences_leave_a_check_in_sync(
    project: HookedProject, database: Database
) -> None:
    database.execute(USERS + "CREATE TABLE legacy_a (id int); CREATE TABLE legacy_b (id int)")
    result = project.drift("check", "--database", database.url)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "2 differences are excluded by include_object of db/env.py" in result.stdout
    assert "ignored by the configuration" not in result.stdout


def test_a_diff_with_models_applies_the_hooks(project: HookedProject, database: Database) -> None:
    database.execute(USERS + EXTRA)
    for left, right in (("models", database.url), (database.url, "models")):
        result = project.drift("diff", left, right, "--format", "json")
        check = json.loads(result.stdout)["checks"][0]
        assert findings(check) == ["extra-table public.other"], result.stderr
        assert excluded(check) == [OF_ENV]


def test_the_gate_for_revisions_applies_the_hooks(
    project: HookedProject, database: Database
) -> None:
    body = "\n\ndef upgrade():\n    op.create_table('legacy_a', sa.Column('id', sa.Integer))\n"
    project.write(
        "db/versions/a1.py",
        "import sqlalchemy as sa\nfrom alembic import op\n"
        f"revision = 'a1'\ndown_revision = None{body}",
    )
    result = project.drift("diff", "models", "migrations", "--format", "json")
    check = json.loads(result.stdout)["checks"][0]
    assert findings(check) == ["missing-table public.users"], result.stderr
    assert excluded(check) == [OF_ENV]


def test_a_snapshot_of_the_database_applies_the_hooks(
    project: HookedProject, database: Database
) -> None:
    database.execute(USERS + EXTRA)
    file = project.root / "live.json"
    made = project.drift("snapshot", database.url, "-o", str(file))
    assert file.exists(), made.stderr
    result = project.drift("diff", "models", "snapshot:live.json", "--format", "json")
    check = json.loads(result.stdout)["checks"][0]
    assert findings(check) == ["extra-table public.other"], result.stderr
    assert excluded(check) == [OF_ENV]


def test_a_plan_has_no_step_for_what_is_excluded(
    project: HookedProject, database: Database
) -> None:
    database.execute(USERS + EXTRA + "ALTER TABLE users DROP name")
    result = project.drift("plan", "--database", database.url, "--format", "json")
    plan = json.loads(result.stdout)
    titles = [step["title"] for step in plan["steps"]]
    assert titles == ["add public.users.name", "drop the table public.other"], result.stderr
    assert plan["proof"]["problems"] == [], plan["proof"]


def test_the_doctor_imports_the_models_of_env(project: HookedProject, database: Database) -> None:
    database.execute(USERS)
    project.config(database=database.url)
    result = project.drift("doctor")
    assert "models: models:Base holds 1 table" in result.stdout, result.stdout + result.stderr


def test_env_is_run_once_for_all_targets(project: HookedProject, database: Database) -> None:
    database.execute(USERS + EXTRA)
    targets = {name: {"database": database.url} for name in ("a", "b", "c")}
    project.config(targets=targets)
    log = project.root / "runs"
    with (project.root / "db/env.py").open("a") as file:
        file.write(f"\nwith open({str(log)!r}, 'a') as f:\n    f.write('run ')\n")
    result = project.drift("check", "--format", "json", "--jobs", "3")
    checks = json.loads(result.stdout)["checks"]
    assert [excluded(check) for check in checks] == [[OF_ENV]] * 3
    assert log.read_text() == "run "


def test_tenants(project: HookedProject, database: Database) -> None:
    project.env(
        "def include_object(object, name, type_, reflected, compare_to):\n"
        "    return not (type_ == 'column' and name == 'old' and object.table.schema is None)",
        "include_object=include_object",
    )
    project.config(schemas=["tenant_*"])
    for schema in ("tenant_a", "tenant_b"):
        database.execute(
            f"CREATE SCHEMA {schema}; CREATE TABLE {schema}.users (id serial PRIMARY KEY, "
            f"name text, old int, {schema} int)"
        )
    check = project.check()
    assert findings(check) == [
        "extra-column tenant_*.users.tenant_a", "extra-column tenant_*.users.tenant_b"
    ]  # fmt: skip
    assert excluded(check) == [
        "extra-column tenant_*.users.old: excluded by include_object of db/env.py"
    ]


def test_the_live_database_only_sees_reading_statements(
    project: HookedProject, database: Database
) -> None:
    """A role that may only CONNECT is enough, also for the columns of extra tables."""
    database.execute(USERS + EXTRA)
    role = database.role("reader")
    database.execute(f"GRANT SELECT ON users TO {role}")
    result = project.drift("check", "--database", database.url_for(role), "--format", "json")
    check = json.loads(result.stdout)["checks"][0]
    assert findings(check) == ["extra-table public.other"], result.stderr
    assert excluded(check) == [OF_ENV]
