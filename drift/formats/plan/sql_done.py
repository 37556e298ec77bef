"""Conditions in SQL by which a script knows that a statement was run before."""

from __future__ import annotations

from collections.abc import Iterable

from drift.plan.operation import Operation
from drift.plan.step import Step


def done(operation: Operation) -> str:
    """Return a condition that is true once the statement was run; "" if it may be run again."""
    return operation.done


def all_done(steps: Iterable[Step]) -> str:
    """Return a condition: all statements of the steps were run; "" if that cannot be asked."""
    conditions = dict.fromkeys(
        done(operation)
        for step in steps
        for operation in step.operations
        if not operation.sql.startswith("SET LOCAL ")
    )
    return " AND ".join(f"({each})" for each in conditions) if all(conditions) else ""
