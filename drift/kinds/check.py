"""CHECK constraints."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable
from typing import Any

from drift.kinds.constraint import NOT_VALIDATED, newer, not_validated, option
from drift.kinds.declaration import Declaration
from drift.kinds.kind import Ask, Kind, presence_rules
from drift.kinds.naming import generated_name
from drift.model import DatabaseObject, Expression, Severity


class Check(DatabaseObject, frozen=True, kw_only=True):
    """A CHECK; `expression` is SQL, None where another session's lock hides it."""

    expression: str | None
    validated: bool = True
    no_inherit: bool = False
    enforced: bool = True


RULES = (
    *presence_rules(
        "check",
        missing="Values that the models count on never to exist get in.",
        extra="Inserts that the models allow can be refused.",
        mismatch="Values are accepted or refused by another rule than the models'.",
        remedies=(
            "ALTER TABLE … ADD CONSTRAINT … CHECK once offending rows are mended.",
            "Declare the CheckConstraint, or drop it.",
            "Drop the constraint and add it as declared, or change the model.",
        ),
    ),
    NOT_VALIDATED,
)

SQL = f"""
SELECT r.schema, r.name AS "table", k.conname AS name,
       CASE WHEN NOT r.locked THEN pg_catalog.pg_get_expr(k.conbin, k.conrelid) END AS expression,
       k.convalidated AS validated, k.connoinherit AS no_inherit,
       {newer("conenforced", "pg_constraint", "k", "true")} AS enforced
FROM wanted r
JOIN pg_catalog.pg_constraint k ON k.conrelid = r.oid AND k.contype = 'c' AND k.conislocal
"""


class CheckKind(Kind[Check]):
    """Checks are paired by their expressions, then by name."""

    name = "check"
    struct = Check
    expressions = True
    sql = SQL
    rules = RULES

    def declare(self, declaration: Declaration) -> Iterable[Check]:
        for table in declaration.tables:
            on_columns = (c for column in table.columns for c in column.constraints)
            for constraint in {*table.constraints, *on_columns}:
                check = hasattr(constraint, "sqltext")
                if check and declaration.realised(constraint):
                    yield Check(
                        **declaration.place(table),
                        name=declaration.name_of(constraint),
                        expression=declaration.sql(constraint.sqltext),
                        validated=not option(constraint, "not_valid"),
                    )

    def facts(self, item: Check, ask: Ask) -> dict[str, Any]:
        expression = Expression(item.schema, item.table or "", item.expression or "")
        return {
            "expression": ask(expression),
            "no_inherit": item.no_inherit,
            "enforced": item.enforced,
        }

    def structure(self, facts: dict[str, Any]) -> Hashable | None:
        return tuple(facts.values())

    def kin(self, item: Check) -> Hashable | None:
        """Recognise a check by the words and numbers-free names in it."""
        words = re.findall(r"[A-Za-z_]\w*", re.sub(r"'[^']*'", "", item.expression or ""))
        return frozenset(word.lower() for word in words) - _NOISE

    def label(self, item: Check) -> str:
        return item.name or generated_name(item.table or "", (), "check")

    def judge(self, change: str, declared: Check, live: Check) -> tuple[str, Severity | None]:
        if change == "no_inherit":
            return "check-mismatch", Severity.WARNING
        return super().judge(change, declared, live)

    def states(self, declared: Check, live: Check) -> Iterable[tuple[str, str]]:
        return not_validated(declared, live)

    def describe(self, item: Check) -> str:
        return f"CHECK ({item.expression})"


_NOISE = frozenset(
    "and or not is null in any all array between like ilike similar to true false text numeric "
    "integer bigint character varying double precision timestamp time zone with without".split()
)
