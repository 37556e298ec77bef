"""Every single mutation is closed by its plan, or refused with a reason; and taken back.

`python -m tests.benchmarks.plans` proves the same plans on clones with rows, and measures locks.
"""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from drift.plan.step import Plan
from tests.mutations import CASES
from tests.mutations.case import Case
from tests.plan.running import LARGE, SMALL, answered, run
from tests.plan.squawk import complaints
from tests.servers import Database, create_all
from tests.system.checking import found
from tests.versions import SQLALCHEMY

_CASES = [case for case in CASES if case.expected]
_REFUSED = {
    "table: no longer partitioned",
    "table: partitioned by another method",
    "table: partitioned by another column",
    "table: a view that takes inserts in its place",
}
"""What PostgreSQL cannot change in place, and a table that a view uses."""

_ONE_WAY = {
    "table: renamed",
    "table: a view in its place",
    "table: a view that takes inserts in its place",
    "table: a view with a trigger in its place",
    "table: a materialized view in its place",
    "column: added, NOT NULL",
    "column: an array becomes a scalar",
}
"""What cannot be taken back: a view, values that are gone, and a name that is taken."""


@pytest.mark.parametrize(
    ("case", "small"),
    [(case, (SMALL, LARGE)[number % 2]) for number, case in enumerate(_CASES)],
    ids=lambda value: value.id if isinstance(value, Case) else ("large", "small")[bool(value)],
)
def test_a_plan_closes_a_mutation_and_takes_it_back(
    case: Case, small: int, database: Database, tmp_path: Path
) -> None:
    if case.server * 10000 > database.server_version or case.sqlalchemy > SQLALCHEMY:
        pytest.skip(f"needs PostgreSQL {case.server} and SQLAlchemy {case.sqlalchemy}")
    metadata = case.metadata()
    database.execute(case.before)
    create_all(metadata, database.url)
    database.execute(case.sql)
    before = found(database.url, metadata)

    plan = answered(database.url, metadata, small=small).plan
    assert bool(plan.refusals) == (case.id in _REFUSED), plan.refusals
    assert complaints(plan, tmp_path) == []
    run(database, plan, tmp_path, times=2)
    left = found(database.url, metadata)
    assert len(left) == len({refusal.finding for refusal in plan.refusals})

    assert bool(plan.irreversible) == (case.id in _ONE_WAY), plan.irreversible
    if not plan.irreversible:
        run(database, _back(plan), tmp_path)
        assert len(found(database.url, metadata)) == len(before) - len(plan.kept)


def _back(plan: Plan) -> Plan:
    return msgspec.structs.replace(plan, steps=plan.downgrade)
