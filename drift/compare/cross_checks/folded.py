"""Constraints that CREATE TABLE creates once, though the models declare them twice.

PostgreSQL folds a UNIQUE over the primary key's columns, and equal UNIQUE or EXCLUDE constraints
of one CREATE TABLE. Migrations that add them one by one make them all. Both are right.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator
from typing import Any, TypeAlias

from drift.kinds.exclusion import ExclusionKind
from drift.kinds.unique import Unique, UniqueKind
from drift.model import ObjectRef, Schema
from drift.report.finding import Finding

_KINDS = (UniqueKind(), ExclusionKind())
Key: TypeAlias = "tuple[str, Hashable]"


def forget_folded(findings: list[Finding], declared: Schema, _live: Schema) -> list[Finding]:
    """Keep one finding at most of constraints that say the same, and none if another exists.

    A server that has several made them one by one.
    """
    if declared.complete:
        return findings
    missing: dict[ObjectRef, list[Finding]] = defaultdict(list)
    for finding in findings:
        if finding.rule in {"missing-unique", "missing-exclusion"}:
            missing[finding.object].append(finding)
    gone = {id(finding) for finding in _folded(declared, missing)} if missing else ()
    return [finding for finding in findings if id(finding) not in gone]


def _folded(declared: Schema, missing: dict[ObjectRef, list[Finding]]) -> Iterator[Finding]:
    """Yield the findings about constraints that need not exist next to an equal one."""
    keys = {_of_primary_key(key) for key in declared.objects.get("primary-key", ())}
    for key, items in _groups(declared).items():
        refs = [(ObjectRef(key[0], i.schema, i.table, i.name or i.called), i) for i in items]
        absent = [missing[ref].pop() for ref, _ in refs if missing.get(ref)]
        if key in keys or len(absent) < len(items):
            yield from absent
        else:
            yield from absent[1:]


def _groups(declared: Schema) -> dict[Key, list[Any]]:
    """Group the declared constraints that say the same, those with a name first."""
    groups: dict[Key, list[Any]] = defaultdict(list)
    for kind in _KINDS:
        items = sorted(declared.objects.get(kind.name, ()), key=lambda item: item.name is None)
        for item in items:
            groups[kind.name, kind.equality_key(item)].append(item)
    return groups


def _of_primary_key(key: Any) -> Key:
    """Return the key of the UNIQUE constraints that a primary key makes redundant."""
    same = Unique(
        schema=key.schema,
        table=key.table,
        name=None,
        columns=key.columns,
        deferrable=key.deferrable,
        initially_deferred=key.initially_deferred,
        include=key.include,
    )
    return "unique", same
