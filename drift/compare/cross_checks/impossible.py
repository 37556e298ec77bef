"""Declarations that PostgreSQL can never create: reported as such instead of as missing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeAlias

import msgspec

from drift.kinds.base import noun_of
from drift.kinds.impossible import FROZEN, IMPOSSIBLE
from drift.kinds.sql import types
from drift.lazy_regex import lazy_regex
from drift.model import ObjectRef, Problem, Schema
from drift.report.finding import Finding
from drift.texts import clip

_NO_GIN = lazy_regex(
    r"^(text|character varying|character|uuid|json|boolean|smallint|integer|bigint|numeric|real|"
    r"double precision|date|timestamp.*|time.*|bytea|inet)(\(|$| )"
)
_MOMENT = lazy_regex(r"^'\s*(now(\(\))?|today|tomorrow|yesterday)\s*'", re.IGNORECASE)

Table: TypeAlias = "tuple[str, str, str | None]"
"""A kind of object in a table of a schema."""

Reason = Callable[[Finding, Schema], "str | None"]


def report_impossible(findings: list[Finding], declared: Schema, live: Schema) -> list[Finding]:
    """Replace findings about objects that are missing or differ because of the declaration.

    An object that could not be read has one finding; it is neither missing nor extra as well.
    What a server has can be created.
    """
    if declared.complete:
        return findings
    problems = [p for p in declared.problems if _has_table(p, live)]
    unread = {(f"{state}-{p.object.kind}", p.object) for p in problems for state in _states(p)}
    unnamed = {_table(p.object) for p in problems if not p.object.name}
    judged = [
        _judged(f, declared)
        for f in findings
        if (f.rule, f.object) not in unread and not _may_be_unnamed(f, unnamed)
    ]
    return [*judged, *(_unwritten(problem) for problem in problems if not problem.optional)]


def _states(problem: Problem) -> tuple[str, ...]:
    return ("missing",) if problem.optional else ("missing", "extra")


def _table(ref: ObjectRef) -> Table:
    return ref.kind, ref.schema, ref.table


def _may_be_unnamed(finding: Finding, unnamed: Collection[Table]) -> bool:
    """Return whether an extra constraint has a name by PostgreSQL, and may be an unread one."""
    ref = finding.object
    name = rf"{re.escape(ref.table or '')[:40]}.*_(check|key|fkey|excl)\d*"
    return (
        finding.rule == f"extra-{ref.kind}"
        and _table(ref) in unnamed
        and bool(re.fullmatch(name, ref.name))
    )


def _has_table(problem: Problem, live: Schema) -> bool:
    """Return whether the object's table, if it has one, is a table on the live side, too."""
    ref = problem.object
    return ref.table is None or any(
        (table.schema, table.name) == (ref.schema, ref.table) and table.stores_rows
        for table in live.objects["table"]
    )


def _unwritten(problem: Problem) -> Finding:
    noun = noun_of(problem.object.kind)
    called = f"{noun} {problem.object.name}" if problem.object.name else f"a {noun} without a name"
    detail = f"cannot be created: {problem.reason}"
    return Finding(
        rule=IMPOSSIBLE.id,
        severity=IMPOSSIBLE.severity,
        object=problem.object,
        message=f"{called} {detail}",
        detail=detail,
        impact=IMPOSSIBLE.impact,
    )


def _judged(finding: Finding, declared: Schema) -> Finding:
    reason_of = _REASONS.get(finding.rule)
    reason = reason_of(finding, declared) if reason_of else None
    if reason is None:
        return finding
    frozen = finding.rule == "column-default-mismatch"
    rule, gap = (FROZEN, ": ") if frozen else (IMPOSSIBLE, " ")
    return msgspec.structs.replace(
        finding,
        rule=rule.id,
        severity=rule.severity,
        message=f"{noun_of(finding.object.kind)} {finding.object.name}{gap}{reason}",
        detail=reason,
        impact=rule.impact,
    )


def _foreign_key(finding: Finding, declared: Schema) -> str | None:
    """Return the reason if nothing in the models keeps the referenced columns unique."""
    facts = finding.expected or {}
    target_table = (facts["target_schema"], facts["target_table"])
    wanted = set(facts["target_columns"])
    if not any((t.schema, t.name) == target_table for t in declared.objects["table"]):
        return None
    if any(columns == wanted for columns in _unique_columns(declared, target_table)):
        return None
    target = f"{facts['target_table']} ({', '.join(facts['target_columns'])})"
    return f"cannot be created: nothing in the models keeps {target} unique"


def _unique_columns(schema: Schema, table: tuple[str, str]) -> list[set[str]]:
    unique = [
        set(item.columns)
        for kind in ("primary-key", "unique")
        for item in schema.objects[kind]
        if (item.schema, item.table) == table
    ]
    for index in schema.objects["index"]:
        columns = [key.column for key in index.keys]
        plain = index.unique and index.predicate is None and None not in columns
        if plain and (index.schema, index.table) == table:
            unique.append(set(columns))
    return unique


def _index(finding: Finding, declared: Schema) -> str | None:
    """Return the reason if an index has no columns, a taken name, or a type unfit for GIN."""
    facts, ref = finding.expected or {}, finding.object
    if not facts["keys"]:
        return "cannot be created: it is declared without a column"
    names = Counter((i.schema, i.name) for i in declared.objects["index"])
    if names[ref.schema, ref.name] > 1:
        return "cannot be created: the models declare another index of the same name in this schema"
    if facts["method"] == "gin":
        columns = _types(declared, ref.schema, ref.table or "")
        for key in facts["keys"]:
            type_ = columns.get(key["column"] or "", "")
            if not key["opclass"] and not type_.endswith("[]") and _NO_GIN.match(type_):
                return f"cannot be created: {type_} has no default operator class for GIN"
    return None


def _types(schema: Schema, name: str, table: str) -> Mapping[str, str]:
    return {
        c.name: c.type for c in schema.objects["column"] if (c.schema, c.table) == (name, table)
    }


def _default(finding: Finding, declared: Schema) -> str | None:
    """Return the reason if a default is a string that PostgreSQL reads once."""
    facts: Any = finding.expected or {}
    actual: Any = finding.actual or {}
    if _MOMENT.match(facts["default"] or "") and types.family(facts["type"]).startswith(
        ("timestamp", "date", "time")
    ):
        models, database = (clip(str(side["default"])) for side in (facts, actual))
        return (
            f"default: models the string {models}, which is read once, when the column is created; "
            f"database {database}"
        )
    return None


_REASONS: Mapping[str, Reason] = {
    "missing-foreign-key": _foreign_key,
    "missing-index": _index,
    "column-default-mismatch": _default,
}
