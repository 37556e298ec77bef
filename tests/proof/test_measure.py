"""The facts of `drift.plan.operations`: stated locks and works against measured ones."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from drift.plan.operation import Operation
from drift.plan.operations import constraints, indexes
from drift.plan.step import Phase, Plan, Step
from drift.proof.measure import Meter
from drift.proof.sandbox import Sandbox, Sandboxes
from drift.scratch import Scratch
from tests.proof.facts import (
    AX,
    CASES,
    CATALOG,
    CHECK,
    P1,
    SCHEMA,
    SUX,
    Case,
    P,
    T,
    check,
    index,
)


@pytest.fixture(scope="module")
def sandbox(dsn: str) -> Iterator[Sandbox]:
    """One database for all cases, each of which replaces its schema."""
    with Scratch(dsn) as scratch, Sandboxes(scratch, 300) as sandboxes:
        yield sandboxes.create()


def _step(*operations: Operation) -> Step:
    return Step(title="step", operations=operations, phase=Phase.COLUMNS)


def _plan() -> Plan:
    return Plan(target="", steps=(), search_path=("app", "public"))


def _prepare(sandbox: Sandbox, more: str = "") -> None:
    with psycopg.connect(sandbox.url) as connection:
        connection.execute(f"SET client_min_messages = error; {SCHEMA}{more}".encode())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_stated_facts_are_measured(sandbox: Sandbox, case: Case) -> None:
    if sandbox.connect().info.server_version < case.since:
        pytest.skip("this server is too old for the statement")
    _prepare(sandbox, case.before)
    meter = Meter(sandbox, _plan())
    try:
        step = _step(*case.operations)
        reading = meter.run(step)
        strong = {t: lock for t, lock in reading.locks.items() if lock.strength >= SUX.strength}
        assert (strong, reading.work) == (case.locks, case.work)
        assert meter.judge(step, reading) == ([], [])
    finally:
        sandbox.close()


def test_the_lock_of_a_partition_is_that_of_its_table(sandbox: Sandbox) -> None:
    _prepare(sandbox)
    meter = Meter(sandbox, _plan())
    step = _step(Operation(sql="ALTER TABLE app.p ALTER z SET DEFAULT 1", locks={P: AX}))
    reading = meter.run(step)
    assert reading.locks[P1] is AX
    assert meter.judge(step, reading) == ([], [])
    sandbox.close()


def test_what_is_done_is_not_run_again(sandbox: Sandbox) -> None:
    _prepare(sandbox, CHECK)
    meter = Meter(sandbox, _plan())
    step = _step(constraints.add(check("a > 0"), "chk"))
    assert meter.run(step).work is CATALOG
    sandbox.close()


def test_a_concurrent_statement_that_fails(sandbox: Sandbox) -> None:
    """The session can be used again, and those that looked on hold nothing."""
    _prepare(sandbox, "UPDATE app.t SET a = 1")
    meter = Meter(sandbox, _plan())
    unique = indexes.create(index("n", "a", unique=True), "n", concurrently=True)
    with pytest.raises(psycopg.errors.UniqueViolation):
        meter.run(_step(unique))
    assert meter.run(_step(indexes.drop(T, "n", concurrently=True))).locks[T] is SUX
    sandbox.close()


def test_a_session_does_not_keep_what_a_statement_set(sandbox: Sandbox) -> None:
    _prepare(sandbox)
    meter = Meter(sandbox, _plan())
    meter.run(_step(Operation(sql="SELECT set_config('statement_timeout', '0', false)")))
    meter.prepare()
    row = meter.connection.execute("SHOW statement_timeout").fetchone()
    assert row == ("20s",)
    sandbox.close()
