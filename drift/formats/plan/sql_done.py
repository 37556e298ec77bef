"""Conditions in SQL by which a script knows that a statement was run before."""

from __future__ import annotations

from collections.abc import Iterable

from drift.kinds.column.column import Column
from drift.kinds.sql.text import string_literal
from drift.plan import ddl
from drift.plan.operation import Operation
from drift.plan.step import Step


def done(operation: Operation) -> str:
    """Return a condition that is true once the statement was run; "" if it may be run again.

    PostgreSQL accepts a change of type twice, but a conversion would copy the table again.
    """
    if not operation.done and operation.action == "alter_type":
        return _has_type(operation.item)
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


def _has_type(item: Column) -> str:
    """Return a condition: a column has its type and its collation."""
    type_ = string_literal(item.type)
    same = f"format_type(a.atttypid, a.atttypmod) = {type_}"
    if "(" not in item.type and not item.type.startswith("interval "):
        # The name of a type has its schema here, and not always in format_type.
        same = f"({same} OR (a.atttypmod = -1 AND a.atttypid = to_regtype({type_})))"
    return (
        "EXISTS (SELECT FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid"
        f" WHERE a.attrelid = {ddl.to_regclass(ddl.table_name(item))}"
        f" AND a.attname = {string_literal(str(item.name))} AND NOT a.attisdropped"
        f" AND {same} AND a.attcollation = {_collation(item)})"
    )


def _collation(item: Column) -> str:
    clause = ddl.collation(item.collation, item.collation_schema).removeprefix(" COLLATE ")
    return f"to_regcollation({string_literal(clause)})" if clause else "t.typcollation"
