"""Causes of small projects in which drift could claim more than it knows."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from drift.report import causes
from tests.check.causes_project import write_revision, write_small
from tests.command import drift
from tests.servers import Database

USERS = "CREATE TABLE users (id serial PRIMARY KEY, a integer)"
ORDERS = "CREATE TABLE orders (id serial PRIMARY KEY, a integer)"
INDEX = "CREATE INDEX ix_a ON orders (a)"
MODELS = """
import sqlalchemy as sa
metadata = sa.MetaData()
def table(name, *items, **options):
    return sa.Table(name, metadata, sa.Column("id", sa.Integer, primary_key=True),
                    sa.Column("a", sa.Integer), *items, **options)
"""
TWO = f'{MODELS}\ntable("users")\ntable("orders", sa.Index("ix_a", "a"))\n'
THREE_COLUMNS = TWO.replace('table("users")', 'table("users", *map(sa.Column, "bcd"))')
TYPED = TWO.replace('table("users")', 'table("users", sa.Column("b", sa.Integer))')
BINDS = f'{MODELS}\ntable("users")\ntable("orders", info={{"bind_key": "audit"}})\n'
COLUMNS = "; ".join(f"ALTER TABLE users ADD {name} varchar" for name in "bcd")
CREATE = 'from shop import metadata; metadata.tables["users"].create(op.get_bind())'

Expected = tuple[str, str, str]
"""The rule, the cause, and a part of the evidence."""


class Case(NamedTuple):
    """A project, a database and its version; None: its version table is empty."""

    models: str
    revisions: tuple[str, ...]
    database: str
    version: str | None
    findings: tuple[Expected, ...] = ()
    config: str = ""
    options: tuple[str, ...] = ()


CASES = {
    "a version table without a row": Case(
        TWO, (USERS, f"{ORDERS}; {INDEX}"), USERS, None,
        (("missing-table", causes.PENDING, "migration 0002 makes it, and has not run here"),),
    ),
    "one change of the last revision is undone": Case(
        THREE_COLUMNS, (f"{USERS}; {ORDERS}", f"{INDEX}; {COLUMNS}"),
        f"{USERS}; {ORDERS}; {COLUMNS}", "0002",
        (("missing-index", causes.BY_HAND, "1 of the 4 changes of migration 0002 is not here"),),
    ),
    "a pending migration makes a column of another type": Case(
        TYPED, (f"{USERS}; {ORDERS}; {INDEX}", "ALTER TABLE users ADD b varchar"),
        f"{USERS}; {ORDERS}; {INDEX}", "0001",
        (("missing-column", causes.PENDING, "migration 0002 makes it, and has not run here"),),
    ),
    "a migration creates a table of the models": Case(
        TYPED, (CREATE, f"{ORDERS}; {INDEX}"), f"{USERS}; {ORDERS}; {INDEX}", "0002",
        (("missing-column", causes.UNKNOWN, "Table.create"),),
    ),
    "the tables of another bind": Case(BINDS, (f"{USERS}; {ORDERS}",), f"{USERS}; {ORDERS}",
                                       "0001"),
    "the default bind": Case(
        BINDS, (f"{USERS}; {ORDERS}",), f"{USERS}; {ORDERS}", "0001", options=("--bind", "audit")
    ),
    "a rule that is off": Case(
        TWO, (f"{USERS}; {ORDERS}",), f"{USERS}; {ORDERS}; {INDEX}", "0001",
        config="severity: {missing-index: off}",
    ),
    "a rule that is ignored for an object": Case(
        TWO, (f"{USERS}; {ORDERS}",), f"{USERS}; {ORDERS}; {INDEX}", "0001",
        config="ignore: [{rule: missing-index, object: public.orders.ix_a, reason: temporary}]",
    ),
    "an index that the migrations name otherwise is dropped": Case(
        TWO.replace('"ix_a"', "None"),
        (f"{USERS}; {ORDERS}; CREATE INDEX other ON orders (a)",), f"{USERS}; {ORDERS}", "0001",
        (("missing-index", causes.BY_HAND, "the migrations have it"),),
    ),
    "a constraint that no migration makes is another one in the database": Case(
        f'{MODELS}\ntable("users", sa.CheckConstraint("a > 0"))\n', (USERS,),
        f"{USERS}; ALTER TABLE users ADD CONSTRAINT ck_other CHECK (a > 1)", "0001",
        (("check-mismatch", causes.UNMIGRATED, "no migration makes it"),),
    ),
    "migrations as the expected side": Case(
        TWO, (f"{USERS}; {ORDERS}", "ALTER TABLE users ALTER a TYPE bigint"),
        f"{USERS}; {ORDERS}", "0001",
        (("column-type-mismatch", causes.PENDING, "it is at head, and has not run here"),),
        options=("--expected", "migrations"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_the_cause_is_true(name: str, database: Database, tmp_path: Path) -> None:
    case = CASES[name]
    write_small(tmp_path, case.models)
    for number, body in enumerate(case.revisions, 1):
        write_revision(tmp_path, number, body)
    database.execute(case.database)
    stamp(database, case.version)
    check = checked(database, tmp_path, *case.options, config=case.config)
    differences = [f for f in check["findings"] if f["object"]["kind"] != "migration"]
    assert [(f["rule"], f["cause"]) for f in differences] == [each[:2] for each in case.findings]
    for finding, (_, _, evidence) in zip(differences, case.findings, strict=True):
        assert evidence in finding["evidence"]
        assert "stamped" not in check["cause_summary"]
        assert "as the models" not in finding["evidence"]
    assert not [note for note in check["notes"] if "matched nothing" in note]


def stamp(database: Database, version: str | None) -> None:
    database.execute("CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY)")
    if version is not None:
        database.execute(f"INSERT INTO alembic_version VALUES ('{version}')")


def checked(database: Database, folder: Path, *options: str, config: str = "") -> dict[str, Any]:
    (folder / "drift.yaml").write_text(
        f"models: shop:metadata\nscratch: {json.dumps(database.url)}\n{config}\n"
    )
    command = ("check", "--causes", "--format", "json", *options)
    done = drift(*command, cwd=folder, env=os.environ | {"DATABASE_URL": database.url})
    assert done.returncode in {0, 1}, done.stderr
    [check] = json.loads(done.stdout)["checks"]
    return dict(check)


def test_targets_with_other_schemas_have_histories_of_their_own(
    database: Database, tmp_path: Path
) -> None:
    write_small(tmp_path, TWO)
    tables = f"{USERS}; {ORDERS}; {INDEX}; CREATE SCHEMA old; CREATE TABLE old.legacy (id integer)"
    write_revision(tmp_path, 1, tables)
    database.execute(tables)
    stamp(database, "0001")
    targets = "targets: {{a: {{database: '{0}'}}, b: {{database: '{0}', schemas: [old]}}}}"
    text = f"models: shop:metadata\n{targets.format(database.url)}\n"
    (tmp_path / "drift.yaml").write_text(text)
    done = drift("check", "--causes", "--format", "json", "--jobs", "2", cwd=tmp_path)
    reports = json.loads(done.stdout)["checks"]
    found = [[(f["rule"], f["cause"]) for f in report["findings"]] for report in reports]
    assert found == [[], [("extra-table", causes.MISSING)]]


def test_causes_need_models(database: Database, tmp_path: Path) -> None:
    write_small(tmp_path, TWO)
    write_revision(tmp_path, 1, f"{USERS}; {ORDERS}; {INDEX}")
    database.execute(f"{USERS}; {ORDERS}; {INDEX}")
    environment = os.environ | {"DATABASE_URL": database.url}
    models = ("--models", "shop:metadata")
    drift("snapshot", "-o", "s.json", *models, cwd=tmp_path, env=environment)
    command = ("check", "--causes", "--expected", "snapshot:s.json")
    done = drift(*command, cwd=tmp_path, env=environment)
    assert done.returncode == 2
    assert (
        "the causes need the models and the Alembic migrations, and the expected side is snapshot:"
        in done.stderr
    )


@pytest.mark.parametrize("kept", [{}, {"main": {}}, {"main": {"objects": {}}}])
def test_an_empty_snapshot_makes_no_database_look_in_sync(
    kept: dict[str, Any], database: Database, tmp_path: Path
) -> None:
    head = {"version": 1, "tool": {"name": "drift"}, "format": "snapshot",
            "source": {"source": "models", "name": "m"}, "default_schema": "public"}  # fmt: skip
    (tmp_path / "s.json").write_text(json.dumps(head | kept))
    database.execute(USERS)
    environment = os.environ | {"DATABASE_URL": database.url}
    done = drift("check", "--expected", "snapshot:s.json", cwd=tmp_path, env=environment)
    assert done.returncode == 2
    assert "snapshot s.json holds no tables: nothing would be compared" in done.stderr


def test_a_run_without_causes_does_not_end_what_only_they_show(
    database: Database, tmp_path: Path
) -> None:
    write_small(tmp_path, f'{MODELS}\ntable("users")\n')
    write_revision(tmp_path, 1, "CREATE TABLE users (id serial PRIMARY KEY)")
    database.execute(USERS)
    stamp(database, "0001")
    environment = os.environ | {"DATABASE_URL": database.url}
    command = ("check", "--models", "shop:metadata", "--history", "h.jsonl", "--format", "json")
    statuses = []
    for options in (("--causes",), (), ("--causes",)):
        done = drift(*command, *options, cwd=tmp_path, env=environment)
        [check] = json.loads(done.stdout)["checks"]
        statuses.append([(f["rule"], f["status"]) for f in check["findings"]])
        assert not check["changes"]["gone"]
    rule = "not-in-migrations"
    assert statuses == [[(rule, "new")], [], [(rule, "still")]]


def test_the_version_table_may_be_in_a_schema_that_no_migration_makes(
    database: Database, tmp_path: Path
) -> None:
    write_small(tmp_path, f'{MODELS}\ntable("users")\n')
    write_revision(tmp_path, 1, USERS)
    script = tmp_path / "migrations" / "env.py"
    old, new = "configure(", 'configure(version_table_schema="meta", '
    script.write_text(script.read_text().replace(old, new))
    database.execute(f"{USERS}; ALTER TABLE users DROP a; CREATE SCHEMA meta")
    stamp(database, "0001")
    database.execute("ALTER TABLE alembic_version SET SCHEMA meta; CREATE TABLE extra (id integer)")
    check = checked(database, tmp_path)
    assert check["complete"]
    assert [f["cause"] for f in check["findings"]] == [causes.BY_HAND, causes.BY_HAND]
