"""Rows that are changed until the prechecks of a plan pass."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from drift.plan.operation import Operation
from drift.plan.step import Phase, Plan, Precheck, Step
from drift.proof.adjust import Adjustment
from drift.proof.clone import Builder
from drift.proof.prechecks import placed, violations
from drift.proof.sandbox import Sandboxes
from drift.proof.seed import Seed
from tests.proof.live import read
from tests.servers import Database


class Case(NamedTuple):
    """A live schema, the query of a precheck, and the rows that are left at least and at most."""

    name: str
    sql: str
    query: str
    least: int
    most: int = 1000


VALID = "SELECT {0}::text AS value FROM app.t WHERE {0} IS NOT NULL AND NOT pg_input_is_valid"
CASES = [
    Case("texts that should be uuids", "CREATE TABLE app.t (id text PRIMARY KEY)",
         f"{VALID.format('id')}(id, 'uuid')", 100),
    Case("texts that should be dates", "CREATE TABLE app.t (id varchar(40) UNIQUE)",
         f"{VALID.format('id')}(id, 'date')", 100),
    Case("texts that should be labels",
         "CREATE TYPE app.mood AS ENUM ('a', 'b'); CREATE TABLE app.t (m text)",
         f"{VALID.format('m')}(m, 'app.mood')", 100),
    Case("foreign keys of texts", "CREATE TABLE app.p (id text PRIMARY KEY);"
         "CREATE TABLE app.t (id int PRIMARY KEY, p text NOT NULL REFERENCES app.p)",
         f"{VALID.format('p')}(p, 'uuid')", 200),
    Case("NULLs", "CREATE TABLE app.t (id int PRIMARY KEY, a int)",
         "SELECT ctid::text AS value FROM app.t WHERE a IS NULL", 80, 90),
    Case("NULLs of a parent", "CREATE TABLE app.t (id int PRIMARY KEY, a int);"
         "CREATE TABLE app.c (id int PRIMARY KEY, t int NOT NULL REFERENCES app.t)",
         "SELECT ctid::text AS value FROM app.t WHERE a IS NULL", 160, 180),
    Case("duplicates with NULLs", "CREATE TABLE app.t (a int, b int)",
         "SELECT a::text AS value FROM app.t GROUP BY a HAVING count(*) > 1", 80, 90),
    Case("duplicates", "CREATE TABLE app.t (id int PRIMARY KEY, b boolean NOT NULL)",
         "SELECT b::text AS value FROM app.t GROUP BY b HAVING count(*) > 1", 1, 2),
    Case("a sum", "CREATE TABLE app.t (id int PRIMARY KEY)",
         "SELECT 'x' AS value FROM generate_series(1, greatest("
         "(SELECT count(*) FROM app.t) - 60, 0))", 60, 60),
    Case("partitions", "CREATE TABLE app.t (id int, a int) PARTITION BY LIST (id);"
         "CREATE TABLE app.t1 PARTITION OF app.t DEFAULT",
         "SELECT ctid::text AS value FROM app.t WHERE a IS NULL", 60, 90),
    Case("a query that fails", "CREATE TABLE app.t (id int)",
         "SELECT nope AS value FROM app.t", 80),
    Case("what nothing satisfies", "CREATE TABLE app.t (id int PRIMARY KEY, a text)",
         "SELECT a AS value FROM app.t UNION ALL SELECT 'x'", 0, 0),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_prechecks_pass(database: Database, sandboxes: Sandboxes, case: Case) -> None:
    if "pg_input_is_valid" in case.query and database.server_version < 160000:
        pytest.skip("PostgreSQL 16 is the first with this function")
    database.execute(f"CREATE SCHEMA app; {case.sql}")
    live, around = read(database)
    precheck = Precheck(problem="p", query=case.query)
    step = Step(
        title="s", operations=(Operation(sql="SELECT 1"),), phase=Phase.CONVERT,
        table=("app", "t"), prechecks=(precheck,),
    )  # fmt: skip
    plan = Plan(target="", steps=(step,))
    sandbox = sandboxes.create()
    connection = sandbox.connect()
    builder = Builder(sandbox, live, around)
    builder.build(connection)
    seed = Seed(connection, live, around, plan)
    rows = Adjustment(connection, seed, plan, builder.clone).fill()
    builder.finish(connection)
    assert builder.clone.notes == []
    assert case.least <= rows <= case.most
    if case.name not in {"a query that fails", "what nothing satisfies"}:
        assert violations(connection, precheck) == []


def test_the_tables_of_a_precheck() -> None:
    """The table of the step comes first; a name that is a part of another one does not count."""
    check = Precheck(
        problem="p", query='SELECT 1::text AS value FROM app.parent, app.t WHERE x.app.p = "app.q"'
    )
    step = Step(title="s", operations=(Operation(sql=""),), phase=Phase.KEYS, table=("app", "t"),
                prechecks=(check, check))  # fmt: skip
    tables = [("app", "parent"), ("app", "p"), ("app", "q"), ("app", "t")]
    each = placed(Plan(target="", steps=(step,)), tables)
    assert [one.tables for one in each] == [(("app", "t"), ("app", "parent"))]
