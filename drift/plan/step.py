"""The steps of a plan: data, which formats print and proofs run."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping
from enum import IntEnum, StrEnum

import msgspec

from drift.plan.operation import Lock, Operation, TableName, Work


class Phase(IntEnum):
    """The order of steps that works; steps of one phase keep the order of their recipes."""

    SCHEMAS = 10
    RELEASE = 15
    TYPES = 20
    TABLES = 30
    COLUMNS = 40
    CONVERT = 60
    BACKFILL = 70
    DEFAULTS = 80
    NOT_NULL = 90
    INDEXES = 100
    KEYS = 110
    CHECKS = 120
    FOREIGN_KEYS = 130
    TABLE_OPTIONS = 140
    COMMENTS = 150
    ANALYZE = 160
    DROP_FOREIGN_KEYS = 170
    DROP_CONSTRAINTS = 180
    DROP_INDEXES = 190
    DROP_COLUMNS = 200
    DROP_TABLES = 210
    DROP_TYPES = 220
    DROP_SCHEMAS = 230


class Hazard(StrEnum):
    """Why a step is only part of a plan if `--allow` names it."""

    DROP = "drop"
    REWRITE = "rewrite"
    WINDOW = "window"
    DATA_LOSS = "data-loss"

    @property
    def meaning(self) -> str:
        """The effect of the step, for a person who has to allow it."""
        return _MEANINGS[self]


_MEANINGS = {
    Hazard.DROP: "removes an object that only the database has",
    Hazard.REWRITE: "copies a whole table while reads and writes wait",
    Hazard.WINDOW: "makes reads or writes wait while it works on a whole table",
    Hazard.DATA_LOSS: "loses values that are stored today",
}


class Precheck(msgspec.Struct, frozen=True, kw_only=True):
    """A query for the rows that would make a step fail.

    `query` returns one text column, `value`, with a row per violation. `early`: it can be run
    before the first step, because it reads no column that the plan adds.
    """

    problem: str
    query: str
    early: bool = True


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """One answer to a decision: the option that gives it, and the plan's action then."""

    option: str
    effect: str


def deciding(key: str, answer: str) -> str:
    """Return the option that gives an answer, as a shell takes it: names hold anything."""
    return f"--decide {shlex.quote(f'{key}={answer}')}"


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """A question that only a person can answer. The plan is not complete without an answer."""

    question: str
    choices: tuple[Choice, ...] = ()


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One transaction, or one statement outside of transactions.

    `findings` are the fingerprints that it helps to close. A step with a `decision`, or with a
    hazard that was not allowed (`blocked`), is shown but not run; so are those that wait for it, or
    for another object (`waits` is its path). `excuses` are the rules of
    squawk that the step breaks, with the reason.
    """

    title: str
    operations: tuple[Operation, ...]
    phase: Phase
    table: TableName | None = None
    prechecks: tuple[Precheck, ...] = ()
    hazards: tuple[Hazard, ...] = ()
    blocked: tuple[Hazard, ...] = ()
    decision: Decision | None = None
    waits: str = ""
    remarks: tuple[str, ...] = ()
    excuses: Mapping[str, str] = {}
    findings: tuple[str, ...] = ()

    @property
    def runs(self) -> bool:
        """Whether the plan runs the step."""
        return bool(self.operations) and self.decision is None and not (self.blocked or self.waits)

    @property
    def transactional(self) -> bool:
        """Whether all statements of the step are one transaction."""
        return all(operation.transactional for operation in self.operations)

    @property
    def locks(self) -> dict[TableName, Lock]:
        """The strongest lock on each table."""
        locks: dict[TableName, Lock] = {}
        for operation in self.operations:
            for table, lock in operation.locks.items():
                known = locks.get(table)
                if known is None or known.strength < lock.strength:
                    locks[table] = lock
        return locks

    @property
    def work(self) -> Work:
        """The most work that one of its statements does."""
        works = (operation.work for operation in self.operations)
        return max(works, key=lambda work: work.amount, default=Work.CATALOG)

    @property
    def waits_for_lock(self) -> bool:
        """Whether the step needs a lock_timeout: others would wait behind its own wait."""
        return any(lock.needs_timeout for lock in self.locks.values())


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """A finding that no step closes, and the reason."""

    finding: str
    path: str
    reason: str


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """The steps that make a database equal to the expected schema.

    `downgrade` are the steps back; `irreversible` are reasons why some cannot be taken, and
    `kept` the findings that they leave closed, such as a constraint that is valid now.
    `covered` are findings that the steps of other objects close.
    `fingerprint` identifies the live schema that the plan was made for. `sizes` are the bytes of
    the tables. `search_path` is set before the first step, so that names in expressions mean the
    same as in the models. `guarded`: every statement may have been run before the plan.
    """

    target: str
    steps: tuple[Step, ...]
    refusals: tuple[Refusal, ...] = ()
    downgrade: tuple[Step, ...] = ()
    irreversible: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    covered: tuple[str, ...] = ()
    fingerprint: str = ""
    server_version: int = 0
    default_schema: str = "public"
    search_path: tuple[str, ...] = ()
    sizes: Mapping[TableName, int] = {}
    titles: Mapping[str, str] = {}
    notes: tuple[str, ...] = ()
    guarded: bool = False

    @property
    def complete(self) -> bool:
        """Whether the steps that run close every finding."""
        return not self.refusals and all(step.runs for step in self.steps)

    @property
    def running(self) -> tuple[Step, ...]:
        """The steps that are run."""
        return tuple(step for step in self.steps if step.runs)

    @property
    def early_prechecks(self) -> tuple[Precheck, ...]:
        """The queries to run before the first step."""
        return unique(check for step in self.running for check in step.prechecks if check.early)


def unique(prechecks: Iterable[Precheck]) -> tuple[Precheck, ...]:
    """Return each precheck once, in order."""
    return tuple(dict.fromkeys(prechecks))
