"""Objects that the models declare twice: if one of the two exists, the other changes nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable
from typing import TypeAlias

import msgspec

from drift.kinds.check import CheckKind
from drift.kinds.exclusion import ExclusionKind
from drift.kinds.foreign_key.kind import ForeignKeyKind
from drift.kinds.index.kind import IndexKind
from drift.kinds.sides import Sides, sides_of
from drift.kinds.unique import UniqueKind
from drift.model import ObjectRef, Schema, Severity
from drift.report.finding import Finding

_KINDS = (ForeignKeyKind(), CheckKind(), IndexKind())
_FOLDED = (UniqueKind(), ExclusionKind())
"""CREATE TABLE creates equal ones once, so that models leave the number open."""

Groups: TypeAlias = dict[tuple[str, Hashable], list[Finding | None]]


def demote_twins(findings: list[Finding], declared: Schema, live: Schema) -> list[Finding]:
    """Turn a missing object into `info` if another declared one says the same and exists."""
    missing: dict[ObjectRef, list[Finding]] = defaultdict(list)
    for finding in findings:
        if finding.rule.startswith("missing-"):
            missing[finding.object].append(finding)
    demoted = {
        id(finding): _demoted(finding, sides_of(declared, live))
        for group in (_groups(declared, missing).values() if missing else ())
        if None in group
        for finding in group
        if finding is not None
    }
    return [demoted.get(id(finding), finding) for finding in findings]


def _groups(declared: Schema, missing: dict[ObjectRef, list[Finding]]) -> Groups:
    """Group objects that say the same: a finding per missing one, None per existing one."""
    tables = {(ref.kind, ref.schema, ref.table) for ref in missing}
    groups: Groups = defaultdict(list)
    for kind in (*_KINDS, *(_FOLDED if declared.complete else ())):
        for item in declared.objects.get(kind.name, ()):
            if (kind.name, item.schema, item.table) in tables:
                absent = missing.get(kind.ref(item))
                groups[kind.name, kind.equality_key(item)].append(absent.pop() if absent else None)
    return groups


def _demoted(finding: Finding, sides: Sides) -> Finding:
    who = "the models declare" if sides.are_usual else f"{sides.in_expected} has"
    remark = f"; {who} it twice, and the other one exists"
    return msgspec.structs.replace(
        finding,
        severity=Severity.INFO,
        message=finding.message + remark,
        detail=finding.detail + remark,
        impact="No effect today: the other one says the same.",
    )


def demote_repeats(findings: list[Finding], declared: Schema, live: Schema) -> list[Finding]:
    """Turn an extra constraint into `info` if it repeats a declared one, which exists as well."""
    extra = {finding.object for finding in findings if finding.rule in _EXTRA}
    if not extra:
        return findings
    repeats = {
        kind.ref(item)
        for kind in _REPEATED
        for declared_keys in [
            {kind.equality_key(item) for item in declared.objects.get(kind.name, ())}
        ]
        for item in live.objects.get(kind.name, ())
        if kind.ref(item) in extra and kind.equality_key(item) in declared_keys
    }
    return [
        _repeat(finding, sides_of(declared, live)) if finding.object in repeats else finding
        for finding in findings
    ]


_REPEATED = (ForeignKeyKind(), CheckKind())
_EXTRA = frozenset(f"extra-{kind.name}" for kind in _REPEATED)


def _repeat(finding: Finding, sides: Sides) -> Finding:
    noun = finding.object.kind.replace("-", " ")
    remark = f"; it repeats a {noun} of {sides.in_expected}, which exists as well"
    return msgspec.structs.replace(
        finding,
        severity=Severity.INFO,
        message=finding.message.replace(" but no model declares it", "") + remark,
        detail=finding.detail + remark,
        impact="No effect today: the other one says the same.",
    )
