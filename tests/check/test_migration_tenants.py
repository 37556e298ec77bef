"""Tenants have version tables of their own, or share one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.check.migrated import (
    PENDING,
    THREE,
    USERS,
    at,
    of,
)
from tests.servers import Database
from tests.sources.migrations.projects import linear, project
from tests.system.checking import brief

TENANTS: dict[str, tuple[dict[str, str | None], list[tuple[str, tuple[str, ...]]]]] = {
    "all at the head": ({"t_a": "c3", "t_b": "c3"}, []),
    "one is behind": (
        {"t_a": "c3", "t_b": "b2"}, [(PENDING.replace("public", "t_*") + "c3", ("t_b",))]
    ),
    "both in other ways": (
        {"t_a": "a1", "t_b": "b2"},
        [
            (PENDING.replace("public", "t_*") + "b2", ("t_a",)),
            (PENDING.replace("public", "t_*") + "c3", ("t_a", "t_b")),
        ],
    ),
    "one without": (
        {"t_a": "c3", "t_b": None},
        [("warning missing-version-table t_*.alembic_version", ("t_b",))],
    ),
    "an unknown revision": (
        {"t_a": "c3", "t_b": "zz"}, [("warning unknown-revision t_*.alembic_version.zz", ("t_b",))]
    ),
    "one for all": ({"public": "b2"}, [(PENDING + "c3", ())]),
    "none": ({}, [("warning missing-version-table public.alembic_version", ())]),
}  # fmt: skip


@pytest.mark.parametrize(("versions", "expected"), TENANTS.values(), ids=TENANTS)
def test_tenants_have_version_tables_of_their_own(
    database: Database,
    tmp_path: Path,
    versions: dict[str, str | None],
    expected: list[tuple[str, tuple[str, ...]]],
) -> None:
    for schema in ("t_a", "t_b"):
        database.execute(f"CREATE SCHEMA {schema}; CREATE TABLE {schema}.{USERS.split(' ', 2)[2]}")
    for schema, revision in versions.items():
        if revision:
            database.execute(at(revision, table=f"{schema}.alembic_version"))
    outcome = of(database, project(tmp_path, THREE), schemas=("t_*",))
    found = [(brief([finding])[0], finding.schemas) for finding in outcome.findings]
    assert sorted(found) == expected
    for finding in outcome.findings:
        assert bool(finding.schemas) == ("(in " in finding.message)


def test_tenants_of_another_application_are_left_alone(database: Database, tmp_path: Path) -> None:
    for schema in ("t_a", "t_b"):
        database.execute(f"CREATE SCHEMA {schema}; CREATE TABLE {schema}.{USERS.split(' ', 2)[2]}")
        database.execute(at("zz", table=f"{schema}.alembic_version"))
    outcome = of(database, project(tmp_path, linear("a1")), schemas=("t_*",))
    assert outcome.in_sync
    assert any("are not compared" in note for note in outcome.notes)


def test_a_tenants_table_that_cannot_be_read_is_noted(database: Database, tmp_path: Path) -> None:
    for schema in ("t_a", "t_b", "t_c"):
        table = f"{schema}.alembic_version"
        database.execute(f"CREATE SCHEMA {schema}; CREATE TABLE {schema}.{USERS.split(' ', 2)[2]}")
        database.execute(at("b2", table=table))
        if schema != "t_b":
            database.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    outcome = of(database, project(tmp_path, THREE), schemas=("t_*",))
    assert [finding.schemas for finding in outcome.findings] == [("t_b",)]
    [note] = [note for note in outcome.notes if "row security" in note]
    assert note.endswith("(and 1 more)")
