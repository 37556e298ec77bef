"""Steps into revisions: each revision is one transaction, or statements outside of transactions."""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

from drift.plan.operation import TableName, Work
from drift.plan.step import Phase, Step

_NEW_LABEL = re.compile(r"\s*ALTER\s+TYPE\b.*\bADD\s+VALUE\b", re.IGNORECASE | re.DOTALL)


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """Steps that are one revision."""

    steps: tuple[Step, ...]

    @property
    def transactional(self) -> bool:
        """Whether they are one transaction."""
        return all(step.transactional for step in self.steps)

    @property
    def waits_for_lock(self) -> bool:
        """Whether others would wait behind its own wait for a lock."""
        return any(step.waits_for_lock for step in self.steps)

    @property
    def is_short(self) -> bool:
        """Whether it only changes the catalog."""
        return all(step.work is Work.CATALOG for step in self.steps)


def groups(steps: Iterable[Step], made: frozenset[TableName]) -> tuple[Group, ...]:
    """Return the revisions for steps, in order; `made` are the tables that the plan creates.

    Locks are held until a transaction ends. Steps share one only if none of them works on rows,
    and all touch the same table at most: so no lock is held while another table is waited for.
    """
    result: list[list[Step]] = []
    for step in steps:
        if result and _may_join(result[-1], step, made):
            result[-1].append(step)
        else:
            result.append([step])
    return tuple(Group(steps=tuple(each)) for each in result)


def _may_join(group: list[Step], step: Step, made: frozenset[TableName]) -> bool:
    if step.phase is Phase.ANALYZE and step.transactional:  # reads a sample, and waits for none
        return group[-1].phase is Phase.ANALYZE
    if not all(_is_light(each, made) for each in (*group, step)):
        return False
    if any(not check.early for check in step.prechecks):  # it reads rows: no lock may be held yet
        return False
    # PostgreSQL refuses the use of a label in the transaction that adds it
    if any(adds_label(each) for each in group) and not adds_label(step):
        return False
    return len({table for each in (*group, step) for table in touched(each, made)}) <= 1


def _is_light(step: Step, made: frozenset[TableName]) -> bool:
    """Return whether a step works on no rows; a table that the plan creates has none."""
    works = (each.work for each in step.operations if not each.locks or set(each.locks) - made)
    return step.transactional and all(work is Work.CATALOG for work in works)


def adds_label(step: Step) -> bool:
    """Return whether a step adds a label to an enum."""
    return any(_NEW_LABEL.match(each.sql) for each in step.operations)


def touched(step: Step, made: frozenset[TableName]) -> frozenset[TableName]:
    """Return the tables of a step that exist before the plan."""
    own = {step.table} if step.table else set()
    return frozenset({*step.locks, *own} - made)


def tables_made(steps: Iterable[Step]) -> frozenset[TableName]:
    """Return the tables that steps create."""
    return frozenset(
        (each.item.schema, each.item.name)
        for step in steps
        for each in step.operations
        if each.action == "create_table"
    )
