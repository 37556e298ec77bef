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
    """Return the finding with its match: by the live name, unless only the models have it."""
    ref = finding.object
    if "kind" in finding.changes:
        own, other = _other_kind(ref, declared), _other_kind(ref, live)
        return Subject(finding, ref.kind, own and own.declared, other and other.live)
    missing, extra = finding.actual is None, finding.expected is None
    by_name = (declared, live) if missing and not extra else (live, declared)
    match = by_name[0].get(ref) or by_name[1].get(ref)
    if match is None:
        return Subject(finding, ref.kind, None, None)
    return Subject(finding, ref.kind, match.declared, match.live)


def _other_kind(ref: ObjectRef, matches: dict[ObjectRef, Match]) -> Match | None:
    for kind in ("unique", "index"):
        match = matches.get(ObjectRef(kind, ref.schema, ref.table, ref.name))
        if match is not None:
            return match
    return None
