"""Indexes that back no constraint."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

import msgspec

from drift.kinds.base import Ask, Effect, Kind, LiveProblem, presence_rules
from drift.kinds.constraint import include_clause
from drift.kinds.index import impact as index_impact
from drift.kinds.index.index import Index, IndexFacts
from drift.kinds.index.key import (
    comparable_keys,
    filled_keys,
    keys_value,
    own,
)
from drift.kinds.index.key_parser import declared_keys
from drift.kinds.metadata.declaration import Declaration
from drift.kinds.metadata.options import (
    assumed_storage,
    comparable_storage,
    included,
    option,
    storage,
)
from drift.model import Rule, Severity

RULES = (
    *presence_rules(
        "index",
        missing=(
            (
                "Queries that count on the index are slow; a missing unique index lets "
                "duplicates in and makes ON CONFLICT fail."
            ),
            "CREATE INDEX CONCURRENTLY, in a migration of its own.",
        ),
        extra=(
            "Writes are slower; a unique one can refuse inserts that the models allow.",
            (
                "Declare the Index, or DROP INDEX CONCURRENTLY. Add an ignore entry if a DDL "
                "listener of the project creates it."
            ),
        ),
        mismatch=(
            "Queries or uniqueness that count on the index as declared do not get it.",
            "Create the index as declared next to the old one, then drop the old one.",
        ),
    ),
    Rule(
        id="invalid-index",
        severity=Severity.ERROR,
        summary="The index exists but is INVALID: a CREATE INDEX CONCURRENTLY failed half-way.",
        impact="No query uses it, a unique one does not guard old rows, and every write pays.",
        remedy="REINDEX INDEX CONCURRENTLY, or drop it and create it again.",
    ),
)

SQL = """
SELECT i.schema, i."table", i.name, i.method, i."unique", i.valid, i.locked,
       NOT i.valid AND EXISTS (
         SELECT FROM works w WHERE w.relation = i.oid OR w.relation = i.relation AND w.makes_index
         OFFSET 0)
         AS under_way,
       i.nulls_not_distinct, i.predicate, i.include, i.storage, i.keys
FROM indexes i
-- the copy that a REINDEX CONCURRENTLY works on: one that it left behind has no lock any more
WHERE NOT i.is_exclusion
  AND NOT (NOT i.valid AND i.name ~ '_cc(new|old)[0-9]*$'
           AND i.oid IN (SELECT relation FROM works))
"""
_INVALID = "INVALID (a CREATE INDEX or REINDEX CONCURRENTLY did not finish)"


class IndexKind(Kind[Index]):
    """Indexes are paired by content, then by name."""

    name = "index"
    struct = Index
    hidden_by_locks = True
    left_open = ("storage",)
    paired_by_content = True
    sql = SQL
    rules = RULES
    facts = IndexFacts
    other_changes = frozenset({"kind"})
    cell_of: ClassVar = {
        "unique": "unique",
        "include": "include",
        "nulls_not_distinct": "nulls",
        "storage": "storage",
        "predicate": "where",
        "valid": "state",
    }

    def declare(self, declaration: Declaration) -> Iterable[Index]:
        for table in declaration.tables:
            created = filter(declaration.is_created, table.indexes)
            yield from declaration.each("index", created, _declared)

    def comparable(self, item: Index, ask: Ask) -> dict[str, Any]:
        return {
            **comparable_keys(item, ask),
            "unique": item.unique,
            "method": item.method,
            "include": item.include,
            "nulls_not_distinct": item.nulls_not_distinct,
            "storage": comparable_storage(item.storage),
        }

    def equality_key(self, item: Index) -> Index:
        keys = tuple(map(own, item.keys))
        return msgspec.structs.replace(item, name=None, keys=keys)

    def with_server_defaults(self, declared: Index, live: Index) -> Index:
        keys = filled_keys(declared.keys, live.keys)
        storage = assumed_storage(declared.storage, live.storage)
        if keys == declared.keys and storage == declared.storage:
            return declared
        return msgspec.structs.replace(declared, keys=keys, storage=storage)

    def reported_extra(self, item: Index) -> bool:
        return not item.under_way

    def live_problems(self, declared: Index, live: Index) -> Iterable[LiveProblem]:
        if not live.valid and not live.under_way:
            text, impact = "is INVALID: its build did not finish", index_impact.of_invalid(live)
            yield LiveProblem("invalid-index", "valid", text, impact)

    def effect_of_missing(self, item: Index) -> Effect:
        severity = Severity.ERROR if item.unique else Severity.WARNING
        return Effect(severity, index_impact.of_missing(item))

    def effect_of_extra(self, item: Index) -> Effect:
        return Effect(None, index_impact.of_extra(item))

    def effect_of_change(self, change: str, declared: Index, live: Index) -> Effect:
        impact = index_impact.of_change(change, declared, live)
        return Effect(_severity(change, declared, live), impact)

    def derived_facts(self, item: Index) -> dict[str, Any]:
        return {"keys": keys_value(item.keys), "storage": dict(item.storage)}

    def cells(self, item: Index) -> dict[str, str]:
        keys = ", ".join(key.text for key in item.keys)
        storage = ", ".join(f"{name}={value}" for name, value in item.storage)
        cells = {
            "unique": "UNIQUE" if item.unique else "",
            "definition": f"INDEX USING {item.method} ({keys})",
            **include_clause(item.include),
            "nulls": "NULLS NOT DISTINCT" if item.nulls_not_distinct else "",
            "storage": f"WITH ({storage})" if storage else "",
            "where": f"WHERE {item.predicate}" if item.predicate else "",
            "state": "" if item.valid else _INVALID,
        }
        return {name: text for name, text in cells.items() if text}


_OF_UNIQUENESS = {"unique", "predicate", "nulls_not_distinct"}


def _severity(change: str, declared: Index, live: Index) -> Severity:
    """Return an error if other rows are unique: duplicates get in, or inserts are refused."""
    if change.startswith("storage"):
        return Severity.INFO
    if not declared.unique and change != "unique":
        return Severity.WARNING
    if change == "keys" and index_impact.indexes_others(declared, live):
        return Severity.ERROR
    return Severity.ERROR if change in _OF_UNIQUENESS else Severity.WARNING


def _declared(index: Any, declaration: Declaration) -> Index:
    predicate = option(index, "where")
    if not (predicate is None or isinstance(predicate, str)):
        predicate = declaration.sql(predicate)
    return Index(
        **declaration.schema_and_table(index.table),
        name=declaration.name_of(index),
        keys=tuple(
            key
            for element in index.expressions
            for key in declared_keys(element, index, declaration)
        ),
        method="".join(str(option(index, "using") or "btree").split()).lower(),
        unique=bool(index.unique),
        nulls_not_distinct=bool(option(index, "nulls_not_distinct")),
        predicate=predicate,
        storage=storage(index),
        include=included(index),
    )
