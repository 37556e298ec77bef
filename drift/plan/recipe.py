"""The input and output of recipes: a change of one object in, its steps out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple, TypeAlias

import msgspec

from drift.plan.context import Context
from drift.plan.operation import Operation, TableName
from drift.plan.step import Decision, Hazard, Phase, Precheck, Step


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One object to change: `wanted` is None if it should not exist, `present` if it does not.

    `attributes` are those that differ, `rules` and `findings` those of the report about it.
    """

    kind: str
    wanted: Any = None
    present: Any = None
    attributes: frozenset[str] = frozenset()
    rules: frozenset[str] = frozenset()
    findings: tuple[str, ...] = ()


class Release(msgspec.Struct, frozen=True, kw_only=True):
    """A live object that is in the way of a step, such as a foreign key of a column.

    It is dropped before, and its wanted form is created afterwards. `gone`: the step drops it
    itself. `last`: it is dropped right before tables are. `declared`: it is only dropped if the
    models have it, or another in its place; PostgreSQL judges all others.
    """

    kind: str
    item: Any
    gone: bool = False
    last: bool = False
    declared: bool = False


class Refused(NamedTuple):
    """The reason why no step closes a finding."""

    reason: str


Outcome: TypeAlias = Step | Release | Refused
Recipe: TypeAlias = Callable[[Change, Context], Iterable[Outcome]]


def step(  # noqa: PLR0913 — the fields of a step
    title: str,
    phase: Phase,
    operations: Operation | Iterable[Operation],
    *,
    table: TableName | None = None,
    prechecks: Iterable[Precheck | None] = (),
    hazards: Iterable[Hazard] = (),
    decision: Decision | None = None,
    remarks: Iterable[str] = (),
    excuses: dict[str, str] | None = None,
) -> Step:
    """Return a step; prechecks that are None are left out."""
    made = (operations,) if isinstance(operations, Operation) else tuple(operations)
    return Step(
        title=title,
        operations=made,
        phase=phase,
        table=table,
        prechecks=tuple(check for check in prechecks if check is not None),
        hazards=tuple(hazards),
        decision=decision,
        remarks=tuple(remarks),
        excuses=all_excuses(made) | (excuses or {}),
    )


def all_excuses(operations: Iterable[Operation]) -> dict[str, str]:
    """Return the rules of squawk that statements break, with the reasons."""
    return {rule: why for operation in operations for rule, why in operation.excuses.items()}


def unless_small(hazard: Hazard, context: Context, *tables: TableName) -> Iterator[Hazard]:
    """Yield the hazard if one of the tables is too large to be locked for the work."""
    if not context.short_way(*tables):
        yield hazard
