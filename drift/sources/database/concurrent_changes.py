"""Finds the changes of other sessions while a database was read.

Rows of the catalog are as the statement's snapshot has them. But expressions and types are printed
by functions of the server that read the present: they name columns, types, labels, functions and
sequences as these are called a moment later, or fail if the object is dropped.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

import msgspec

from drift.kinds import KINDS
from drift.report.finding import Finding
from drift.sources.database.connection import Timeouts
from drift.sources.database.row_versions import VERSION_CTES, VERSIONS
from drift.sources.database.scope import Scope, scope_ctes
from drift.sources.database.session import Session

Versions = Mapping[str, int]


def changed_since(
    versions: Versions, session: Session, scope: Scope, timeouts: Timeouts, *, begins: bool = False
) -> frozenset[str]:
    """Return the tables, types and sequences that changed since the catalog statement began.

    The settings come first: questions about types and expressions have changed some of them.
    `begins`: the statement is the first one of another session.
    """
    return _differing(versions, _versions(session, scope, timeouts, begins=begins))


def changing(session: Session, scope: Scope, timeouts: Timeouts) -> frozenset[str]:
    """Return the tables, types and sequences that change at this moment."""
    first = _versions(session, scope, timeouts, begins=True)
    session.rollback()
    second = _versions(session, scope, timeouts, begins=True)
    session.rollback()
    return _differing(first, second)


def _versions(session: Session, scope: Scope, timeouts: Timeouts, *, begins: bool) -> Versions:
    rows = session.rows(f"{scope_ctes(scope)}{VERSION_CTES}{VERSIONS}", timeouts, begins=begins)
    documents = [document for document, _ in rows if document is not None]
    versions: Versions = msgspec.json.decode(documents[-1]) if documents else {}
    return versions


def _differing(before: Versions, now: Versions) -> frozenset[str]:
    return frozenset(name for name in before.keys() | now if before.get(name) != now.get(name))


_MISSING = frozenset(
    f"missing-{kind.name}"
    for kind in KINDS
    if kind.lives_in == "schema" and kind.name not in {"schema", "table"}
)
"""Rules about objects that may have another name or schema at the moment: they are not among the
names that changed, because they were not read."""


def without_changing(
    findings: Collection[Finding], changed: Collection[str]
) -> tuple[tuple[Finding, ...], set[str]]:
    """Return the findings about stable objects, and the names of the objects in the others."""
    kept, doubtful = [], set[str]()
    for finding in findings:
        subjects = set(_subjects(finding))
        if finding.rule not in _MISSING:
            subjects &= set(changed)
        doubtful |= subjects
        if not subjects:
            kept.append(finding)
    return tuple(kept), doubtful


def _subjects(finding: Finding) -> Iterator[str]:
    """Yield the table, type or sequence of a finding, and the target of a foreign key."""
    ref = finding.object
    yield f"{ref.schema}.{ref.table or ref.name}"
    for side in (finding.expected, finding.actual):
        if side and "target_table" in side:
            yield f"{side['target_schema']}.{side['target_table']}"
