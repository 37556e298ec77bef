"""Proofs of plans that are made by hand: what each part of a proof reports."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from drift.kinds.column.column import Column
from drift.kinds.index.index import Index
from drift.kinds.index.key import IndexKey
from drift.plan.operation import Lock, Operation, Work
from drift.plan.operations import columns, indexes
from drift.plan.proof import Proof
from drift.plan.step import Precheck, Step
from drift.proof.run import Expectation
from tests.proof.plans import (
    AX,
    BACK,
    LIVE,
    NO_AGE,
    NO_UUID,
    ORPHANS,
    STEPS,
    TWICE,
    UNIQUE,
    USERS,
    YOUNG,
    column,
    plan,
    step,
)
from tests.servers import Database


def test_a_whole_plan(proven: Callable[..., Proof], database: Database) -> None:
    if database.server_version < 160000:
        pytest.skip("a precheck needs pg_input_is_valid()")
    proof = proven(plan(*STEPS, UNIQUE, downgrade=BACK))
    assert proof.problems == ()
    assert proof.notes == ()
    assert proof.rows == 200
    assert [s.work for s in proof.steps] == [
        Work.REWRITE, Work.SCAN, Work.CATALOG, Work.SCAN, Work.BUILD, Work.BUILD, Work.SCAN,
        Work.CATALOG,
    ]  # fmt: skip
    assert set(proof.caught) == {
        check.problem for check in (NO_UUID, NO_AGE, YOUNG, TWICE, ORPHANS)
    }
    assert proof.downgrade == "the way back was tested, too: 1 step"
    assert proof.server_version
    assert proof.proven


ADD = columns.add(column("extra", "integer"))
REQUIRE = columns.set_not_null(column("age", "integer"), Work.SCAN)
ONLY_AGE = LIVE.replace("age int", "age int NOT NULL")


def raw(sql: str, lock: Lock | None = AX, **facts: Any) -> Operation:
    return Operation(sql=sql, locks={USERS: lock} if lock else {}, **facts)


PROBLEMS: list[tuple[str, tuple[Step, ...], str]] = [
    ("a stronger lock", (step("s", raw(
        "ALTER TABLE app.users ALTER age DROP DEFAULT", Lock.SHARE)),),
     "it locks app.users ACCESS EXCLUSIVE, and the plan says SHARE"),
    ("a lock that is not named", (step("s", raw(
        "ALTER TABLE app.users ALTER age DROP DEFAULT", None)),),
     "it locks app.users ACCESS EXCLUSIVE, and the plan does not name it"),
    ("more work", (step("s", raw("ALTER TABLE app.users ALTER age TYPE bigint")),),
     "its work is: rewrite; the plan says: catalog only"),
    ("a scan by a query", (step("s", raw(
        "DO $$ BEGIN PERFORM count(*) FROM app.users; END $$", None)),),
     "its work is: scan; the plan says: catalog only"),
    ("a step that fails", (step("s", raw("ALTER TABLE app.users ADD CHECK (nope > 3)")),),
     'it failed: column "nope" does not exist'),
    ("a step that runs once", (step("s", raw("ALTER TABLE app.users ADD c int")),),
     'it cannot be run twice: column "c" of relation "users" already exists'),
    ("a second run that changes", (step("s", raw(
        "ALTER TABLE app.users ADD CHECK (true)", work=Work.SCAN)),),
     "its second run changed the schema again"),
    ("a changed value", (step("s", raw(
        "UPDATE app.users SET email = 'x' || email", None, work=Work.BATCHES)),),
     "values of app.users changed: email"),
    ("a lost row", (step("s", raw(
        "DELETE FROM app.orders WHERE id = 5", None, work=Work.BATCHES)),),
     "app.orders had 100 rows, and has 99 now"),
    ("a lost table", (step("s", raw("DROP TABLE IF EXISTS app.orders"), table="orders"),),
     "app.orders does not exist any more"),
    ("differences that are left", (step("s", raw(
        "ALTER TABLE app.users ALTER age DROP DEFAULT")),),
     "these differences are left: app.users.age column-nullability-mismatch"),
    ("a precheck that fails", (step("s", REQUIRE, checks=(Precheck(
        problem="p", query="SELECT nope AS value FROM app.users"),)),),
     'the precheck of \'p\' failed: column "nope" does not exist'),
    ("a late precheck that stops the plan", (step("s", REQUIRE, checks=(Precheck(
        problem="p", query="SELECT \'x\' AS value FROM app.users", early=False),)),),
     "it failed: the synthetic rows do not pass a precheck: p"),
    ("an early precheck that stops the plan", (step("s", REQUIRE, checks=(Precheck(
        problem="p", query="SELECT \'x\' AS value"),)),),
     "the synthetic rows do not pass a precheck: p"),
    ("a step that waits forever", (step("s", raw(
        "DO $$ BEGIN PERFORM set_config('statement_timeout', '0', false), pg_sleep(99); END $$",
        None)),), "the proof was not finished: it took longer than 6 s"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "steps", "problem"), PROBLEMS, ids=lambda value: str(value)[:40])
def test_problems(
    proven: Callable[..., Proof], name: str, steps: tuple[Step, ...], problem: str
) -> None:
    seconds = 6 if "forever" in name else 60
    proof = proven(plan(*steps), wanted=ONLY_AGE, seconds=seconds)
    assert not proof.proven
    assert any(problem in each for each in proof.problems), proof.problems


def test_less_than_the_plan_says_is_a_note(proven: Callable[..., Proof]) -> None:
    heavy = raw("COMMENT ON TABLE app.users IS 'x'", work=Work.REWRITE)
    proof = proven(plan(step("s", heavy)), wanted=f"{LIVE} COMMENT ON TABLE app.users IS 'x'")
    assert proof.problems == ()
    assert proof.notes == (
        "s: it locks app.users SHARE UPDATE EXCLUSIVE, not ACCESS EXCLUSIVE",
        "s: its work is: catalog only, not: rewrite",
    )
    assert proof.downgrade == "the way back was not tested: the plan has no downgrade"


def test_expectations(proven: Callable[..., Proof]) -> None:
    """What a plan refuses may stay; what the clone does not show is a problem."""
    age = "app.users.age column-nullability-mismatch"
    tag = "app.users.tag column-nullability-mismatch"
    wanted = ONLY_AGE.replace("tag text", "tag text NOT NULL")
    both = Expectation(before=frozenset({age, tag}), after=frozenset({tag}))
    proof = proven(plan(step("s", REQUIRE, checks=(NO_AGE,))), wanted=wanted, expectation=both)
    assert proof.problems == ()


def test_a_clone_without_the_differences(proven: Callable[..., Proof]) -> None:
    proof = proven(plan(step("s", ADD)), wanted=LIVE,
                   expectation=Expectation(before=frozenset({"app.x missing-table"})))  # fmt: skip
    assert proof.problems[0] == "the clone does not have these differences: app.x missing-table"
    assert any("these differences are left: app.users.extra" in p for p in proof.problems)


def test_a_clone_with_no_difference(proven: Callable[..., Proof]) -> None:
    proof = proven(plan(step("s", ADD)), wanted=LIVE)
    assert proof.problems[0] == "the clone has none of the differences of the plan"


@pytest.mark.parametrize(
    ("back", "problem"),
    [
        ("ALTER TABLE app.users ALTER age DROP NOT NULL", ""),
        ("ALTER TABLE app.users ALTER email DROP NOT NULL", "the downgrade leaves other"),
        ("ALTER TABLE app.users DROP nope", "downgrade: b: column"),
    ],
)  # fmt: skip
def test_downgrade(proven: Callable[..., Proof], back: str, problem: str) -> None:
    steps = step("s", REQUIRE, checks=(NO_AGE,))
    proof = proven(plan(steps, downgrade=(step("b", raw(back)),)), wanted=ONLY_AGE)
    assert [each for each in proof.problems if not problem or problem in each] == [*proof.problems]
    assert bool(proof.problems) is bool(problem)
    assert proof.downgrade.startswith(
        "the way back failed: b" if "nope" in back else "the way back was tested, too: 1"
    )


def test_an_irreversible_plan(proven: Callable[..., Proof]) -> None:
    proof = proven(
        plan(step("s", REQUIRE, checks=(NO_AGE,)), irreversible=("values are lost",)),
        wanted=ONLY_AGE,
    )
    assert (proof.problems, proof.downgrade) == ((), "the way back was not tested: values are lost")


def test_steps_on_what_was_not_cloned_are_skipped(proven: Callable[..., Proof]) -> None:
    """A type of the live schema that only pg_dump would know."""
    live = f"{LIVE} CREATE TYPE app.pair AS (a int, b int); CREATE TABLE app.odd (p app.pair);"
    wanted = live.replace("age int", "age int NOT NULL").replace("p app.pair", "p app.pair, q int")
    odd = columns.add(Column(schema="app", table="odd", name="q", type="integer", nullable=True))
    steps = (step("add q", odd, table="odd"), step("s", REQUIRE, checks=(NO_AGE,)))
    age, more = "app.users.age column-nullability-mismatch", "app.odd.q missing-column"
    proof = proven(
        plan(*steps), live, wanted, expectation=Expectation(before=frozenset({age, more}))
    )
    assert "not proven: add q: the clone does not have app.odd" in proof.notes
    assert [each.title for each in proof.steps] == ["s"]


def test_a_row_that_no_precheck_covers(proven: Callable[..., Proof]) -> None:
    """The precheck finds a row that the step does not mind."""
    odd = Precheck(problem="p", query="SELECT id::text AS value FROM app.orders WHERE total < 0")
    proof = proven(plan(step("s", REQUIRE, checks=(NO_AGE,)), step("t", ADD, checks=(odd,))),
                   wanted=ONLY_AGE.replace("tag text", "tag text, extra int"))  # fmt: skip
    assert proof.problems == ()
    assert proof.caught == (NO_AGE.problem, "p")


def test_a_statement_outside_of_transactions_that_fails(proven: Callable[..., Proof]) -> None:
    """An index that could not be built CONCURRENTLY stays behind, as PostgreSQL says."""
    twice = (
        step("s", REQUIRE, checks=(NO_AGE,)),
        step("u", indexes.create(
            Index(schema="app", table="users", name="u", unique=True,
                  keys=(IndexKey(column="tag"),)), "u", concurrently=True),
             checks=(Precheck(problem="d", query="SELECT tag AS value FROM app.users GROUP BY tag"
                              " HAVING count(tag) > 1"),)),
    )  # fmt: skip
    proof = proven(plan(*twice), wanted=f"{ONLY_AGE} CREATE UNIQUE INDEX u ON app.users (tag)")
    assert proof.problems == ()
    assert set(proof.caught) == {NO_AGE.problem, "d"}
