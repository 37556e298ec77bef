"""Finds the structs of both sides for each finding of a comparison."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from drift.adopt.subject import Subject
from drift.compare.comparator import Match
from drift.kinds import KINDS
from drift.model import ObjectRef
from drift.report.finding import Finding

_KINDS = {kind.name: kind for kind in KINDS}


def subjects(findings: Iterable[Finding], matches: Iterable[Match]) -> Iterator[Subject]:
    """Yield each finding with the structs of its object.

    The declared struct and the live one can be of two kinds: a unique constraint that is only a
    unique index in the database is one finding.
    """
    declared: dict[ObjectRef, Match] = {}
    live: dict[ObjectRef, Match] = {}
    for match in matches:
        kind = _KINDS[match.kind]
        if match.declared is not None:
            declared[kind.ref(match.declared)] = match
        if match.live is not None:
            live[kind.ref(match.live)] = match
    for finding in findings:
        yield _subject(finding, declared, live)


def _subject(
    finding: Finding, declared: dict[ObjectRef, Match], live: dict[ObjectRef, Match]
) -> Subject:
    ref = finding.object
    own = declared.get(ref) if finding.expected is not None else None
    other = live.get(ref) if finding.actual is not None else None
    if other is None and "kind" in finding.changes:
        other = _other_kind(ref, live)
    if own is None and "kind" in finding.changes:
        own = _other_kind(ref, declared)
    both = own or other
    return (
        Subject(
            finding,
            ref.kind,
            own.declared if own else (other.declared if other and finding.expected else None),
            other.live if other else (own.live if own and finding.actual else None),
        )
        if both
        else Subject(finding, ref.kind, None, None)
    )


def _other_kind(ref: ObjectRef, matches: dict[ObjectRef, Match]) -> Match | None:
    for kind in ("unique", "index"):
        match = matches.get(ObjectRef(kind, ref.schema, ref.table, ref.name))
        if match is not None:
            return match
    return None
