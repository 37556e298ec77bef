"""Runs the parts of a proof one after another, and collects their problems."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

import msgspec
import psycopg

from drift.model import Schema
from drift.plan import ddl
from drift.plan.operation import TableName
from drift.plan.proof import Proof, StepProof
from drift.plan.step import Plan, Step
from drift.plan.surroundings import Surroundings
from drift.proof import content
from drift.proof.adjust import Adjustment
from drift.proof.breaking import Breaker, fail
from drift.proof.clone import Builder, Clone, create_extensions
from drift.proof.dump import Dump
from drift.proof.measure import Meter
from drift.proof.prechecks import placed, stopped
from drift.proof.sandbox import Sandbox, Sandboxes, failure
from drift.proof.seed import Seed

CheckAgain = Callable[[str], Collection[str]]
"""Compares the expected side with a database; returns the differences as paths with rules."""


class Expectation(msgspec.Struct, frozen=True, kw_only=True):
    """The differences that the plan was made for, and those of them that it leaves.

    `kept` are those that its downgrade does not bring back.
    """

    before: frozenset[str]
    after: frozenset[str] = frozenset()
    kept: frozenset[str] = frozenset()


class Run:
    """The state of one proof."""

    check_again: CheckAgain
    expectation: Expectation | None
    note: Callable[[str], None]
    dump: Dump | None

    def __init__(
        self, plan: Plan, live: Schema, surroundings: Surroundings, sandboxes: Sandboxes
    ) -> None:
        self._plan = plan
        self._live = live
        self._surroundings = surroundings
        self._sandboxes = sandboxes
        self._clone = Clone()
        self._version = ""
        self._steps: list[StepProof] = []
        self._caught: list[str] = []
        self._rows = 0
        self._downgrade = ""
        self.is_cloned = False
        self.problems: list[str] = []
        self._notes: list[str] = []

    def outcome(self, seconds: float) -> Proof:
        """Return the proof as data."""
        return Proof(
            server_version=self._version,
            clone=self._clone.source,
            steps=tuple(self._steps),
            problems=tuple(dict.fromkeys(self.problems)),
            caught=tuple(self._caught),
            rows=self._rows,
            downgrade=self._downgrade,
            notes=tuple(dict.fromkeys((*self._clone.notes, *self._notes))),
            seconds=seconds,
        )

    def run(self) -> None:
        """Go through all parts; a part that fails ends those that build on it."""
        sandbox = self._sandboxes.create()
        self._notes += create_extensions(sandbox, self._surroundings.extensions)
        self.note("prove: cloning the live schema on the scratch server")
        seed = self._make_clone(sandbox)
        before = self._differences(sandbox)
        self._compare_with_expectation(before)
        copy = self._sandboxes.copy(sandbox) if self._plan.early_prechecks else None
        meter = Meter(sandbox, self._plan)
        rows = content.read(meter.connection)
        if self._prechecks_pass(meter, seed) and self._run_steps(meter):
            self._finish(sandbox, meter, before, rows)
        if copy is not None:
            self.note("prove: inserting rows that the prechecks must find")
            self._break(copy, seed)

    def _make_clone(self, sandbox: Sandbox) -> Seed:
        connection = sandbox.connect()
        self._version = connection.info.parameter_status("server_version") or ""
        builder = Builder(sandbox, self._live, self._surroundings, self.dump)
        self._clone = builder.clone
        builder.build(connection)
        self.is_cloned = True
        seed = Seed(connection, self._live, self._surroundings, self._plan)
        self._rows = Adjustment(connection, seed, self._plan, self._clone).fill()
        self._notes += seed.notes
        builder.finish(connection)
        return seed

    def _differences(self, sandbox: Sandbox) -> frozenset[str]:
        return frozenset(self.check_again(sandbox.url))

    def _compare_with_expectation(self, before: frozenset[str]) -> None:
        """Note the differences of the clone from the live database."""
        if self.expectation is None:
            if not before and self._plan.running:
                self.problems.append("the clone has none of the differences of the plan")
            return
        missing = self.expectation.before - before
        text = f"the clone does not have these differences: {_listed(missing)}"
        if missing:
            (self._notes if self._clone.notes else self.problems).append(text)
        if more := before - self.expectation.before:
            self._notes.append(f"the clone differs from the live database: {_listed(more)}")

    def _prechecks_pass(self, meter: Meter, seed: Seed) -> bool:
        meter.prepare()
        known = [table for table in seed.tables if table not in self._clone.absent]
        reasons = [stopped(meter.connection, e.precheck) for e in placed(self._plan, known)]
        self.problems += filter(None, reasons)
        return not any(reasons)

    def _run_steps(self, meter: Meter) -> bool:
        """Run the steps until one fails; return whether none did."""
        steps = self._plan.running
        for number, step in enumerate(steps, 1):
            self.note(f"prove: step {number} of {len(steps)}: {step.title}")
            absent = self._clone.absent & _tables(step)
            if absent:
                paths = ", ".join(ddl.path(*table) for table in sorted(absent))
                self._notes.append(f"not proven: {step.title}: the clone does not have {paths}")
                continue
            self._steps.append(proof := self._run_step(meter, step))
            if proof.problem:
                self.problems.append(f"{step.title}: {proof.problem}")
            if proof.problem.startswith(_FAILED):
                return False
        return True

    def _run_step(self, meter: Meter, step: Step) -> StepProof:
        late = [check for check in step.prechecks if not check.early]
        for check in late:
            if reason := stopped(meter.connection, check):
                return StepProof(title=step.title, problem=f"{_FAILED}{reason}")
        try:
            reading = meter.run(step)
        except psycopg.Error as problem:
            if meter.connection.closed:
                raise
            return StepProof(title=step.title, problem=f"{_FAILED}{failure(problem)}")
        problems, remarks = meter.judge(step, reading)
        self._notes += [f"{step.title}: {remark}" for remark in remarks]
        problems += self._run_again(meter, step)
        return StepProof(
            title=step.title, locks=reading.locks, work=reading.work, problem="; ".join(problems)
        )

    def _run_again(self, meter: Meter, step: Step) -> list[str]:
        before = content.shape(meter.connection)
        try:
            meter.run(step)
        except psycopg.Error as problem:
            if meter.connection.closed:
                raise
            return [f"it cannot be run twice: {failure(problem)}"]
        if content.shape(meter.connection) != before:
            return ["its second run changed the schema again"]
        return []

    def _finish(
        self, sandbox: Sandbox, meter: Meter, before: frozenset[str], rows: content.Content
    ) -> None:
        """Check again, compare the rows, and go back."""
        self._compare_after(self._differences(sandbox), before)
        meter.prepare()
        dropped = {
            (op.item.schema, str(op.item.name))
            for step in self._plan.running
            for op in step.operations
            if op.action == "drop_table"
        }
        self.problems += content.lost(rows, content.read(meter.connection), dropped)
        self._go_back(sandbox, meter, before)

    def _compare_after(self, after: frozenset[str], before: frozenset[str]) -> None:
        left = after & before
        if self.expectation is not None:
            excused = self.expectation.after | (before - self.expectation.before)
            left = after - excused
        elif not self._plan.complete:
            left = frozenset()
        new = after - before
        if self.expectation is None and new:
            left |= new
        if left:
            self.problems.append(f"these differences are left: {_listed(left)}")

    def _go_back(self, sandbox: Sandbox, meter: Meter, before: frozenset[str]) -> None:
        """Run the steps of the downgrade, and check that everything is as it was."""
        if self._plan.irreversible:
            self._downgrade = f"the way back was not tested: {'; '.join(self._plan.irreversible)}"
            return
        if not self._plan.downgrade:
            self._downgrade = "the way back was not tested: the plan has no downgrade"
            return
        for step in self._plan.downgrade:
            if not step.runs or self._clone.absent & _tables(step):
                continue
            try:
                meter.run(step)
            except psycopg.Error as problem:
                if meter.connection.closed:
                    raise
                self._downgrade = f"the way back failed: {step.title}: {failure(problem)}"
                self.problems.append(f"downgrade: {step.title}: {failure(problem)}")
                return
        count = len(self._plan.downgrade)
        steps = "1 step" if count == 1 else f"{count:,} steps"
        self._downgrade = f"the way back was tested, too: {steps}"
        kept = self.expectation.kept if self.expectation else frozenset()
        if other := (self._differences(sandbox) ^ before) - kept:
            text = f"the downgrade leaves other differences: {_listed(other)}"
            self.problems.append(text)

    def _break(self, copy: Sandbox, seed: Seed) -> None:
        breaker = Breaker(copy.connect(), seed)
        known = [table for table in seed.tables if table not in self._clone.absent]
        broken = [breaker.break_(each) for each in placed(self._plan, known)]
        for each in broken:
            problem = each.placed.precheck.problem
            if each.insert:
                self._caught.append(problem)
            if each.reason:
                self._notes.append(
                    f"a precheck fails instead of naming rows: {problem}: {each.reason}"
                )
            elif not each.insert:
                self._notes.append(f"no row was made that the precheck finds: {problem}")
        result = fail(copy, self._plan, broken)
        if result is None:
            self._notes.append("a row that a precheck finds makes no step fail")
        elif not result.is_whole:
            self.problems.append(f"{result.title}: it failed, and left a part of it behind")


_FAILED = "it failed: "


def _tables(step: Step) -> set[TableName]:
    return {*step.locks, *([step.table] if step.table else [])}


def _listed(items: Iterable[str]) -> str:
    return ", ".join(sorted(items))
