"""CHECK constraints."""

from __future__ import annotations

import re
from collections.abc import Collection, Hashable, Iterable, Iterator
from functools import partial
from typing import Annotated, Any, ClassVar

from drift.kinds.base import Ask, Effect, Kind, LiveProblem, presence_rules
from drift.kinds.constraint import NOT_VALIDATED, STATE_CELLS, not_validated, state_clause
from drift.kinds.facts import Enforced, Facts, Validated, means
from drift.kinds.metadata.declaration import Declaration
from drift.kinds.metadata.names import named
from drift.kinds.metadata.options import option
from drift.kinds.metadata.sqlalchemy_adapter import creation_order
from drift.kinds.metadata.unwritable import table_of
from drift.kinds.shared_impacts import RENAMED, of_flag
from drift.kinds.sql.text import plain
from drift.lazy_regex import lazy_regex
from drift.model import DatabaseObject, Expression, Severity


class Check(DatabaseObject, frozen=True, kw_only=True):
    """A CHECK; `expression` is SQL, None if another session's lock hides it."""

    expression: str | None
    validated: bool = True
    no_inherit: bool = False
    enforced: bool = True


class CheckFacts(Facts, frozen=True, kw_only=True):
    """A CHECK constraint."""

    expression: Annotated[
        str | None, means("The condition, as SQL; null if a lock of another session hides it.")
    ]
    no_inherit: Annotated[bool, means("NO INHERIT: child tables do not have the check.")]
    validated: Validated
    enforced: Enforced


RULES = (
    *presence_rules(
        "check",
        missing=(
            "Values that the models rule out get in.",
            "ALTER TABLE … ADD CONSTRAINT … CHECK once the rows that violate it are fixed.",
        ),
        extra=(
            "Inserts that the models allow can be refused.",
            "Declare the CheckConstraint, or drop it.",
        ),
        mismatch=(
            "Another condition than the models' decides which values get in.",
            "Drop the constraint and add it as declared, or change the model.",
        ),
    ),
    NOT_VALIDATED,
)

SQL = """
SELECT k.schema, k."table", k.name, k.expression, k.validated, k.no_inherit, k.enforced
FROM constraints k WHERE k.type = 'c' AND k.is_local
"""

_IMPACT = {
    "enforced": (
        "Values that the models allow can be refused.",
        "PostgreSQL checks nothing: values that violate the constraint get in.",
    ),
    "no_inherit": (
        "Child tables do not have the check: values that violate it get into them.",
        "Child tables have the check, too: inserts into them can be refused.",
    ),
}


class CheckKind(Kind[Check]):
    """Checks are paired by their expressions, then by name."""

    name = "check"
    struct = Check
    hidden_by_locks = True
    paired_by_content = True
    sql = SQL
    rules = RULES
    facts = CheckFacts
    cell_of: ClassVar = {"no_inherit": "inherit", **STATE_CELLS}

    def declare(self, declaration: Declaration) -> Iterable[Check]:
        for table in declaration.tables:
            columns = declaration.members(table).names
            yield from named(_of_table(table, declaration), partial(_only, columns), "check")

    def comparable(self, item: Check, ask: Ask) -> dict[str, Any]:
        expression = Expression(item.schema, item.table or "", item.expression or "")
        return {
            "expression": ask(expression),
            "no_inherit": item.no_inherit,
            "enforced": item.enforced,
        }

    def rename_key(self, item: Check) -> Hashable | None:
        """Recognise a check by the names in it, without literals and common keywords."""
        names = re.findall(r"[A-Za-z_]\w*", re.sub(r"'[^']*'", "", item.expression or ""))
        return frozenset(name.lower() for name in names) - _NOISE

    def live_problems(self, declared: Check, live: Check) -> Iterable[LiveProblem]:
        return not_validated(declared, live)

    def effect_of_change(self, change: str, declared: Check, live: Check) -> Effect:
        severity = Severity.WARNING if change == "no_inherit" else None
        return Effect(severity, RENAMED if change == "name" else of_flag(_IMPACT, change, live))

    def cells(self, item: Check) -> dict[str, str]:
        expression = "…" if item.expression is None else plain(item.expression)
        inherit = {"inherit": "NO INHERIT"} if item.no_inherit else {}
        return {"definition": f"CHECK ({expression})", **inherit, **state_clause(item)}


def _of_table(table: Any, declaration: Declaration) -> Iterator[Check]:
    """Yield the checks in the order of CREATE TABLE: those of columns, then the table's."""
    members = declaration.members(table)
    on_columns = [
        constraint
        for column in members.columns
        if column.constraints
        for constraint in sorted(column.constraints, key=creation_order)
    ]
    checks = (
        constraint
        for constraint in dict.fromkeys((*on_columns, *members.constraints))
        if hasattr(constraint, "sqltext") and declaration.is_created(constraint)
    )
    yield from declaration.each("check", checks, _declared)


def _declared(constraint: Any, declaration: Declaration) -> Check:
    return Check(
        **declaration.schema_and_table(table_of(constraint)),
        name=declaration.name_of(constraint),
        expression=declaration.sql(constraint.sqltext),
        validated=not option(constraint, "not_valid"),
    )


def _only(columns: Collection[str], item: Check) -> tuple[str, ...]:
    """Return the column that PostgreSQL puts into the name of a check: the only one it uses."""
    names = {
        match["quoted"].replace('""', '"') if match["quoted"] else match["name"].lower()
        for match in _NAME.finditer(item.expression or "")
        if (match["quoted"] or match["name"]) and not (match["type"] or match["more"])
    }
    used = tuple(names & set(columns))
    return used if len(used) == 1 else ()


_NAME = lazy_regex(
    r"""'(?:[^']|'')*' | (?P<type>::\s*)?
        (?: "(?P<quoted>(?:[^"]|"")+)" | (?P<name>[^\W\d][\w$]*) ) (?P<more>\s*[(.])?""",
    re.VERBOSE,
)
"""Quoted text, or a name, whether a type's after `::`, a function's or a table's."""

_NOISE = frozenset(
    "and or not is null in any all array between like ilike similar to true false text numeric "
    "integer bigint character varying double precision timestamp time zone with without".split()
)
