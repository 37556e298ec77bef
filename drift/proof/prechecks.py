"""The prechecks of a plan with their tables, and their answers on a clone."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, NamedTuple

import psycopg

from drift.plan import ddl
from drift.plan.operation import TableName
from drift.plan.step import Plan, Precheck
from drift.proof.sandbox import failure


class Placed(NamedTuple):
    """A precheck, and the tables that its query reads, that of its step first."""

    precheck: Precheck
    tables: tuple[TableName, ...]


def placed(plan: Plan, tables: Iterable[TableName]) -> list[Placed]:
    """Return the early prechecks, each once."""
    known = tuple(tables)
    result: dict[Precheck, Placed] = {}
    for step in plan.running:
        for precheck in step.prechecks:
            if precheck.early and precheck not in result:
                result[precheck] = Placed(precheck, _tables(precheck, step.table, known))
    return list(result.values())


def _tables(
    precheck: Precheck, own: TableName | None, known: Iterable[TableName]
) -> tuple[TableName, ...]:
    read = [t for t in known if _reads(precheck.query, ddl.path(*t))]
    return tuple(sorted(read, key=lambda table: (table != own, table)))


def _reads(query: str, path: str) -> bool:
    return re.search(rf'(?<![\w".]){re.escape(path)}(?![\w"$])', query) is not None


def violations(connection: psycopg.Connection[Any], precheck: Precheck) -> list[str | None]:
    """Return the values that a precheck finds. Raises psycopg.Error."""
    query = f"SELECT value FROM ({precheck.query}) q"
    return [value for (value,) in connection.execute(query.encode()).fetchall()]


def stopped(connection: psycopg.Connection[Any], precheck: Precheck) -> str:
    """Return why a precheck would stop the plan; "" if it would not."""
    try:
        values = violations(connection, precheck)
    except psycopg.Error as problem:
        if connection.closed:
            raise
        return f"the precheck of {precheck.problem!r} failed: {failure(problem)}"
    if values:
        return f"the synthetic rows do not pass a precheck: {precheck.problem} ({len(values)})"
    return ""
