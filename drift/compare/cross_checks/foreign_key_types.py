"""Foreign keys whose two ends PostgreSQL would refuse to compare."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from drift.kinds import RULES
from drift.kinds.foreign_key.foreign_key import ForeignKey
from drift.kinds.metadata.names import generated_name
from drift.kinds.sides import MODELS, Sides, sides_of
from drift.kinds.sql.type_families import refused
from drift.model import ObjectRef, Schema
from drift.report.finding import Finding

Types = Mapping[tuple[str, str], Mapping[str, str]]


def report_type_traps(findings: list[Finding], declared: Schema, live: Schema) -> list[Finding]:
    """Add a finding per foreign key, declared or live, that cannot be created or kept."""
    declared_types, live_types = declared.column_types, live.column_types
    sides = sides_of(declared, live)
    traps: dict[str, Finding] = {}
    for key in (*declared.objects.get("foreign-key", ()), *live.objects.get("foreign-key", ())):
        for finding in _traps(key, declared_types, live_types, sides):
            traps.setdefault(finding.object.path, finding)
    return [*findings, *traps.values()]


def _traps(key: ForeignKey, declared: Types, live: Types, sides: Sides) -> Iterator[Finding]:
    here, there = (key.schema, key.table or ""), (key.target_schema, key.target_table)
    wanted_here, wanted_there = declared.get(here, {}), declared.get(there, {})
    live_here, live_there = live.get(here, wanted_here), live.get(there, wanted_there)
    for own, target in zip(key.columns, key.target_columns, strict=True):
        now = (
            live_here.get(own, wanted_here.get(own)),
            live_there.get(target, wanted_there.get(target)),
        )
        if None in now:
            continue
        if refused(str(now[0]), str(now[1])):
            yield _finding(key, own, target, now, _NOW)
        elif now != (wanted := (wanted_here.get(own, now[0]), wanted_there.get(target, now[1]))):
            for half in ((wanted[0], now[1]), (now[0], wanted[1])):
                if refused(str(half[0]), str(half[1])):
                    yield _finding(key, own, target, half, _half_way(sides))
                    break


_NOW = "PostgreSQL refuses this foreign key"
_ONE_SIDE = "A migration that changes the type on one side only fails with 'cannot be implemented'."


def _half_way(sides: Sides) -> str:
    whose = "the models'" if sides.expected == MODELS else f"{sides.in_expected}'s"
    return f"{_NOW} once {whose} type is applied to one side only"


def _finding(
    key: ForeignKey, own: str, target: str, ends: tuple[Any, Any], verdict: str
) -> Finding:
    rule = RULES["foreign-key-type-mismatch"]
    name = key.name or key.called or generated_name(key.table or "", key.columns, "fkey")
    detail = (
        f"{key.table}.{own} is {ends[0]} and {key.target_table}.{target} is {ends[1]}: {verdict}"
    )
    return Finding(
        rule=rule.id,
        severity=rule.severity,
        object=ObjectRef("foreign-key", key.schema, key.table, name),
        message=f"foreign key {name}: {detail}",
        detail=detail,
        impact=rule.impact if verdict == _NOW else _ONE_SIDE,
        expected={"columns": (own,), "target": key.target, "target_columns": (target,)},
        actual={"type": ends[0], "target_type": ends[1]},
    )
