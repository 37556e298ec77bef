"""Mutations: the revisions of its plan close it, and their downgrade brings it back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from drift.plan.context import Options
from drift.plan.operation import Operation, Work
from drift.plan.step import Hazard, Plan
from drift.revisions.body import Body
from drift.revisions.code import alembic
from drift.revisions.language import Language
from drift.revisions.plan_revisions import revisions
from tests.mutations import CASES
from tests.mutations.case import Case
from tests.revisions.running import canonical, lines_for, offline, online, plan_for
from tests.servers import create_all
from tests.system.checking import brief, check
from tests.versions import SQLALCHEMY

NOT_TWICE = {"constraint: a unique index instead of the constraint"}
"""Mutations whose steps back cannot be run again once all of them were run; nor can batches that
fill a new column, which has the name of the old one then."""
MUTATIONS = [case for case in CASES if case.sql and case.expected][::2]
"""Every second one: `tests/plan` runs the statements of all plans."""


@pytest.mark.parametrize("case", MUTATIONS, ids=lambda case: case.id)
def test_revisions_close_a_mutation_and_bring_it_back(case: Case, database: Any) -> None:
    if case.server * 10000 > database.server_version or case.sqlalchemy > SQLALCHEMY:
        pytest.skip(f"needs PostgreSQL {case.server} and SQLAlchemy {case.sqlalchemy}")
    metadata = case.metadata()
    database.execute(case.before)
    create_all(metadata, database.url)
    database.execute(case.sql)
    options = Options(small=0, allow=frozenset(Hazard))
    made = plan_for(database.url, metadata, options)
    language = Language(default_schema=made.plan.default_schema, types=made.declared)
    for operation in _operations(made.plan):
        _verify(operation, language)
    parts = revisions(made.plan, language)
    if not made.plan.running:
        return
    online(_code(part.upgrade for part in parts), database.url)
    online(_code(part.upgrade for part in parts[-1:] if len(parts) > 1), database.url)
    left = brief(check(database.url, metadata).findings)
    assert left == [] or not made.plan.complete
    if made.plan.irreversible:
        with pytest.raises(NotImplementedError):
            online(_code([parts[0].downgrade]), database.url)
        return
    online(_code([parts[0].downgrade]), database.url)
    first = {f.fingerprint: text for f in made.findings for text in brief([f])}
    back = set(brief(check(database.url, metadata).findings))
    assert back == {text for key, text in first.items() if key not in made.plan.kept}
    fills = any(each.work is Work.BATCHES for each in _operations(made.plan))
    if case.id not in NOT_TWICE and not fills:
        online(_code([parts[0].downgrade]), database.url)


def _operations(plan: Plan) -> Iterator[Operation]:
    for step in (*plan.steps, *plan.downgrade):
        yield from step.operations


def _verify(operation: Operation, language: Language) -> None:
    """Assert that Alembic's operation runs the statement of the plan."""
    if alembic(operation, language) is not None:
        (sql,) = offline(lines_for(operation, language))
        assert canonical(sql) == canonical(operation.sql)


def _code(bodies: Iterable[Body]) -> str:
    bodies = tuple(bodies)
    imports = {each.statement for body in bodies for each in body.imports}
    functions = [
        f"def part_{number}():\n    {body.text}\npart_{number}()\n"
        for number, body in enumerate(bodies)
    ]
    return "\n".join(["import sqlalchemy as sa", *sorted(imports), *functions])
