"""The steps of a plan in the order that works, each once, with neighbours joined."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from drift.plan.context import Context
from drift.plan.operation import Lock, Operation, TableName, Work
from drift.plan.step import Phase, Step


def ordered(steps: Iterable[Step], context: Context) -> tuple[Step, ...]:
    """Return the steps by their phases; those of one phase keep their order."""
    distinct = sorted(_distinct(steps), key=lambda each: each.phase)
    return tuple(_joined([_with_partitions(each, context) for each in distinct]))


def _distinct(steps: Iterable[Step]) -> list[Step]:
    """Return each step once: two changes may need the same one."""
    known: dict[tuple[Phase, tuple[str, ...]], Step] = {}
    for each in steps:
        key = (each.phase, tuple(operation.sql for operation in each.operations) or (each.title,))
        if key in known:
            findings = tuple(dict.fromkeys((*known[key].findings, *each.findings)))
            known[key] = msgspec.structs.replace(known[key], findings=findings)
        else:
            known[key] = each
    return list(known.values())


def _with_partitions(each: Step, context: Context) -> Step:
    """Return the step with the locks on partitions: a statement on their table takes them, too."""
    operations = tuple(_on_partitions(operation, context) for operation in each.operations)
    return msgspec.structs.replace(each, operations=operations)


def _on_partitions(operation: Operation, context: Context) -> Operation:
    if " ON ONLY " in operation.sql or operation.sql.startswith("COMMENT"):
        return operation
    locks: dict[TableName, Lock] = {}
    for table, lock in operation.locks.items():
        if context.exists(table):
            locks[table] = lock
            locks |= dict.fromkeys(context.relation(table).partitions, lock)
    return msgspec.structs.replace(operation, locks=locks)


_MOST = 20
"""Statements of steps that are joined: their locks are held until the last one is done."""


def _joined(steps: Iterable[Step]) -> list[Step]:
    """Join neighbours that only change the catalog of one table: it is locked once."""
    result: list[Step] = []
    for each in steps:
        if result and _is_joinable(result[-1], each):
            result[-1] = _both(result[-1], each)
        else:
            result.append(each)
    return result


def _is_joinable(first: Step, second: Step) -> bool:
    same = (first.table, first.phase, first.blocked, first.waits) == (
        second.table,
        second.phase,
        second.blocked,
        second.waits,
    )
    cheap = all(
        each.table is not None
        and each.transactional
        and each.work is Work.CATALOG
        and not (each.prechecks or each.decision)
        and each.operations
        for each in (first, second)
    )
    one_lock = len({*first.locks, *second.locks}) <= 1
    return same and cheap and one_lock and len(first.operations) < _MOST


def _both(first: Step, second: Step) -> Step:
    return msgspec.structs.replace(
        first,
        title=_title(first.title, second.title),
        operations=_without_repeated(first.operations, second.operations),
        excuses={**first.excuses, **second.excuses},
        hazards=tuple(dict.fromkeys((*first.hazards, *second.hazards))),
        remarks=tuple(dict.fromkeys((*first.remarks, *second.remarks))),
        findings=tuple(dict.fromkeys((*first.findings, *second.findings))),
    )


def _title(first: str, second: str) -> str:
    """Return one title for both; a table that both begin with is named once."""
    prefix = first[: first.find(",") if "," in first else len(first)].rpartition(".")[0]
    verb, _, name = second.rpartition(".")
    if prefix and verb == prefix and " " not in name:
        return f"{first}, {name}"
    return f"{first}; {second}"


def _without_repeated(
    first: tuple[Operation, ...], second: tuple[Operation, ...]
) -> tuple[Operation, ...]:
    """Return both, without settings of the transaction that are made already."""
    settings = {operation.sql for operation in first if operation.sql.startswith("SET LOCAL ")}
    return (*first, *(operation for operation in second if operation.sql not in settings))
