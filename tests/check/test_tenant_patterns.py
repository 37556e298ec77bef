"""Schemas of tenants by two patterns, and by a pattern and a name."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from drift.errors import DatabaseError
from drift.report.report import Check
from tests.servers import Database
from tests.system.checking import brief, check


def of_two_patterns(database: Database, count: int) -> None:
    """Make as many schemas for each of two patterns; all are as declared."""
    for name in (f"{letter}_{number}" for letter in "tu" for number in range(1, count + 1)):
        database.execute(f"CREATE SCHEMA {name} CREATE TABLE a (id serial PRIMARY KEY, n int)")


def of_a(database: Database, *schemas: str) -> Check:
    metadata = sa.MetaData()
    sa.Table(
        "a", metadata, sa.Column("id", sa.Integer, primary_key=True), sa.Column("n", sa.Integer)
    )
    return check(database.url, metadata, schemas=schemas)


def test_equal_schemas_of_two_patterns_are_found_for_both(database: Database) -> None:
    of_two_patterns(database, 1)
    for schemas in (("t_*", "u_*"), ("t_*", "?_1"), ("[tu]_*", "u_*")):
        outcome = of_a(database, *schemas)
        assert brief(outcome.findings) == []
        assert outcome.compared["schemas"] == 2
    with pytest.raises(DatabaseError, match=r"matches v_\*"):
        of_a(database, "t_*", "v_*")


def test_a_tenant_may_also_be_named(database: Database) -> None:
    of_two_patterns(database, 2)
    for name in ("t_1", "t_2"):
        outcome = of_a(database, "t_*", name)
        assert brief(outcome.findings) == []
        assert outcome.compared["schemas"] == 2
    with pytest.raises(DatabaseError, match='schema "t_3" does not exist'):
        of_a(database, "t_*", "t_3")


def test_differences_are_counted_per_pattern(database: Database) -> None:
    of_two_patterns(database, 3)
    database.execute("DROP SCHEMA t_3 CASCADE")
    for name in ("t_1", "u_1"):
        database.execute(f"ALTER TABLE {name}.a DROP COLUMN n")
    outcome = of_a(database, "t_*", "u_*")
    schemas = {finding.object.path: finding.schemas for finding in outcome.findings}
    assert schemas == {"t_*.a.n": ("t_1",), "u_*.a.n": ("u_1",)}
    assert len({finding.fingerprint for finding in outcome.findings}) == 2
    details = sorted(finding.detail.partition(" (in ")[2] for finding in outcome.findings)
    assert details == ["1 of 2: t_1)", "1 of 3: u_1)"]
    assert sorted(outcome.notes)[:2] == [
        "1 of 2 schemas t_* differs, in one way",
        "1 of 3 schemas u_* differs, in one way",
    ]
    [alone] = of_a(database, "u_*").findings
    assert alone.fingerprint in {finding.fingerprint for finding in outcome.findings}
