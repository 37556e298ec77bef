"""A check against a snapshot finds exactly what a check against the models finds."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import hypothesis
import msgspec
import psycopg
import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st

from drift.check import target as app
from drift.config import Target
from drift.demo.models import Base
from drift.report.report import Check
from drift.sources.interface import Expected
from drift.sources.models.loader import Models
from tests.check.test_binds import per_metadata, per_table
from tests.mutations import CASES
from tests.mutations.case import Case
from tests.property.metadata import metadatas
from tests.property.mutations import possible
from tests.property.test_properties import PROFILE, rebuilt, reflected
from tests.servers import Database, create_all
from tests.sources.snapshot.freezing import frozen
from tests.versions import SQLALCHEMY

SAMPLE = random.Random(7).sample(CASES, 10)


def outcome(url: str, expected: Expected, **target: Any) -> Check:
    """Check a database, without the names of the sources and the time."""
    found = app.check(
        Target(name="test", database=url, **target), note=lambda _: None, expected=expected
    )
    return msgspec.structs.replace(
        found, expected_source="", expected_name="", started_at=None, duration=None
    )


def by_both(url: str, models: Models, **target: Any) -> Check:
    """Check by models and by their snapshot; the results are the same in every part."""
    by_models = outcome(url, models, **target)
    assert outcome(url, frozen(models), **target) == by_models
    return by_models


@pytest.mark.parametrize("case", SAMPLE, ids=lambda case: case.id)
def test_mutations_of_the_tables_of_cases(case: Case, database: Database) -> None:
    if case.server * 10000 > database.server_version or case.sqlalchemy > SQLALCHEMY:
        pytest.skip(f"needs PostgreSQL {case.server} and SQLAlchemy {case.sqlalchemy}")
    metadata = case.metadata()
    database.execute(case.before)
    create_all(metadata, database.url)
    database.execute(case.sql)
    found = by_both(database.url, Models("test", [metadata]))
    assert len(found.findings) == len(case.expected)


@pytest.fixture(scope="module")
def shared(admin: psycopg.Connection[Any], dsn: str) -> Iterator[Database]:
    made = Database(admin, dsn)
    yield made
    made.drop()


@seed(2026)
@settings(PROFILE, max_examples=10, derandomize=False)
@given(metadata=metadatas(), data=st.data())
def test_random_mutations_of_generated_models(
    shared: Database, metadata: Any, data: st.DataObject
) -> None:
    url = rebuilt(shared, metadata)
    mutation = data.draw(st.sampled_from(possible(reflected(url))))
    try:
        shared.execute(mutation.sql)
    except psycopg.Error:
        hypothesis.assume(False)
    by_both(url, Models("test", [metadata]))


@pytest.mark.parametrize("schema", ["public", "app", "My App"])
def test_the_drift_of_the_demo_in_any_default_schema(database: Database, schema: str) -> None:
    from importlib.resources import files

    sql = files("drift.demo").joinpath("production.sql").read_text()
    database.execute(f'CREATE SCHEMA IF NOT EXISTS "{schema}"')
    database.admin(f'ALTER DATABASE {{}} SET search_path = "{schema}"', database.name)
    database.execute(sql)
    found = by_both(database.url, Models("demo", [Base.metadata]))
    assert len(found.findings) == 26
    assert sum(finding.location is not None for finding in found.findings) >= 20
    assert {finding.object.schema for finding in found.findings} == {schema}


def test_a_schema_per_tenant(database: Database) -> None:
    for number in range(3):
        database.execute(f'CREATE SCHEMA "tenant {number}"')
        database.admin(f'ALTER DATABASE {{}} SET search_path = "tenant {number}"', database.name)
        create_all(Base.metadata, database.url)
    database.execute('ALTER TABLE "tenant 1".users DROP COLUMN role')
    models = Models("demo", [Base.metadata])
    found = by_both(database.url, models, schemas=("tenant *",))
    assert [finding.rule for finding in found.findings] == ["missing-column"]
    assert found.findings[0].location is not None


@pytest.mark.parametrize("metadatas", [per_metadata, per_table])
@pytest.mark.parametrize("target", [{}, {"binds": ("reports",)}, {"bind": "reports"}])
def test_binds(database: Database, metadatas: Any, target: dict[str, Any]) -> None:
    declared = metadatas()
    for metadata in declared:
        create_all(metadata, database.url)
    database.execute("CREATE TABLE more (id int); ALTER TABLE reports DROP id")
    found = by_both(database.url, Models("app:db", declared), **target)
    missing = ["missing-column", "missing-primary-key"] if target.get("bind") else []
    assert [finding.rule for finding in found.findings if finding.rule != "extra-table"] == missing
    assert [f.object.name for f in found.findings if f.rule == "extra-table"] == ["more"]
