"""The shape of version 1 of a plan's JSON document.

These structs are the contract with the programs that read plans: `drift.report.plan_schema` makes
the published JSON Schema of them. Fields may be added; none changes its meaning without another
version.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta

from drift.report.shape_v1 import Head
from drift.report.shape_values import Count, Strings, Word

Seconds: TypeAlias = Annotated[float, Meta(ge=0, le=10**9)]
LockName: TypeAlias = Literal[
    "ROW SHARE",
    "ROW EXCLUSIVE",
    "SHARE UPDATE EXCLUSIVE",
    "SHARE",
    "SHARE ROW EXCLUSIVE",
    "EXCLUSIVE",
    "ACCESS EXCLUSIVE",
]
WorkName: TypeAlias = Annotated[
    Literal["catalog only", "batches", "scan", "index build", "rewrite"],
    Meta(description="What is done with the rows of the table; `catalog only`: no row is read."),
]


class Table(msgspec.Struct, kw_only=True):
    """The name of a table."""

    schema: str
    table: str


class TableLock(Table, kw_only=True):
    """A lock on a table."""

    lock: LockName
    effect: Annotated[str, Meta(description="The statements of others that wait for it.")]


class TableSize(Table, kw_only=True):
    """The size of a table with its indexes."""

    bytes: Count


class Statement(msgspec.Struct, kw_only=True):
    """One SQL statement, without a semicolon."""

    sql: str
    locks: tuple[TableLock, ...]
    work: WorkName
    transactional: Annotated[bool, Meta(description="Whether it may be run in a transaction.")]
    done: Annotated[
        str,
        Meta(
            description="A condition in SQL that is true once the statement was run; empty if it "
            "can be run again as it is."
        ),
    ]


class Precheck(msgspec.Struct, kw_only=True):
    """A query for the rows that would make a step fail."""

    problem: str
    query: Annotated[str, Meta(description="Returns a text, `value`, per violation.")]
    early: Annotated[bool, Meta(description="Whether it can be run before the first step.")]


class Hazard(msgspec.Struct, kw_only=True):
    """A reason why a step has to be allowed by `--allow NAME`."""

    name: Word
    meaning: str
    allowed: bool


class Choice(msgspec.Struct, kw_only=True):
    """One answer to a decision."""

    option: Annotated[str, Meta(description="The option of `drift plan` that gives the answer.")]
    effect: Annotated[str, Meta(description="What the plan then does.")]


class Decision(msgspec.Struct, kw_only=True):
    """A question that only a person can answer."""

    question: str
    choices: tuple[Choice, ...]


class Step(msgspec.Struct, kw_only=True):
    """One transaction, or statements that must be run outside of one."""

    number: Count
    title: str
    phase: Word
    table: Table | None
    runs: Annotated[
        bool,
        Meta(
            description="False if it needs a decision, if a hazard was not allowed, if it waits "
            "for another object, or if it has no statement."
        ),
    ]
    transactional: bool
    statements: tuple[Statement, ...]
    locks: Annotated[tuple[TableLock, ...], Meta(description="The strongest lock on each table.")]
    work: WorkName
    prechecks: tuple[Precheck, ...]
    hazards: tuple[Hazard, ...]
    decision: Decision | None
    waits: Annotated[
        str, Meta(description="The object for which it waits, and so does not run; or empty.")
    ]
    remarks: Annotated[Strings, Meta(description="Sentences for people.")]
    excuses: Annotated[
        dict[str, str],
        Meta(description="Rules of the linter squawk that the step breaks, with the reason."),
    ]
    findings: Annotated[
        Strings, Meta(description="The fingerprints of the findings that it helps to close.")
    ]


class Refusal(msgspec.Struct, kw_only=True):
    """A finding that no step closes."""

    finding: Annotated[str, Meta(description="Its fingerprint.")]
    path: Annotated[str, Meta(description="Such as `public.users.name`.")]
    reason: str


class PlannedFinding(msgspec.Struct, kw_only=True):
    """A finding that the plan is about."""

    fingerprint: str
    title: str


class StepProof(msgspec.Struct, kw_only=True):
    """The outcome of a step on the clone."""

    title: str
    locks: Annotated[tuple[TableLock, ...], Meta(description="The measured locks.")]
    work: WorkName
    problem: Annotated[str, Meta(description="Why it is not proven; empty if it is.")]


class Proof(msgspec.Struct, kw_only=True):
    """The outcome of running the plan on a clone of the live schema."""

    proven: bool
    outcome: Annotated[str, Meta(description="A sentence for people.")]
    server_version: str
    clone: Annotated[str, Meta(description="What the clone was made from.")]
    steps: tuple[StepProof, ...]
    problems: Strings
    caught: Annotated[
        Strings,
        Meta(description="The prechecks that stopped the plan when a row broke them."),
    ]
    rows: Annotated[Count, Meta(description="The number of synthetic rows.")]
    downgrade: Annotated[str, Meta(description="Whether the steps back were run.")]
    notes: Strings
    seconds: Seconds


class Plan(Head, kw_only=True):
    """A plan of `drift plan --format json`."""

    kind: Literal["plan"]
    target: Annotated[str, Meta(description="The target's name in the configuration.")]
    fingerprint: Annotated[
        str, Meta(description="Identifies the live schema that the plan was made for.")
    ]
    server_version: Annotated[int, Meta(ge=0, description="Such as 180006.")]
    default_schema: str
    search_path: Annotated[Strings, Meta(description="Is set before the first step.")]
    complete: Annotated[bool, Meta(description="Whether the steps that run close every finding.")]
    steps: tuple[Step, ...]
    downgrade: Annotated[tuple[Step, ...], Meta(description="The steps back.")]
    irreversible: Annotated[
        Strings, Meta(description="Reasons why some steps cannot be taken back.")
    ]
    kept: Annotated[
        Strings, Meta(description="Fingerprints of findings that the steps back leave closed.")
    ]
    covered: Annotated[
        Strings, Meta(description="Fingerprints that the steps of other objects close.")
    ]
    refusals: tuple[Refusal, ...]
    findings: tuple[PlannedFinding, ...]
    tables: Annotated[tuple[TableSize, ...], Meta(description="Tables that the plan changes.")]
    notes: Strings
    proof: Annotated[Proof | None, Meta(description="Null if the plan was not run on a clone.")]
