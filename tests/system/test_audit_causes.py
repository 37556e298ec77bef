"""The cause of each difference that the audit found, and the tables that cannot be rebuilt."""

from __future__ import annotations

from collections import Counter
from importlib.resources import files

import pytest

from drift.check import target as app
from drift.config import Migrations, Target
from drift.demo import MIGRATIONS
from drift.report import causes
from drift.report.report import Check
from tests.servers import Database


@pytest.fixture(scope="module")
def checks() -> dict[str, Check]:
    return {}


@pytest.fixture
def audit(database: Database, checks: dict[str, Check]) -> Check:
    if not checks:
        database.execute(files("drift.demo").joinpath("production.sql").read_text("utf-8"))
        target = Target(
            name="production",
            database=database.url,
            models=("drift.demo.models:Base",),
            migrations=Migrations(config=MIGRATIONS),
            causes=True,
        )
        checks["audit"] = app.check(target, note=lambda _: None)
    return checks["audit"]


EXPECTED = {
    ("missing-column", causes.MISSING): 10,
    ("missing-enum", causes.MISSING): 1,
    ("missing-foreign-key", causes.MISSING): 3,
    ("foreign-key-type-mismatch", causes.MISSING): 3,
    ("column-type-mismatch", causes.UNMIGRATED): 7,
    ("extra-column", causes.BY_HAND): 2,
    ("not-in-migrations", causes.UNMIGRATED): 7,
}


def test_each_difference_has_its_cause(audit: Check) -> None:
    """The one migration made `config` and `search_history`: all else was made by hand."""
    assert Counter((f.rule, f.cause) for f in audit.findings) == EXPECTED
    assert audit.cause_summary == (
        "17 of 33 are changes of the models without a migration; 14 are in the models and in the "
        "database, but in no migration; 2 were changed by hand"
    )


def test_what_no_migration_makes_is_named(audit: Check) -> None:
    names = {f.object.path for f in audit.findings if f.rule == "not-in-migrations"}
    tables = "users batches analyses keepa_products keepa_snapshots autosourcing_jobs batchstatus"
    assert names == {f"public.{name}" for name in tables.split()}


def test_the_evidence_names_the_table_that_no_migration_makes(audit: Check) -> None:
    evidence = {f.object.name: f.evidence for f in audit.findings if f.object.table == "users"}
    assert evidence["role"] == "no migration makes the table users"
    assert evidence["username"] == (
        "at the database's revision phase_8_0_analytics (analytics tables), the migrations do not "
        "have it"
    )
