"""EXCLUDE constraints."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Annotated, Any, ClassVar

import msgspec

from drift.kinds.base import Ask, Effect, Kind, presence_rules
from drift.kinds.constraint import DEFERRABLE_CELLS, deferrable_clause
from drift.kinds.facts import DeferrableFacts, Method, SqlText, Strings, means
from drift.kinds.index.key import (
    IndexKey,
    KeyFacts,
    comparable_keys,
    filled_keys,
    keys_value,
)
from drift.kinds.index.key_parser import parse_key
from drift.kinds.metadata.declaration import Declaration
from drift.kinds.metadata.names import generated_name, named
from drift.kinds.metadata.options import deferrability
from drift.kinds.metadata.sqlalchemy_adapter import exclusion_elements
from drift.kinds.shared_impacts import DEFERRABLE, RENAMED, of_flag
from drift.kinds.sql.catalog import rows_of
from drift.model import DatabaseObject


class Exclusion(DatabaseObject, frozen=True, kw_only=True):
    """An exclusion constraint: each key with the operator that must not hold between two rows."""

    keys: tuple[IndexKey, ...]
    operators: tuple[str, ...]
    method: str = "gist"
    predicate: str | None = None
    deferrable: bool = False
    initially_deferred: bool = False


class ExclusionFacts(DeferrableFacts, frozen=True, kw_only=True):
    """An exclusion constraint."""

    keys: tuple[KeyFacts, ...]
    operators: Annotated[Strings, means("The operator of each key, such as `&&`.")]
    method: Method
    predicate: SqlText


RULES = presence_rules(
    "exclusion",
    missing=(
        "Rows that clash get in, which the models rule out.",
        "ALTER TABLE … ADD CONSTRAINT … EXCLUDE once the rows that clash are fixed.",
    ),
    extra=(
        "Inserts that the models allow can be refused.",
        "Declare the ExcludeConstraint, or drop it.",
    ),
    mismatch=(
        "Another rule than the models' decides which rows clash.",
        "Drop the constraint and add it as declared, or change the model.",
    ),
)

SQL = f"""
SELECT i.schema, i."table", k.conname AS name, i.method, i.keys,
       (SELECT pg_catalog.json_agg(p.oprname ORDER BY x.ordinal)
        FROM pg_catalog.unnest(k.conexclop) WITH ORDINALITY x(operator, ordinal),
             pg_catalog.pg_operator p WHERE p.oid = x.operator) AS operators,
       i.predicate, k.condeferrable AS deferrable, k.condeferred AS initially_deferred
FROM indexes i
{
    rows_of(
        "pg_constraint",
        "k",
        "i.is_exclusion AND k.conrelid = i.relation AND k.contype = 'x' AND k.conindid = i.oid",
        "k.conname, k.conexclop, k.condeferrable, k.condeferred",
    )
}
"""


class ExclusionKind(Kind[Exclusion]):
    """Exclusion constraints are paired by content, then by name."""

    name = "exclusion"
    struct = Exclusion
    hidden_by_locks = True
    paired_by_content = True
    sql = SQL
    rules = RULES
    facts = ExclusionFacts
    cell_of: ClassVar = {"predicate": "where", **DEFERRABLE_CELLS}

    def declare(self, declaration: Declaration) -> Iterable[Exclusion]:
        for table in declaration.tables:
            exclusions = (
                constraint
                for constraint in declaration.members(table).constraints
                if exclusion_elements(constraint) is not None and declaration.is_created(constraint)
            )
            declared = declaration.each("exclusion", exclusions, _declared)
            yield from named(declared, _key_names, "excl")

    def comparable(self, item: Exclusion, ask: Ask) -> dict[str, Any]:
        return {
            **comparable_keys(item, ask),
            "operators": item.operators,
            "method": item.method,
            "deferrable": item.deferrable,
            "initially_deferred": item.initially_deferred,
        }

    def with_server_defaults(self, declared: Exclusion, live: Exclusion) -> Exclusion:
        return msgspec.structs.replace(declared, keys=filled_keys(declared.keys, live.keys))

    def rename_key(self, item: Exclusion) -> Hashable | None:
        return "exclusion"

    def label(self, item: Exclusion) -> str:
        return (
            item.name or item.called or generated_name(item.table or "", _key_names(item), "excl")
        )

    def effect_of_change(self, change: str, declared: Exclusion, live: Exclusion) -> Effect:
        return Effect(None, RENAMED if change == "name" else of_flag(DEFERRABLE, change, live))

    def derived_facts(self, item: Exclusion) -> dict[str, Any]:
        return {"keys": keys_value(item.keys)}

    def cells(self, item: Exclusion) -> dict[str, str]:
        parts = (
            f"{key.text} WITH {operator}"
            for key, operator in zip(item.keys, item.operators, strict=False)
        )
        definition = {"definition": f"EXCLUDE USING {item.method} ({', '.join(parts)})"}
        predicate = {"where": f"WHERE {item.predicate}"} if item.predicate else {}
        return definition | predicate | deferrable_clause(item)


def _key_names(item: Exclusion) -> list[str]:
    return [key.column or "expr" for key in item.keys]


def _declared(constraint: Any, declaration: Declaration) -> Exclusion:
    columns = declaration.members(constraint.table).names
    keys, operators = [], []
    for expression, _name, operator in exclusion_elements(constraint) or ():
        after = constraint.ops.get(getattr(expression, "key", None)) or ""
        keys.append(parse_key(f"{declaration.sql(expression)} {after}", columns))
        operators.append(str(operator))
    predicate = constraint.where
    return Exclusion(
        **declaration.schema_and_table(constraint.table),
        name=declaration.name_of(constraint),
        keys=tuple(keys),
        operators=tuple(operators),
        method=str(constraint.using).lower(),
        predicate=None if predicate is None else declaration.sql(predicate),
        **deferrability(constraint),
    )
