"""Rows that prechecks must find, and the step that fails because of one."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from drift.plan.operation import Operation
from drift.plan.step import Phase, Plan, Precheck, Step
from drift.proof.breaking import Breaker, fail
from drift.proof.clone import Builder
from drift.proof.content import shape
from drift.proof.prechecks import placed
from drift.proof.sandbox import Sandboxes
from drift.proof.seed import Seed
from tests.proof.live import read
from tests.servers import Database


class Case(NamedTuple):
    """A live schema, a query, the statement of the step, and what is reported of it."""

    name: str
    sql: str
    query: str
    step: str = "SELECT 1"
    is_found: bool = True
    reason: str = ""
    fails: bool | None = None


T = "CREATE TABLE app.t (id int PRIMARY KEY, a int, v text NOT NULL, xs varchar(20)[])"
CASES = [
    Case("a NULL", T, "SELECT ctid::text AS value FROM app.t WHERE a IS NULL",
         "ALTER TABLE app.t ALTER a SET NOT NULL", fails=True),
    Case("a NULL that is refused today", T,
         "SELECT ctid::text AS value FROM app.t WHERE v IS NULL", fails=None),
    Case("a duplicate", T, "SELECT v AS value FROM app.t GROUP BY v HAVING count(*) > 1",
         "ALTER TABLE app.t ADD CONSTRAINT u UNIQUE (v)", fails=True),
    Case("a duplicate of the key", T,
         "SELECT id::text AS value FROM app.t GROUP BY id HAVING count(*) > 1", fails=None),
    Case("an orphan", f"{T}; CREATE TABLE app.p (id int PRIMARY KEY)",
         "SELECT a::text AS value FROM app.t WHERE a IS NOT NULL AND a NOT IN"
         " (SELECT id FROM app.p)", "ALTER TABLE app.t ADD FOREIGN KEY (a) REFERENCES app.p",
         fails=True),
    Case("a long item of an array", T,
         "SELECT xs::text AS value FROM app.t WHERE xs IS DISTINCT FROM"
         " xs::varchar(10)[]::varchar(20)[]", fails=None),
    Case("a check", T, "SELECT ctid::text AS value FROM app.t WHERE NOT (a < 5000)",
         "ALTER TABLE app.t ADD CHECK (a < 5000)", fails=True),
    Case("a row that no step minds", T, "SELECT ctid::text AS value FROM app.t WHERE a < 0",
         fails=False),
    Case("no such row", T, "SELECT ctid::text AS value FROM app.t WHERE a < id - id - 50000",
         is_found=False),
    Case("a query that ends with an error", T,
         "SELECT a::text AS value FROM app.t WHERE a::smallint::int <> a",
         "ALTER TABLE app.t ALTER a TYPE smallint", reason="smallint out of range", fails=True),
    Case("a query that never works", T, "SELECT nope AS value FROM app.t",
         is_found=False, reason='column "nope" does not exist'),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_breaking(database: Database, sandboxes: Sandboxes, case: Case) -> None:
    database.execute(f"CREATE SCHEMA app; {case.sql}")
    live, around = read(database)
    step = Step(
        title="s", operations=(Operation(sql=case.step),), phase=Phase.CONVERT,
        table=("app", "t"), prechecks=(Precheck(problem="p", query=case.query),),
    )  # fmt: skip
    plan = Plan(target="", steps=(step,))
    sandbox = sandboxes.create()
    connection = sandbox.connect()
    builder = Builder(sandbox, live, around)
    builder.build(connection)
    seed = Seed(connection, live, around)
    seed.fill()
    connection.execute("DELETE FROM app.t WHERE a IS NULL OR xs IS NULL")
    builder.finish(connection)
    before = shape(connection)
    (each,) = placed(plan, seed.tables)
    broken = Breaker(connection, seed).break_(each)
    assert (bool(broken.insert), case.reason in broken.reason) == (case.is_found, True)
    assert bool(broken.reason) is bool(case.reason)
    assert shape(connection) == before
    if not case.is_found:
        return
    result = fail(sandbox, plan, [broken])
    if case.fails:
        assert (result and result.title, result and result.is_whole) == ("s", True)
    elif case.fails is False:
        assert result is None
