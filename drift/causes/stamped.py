"""Finds revisions that the database says it has, and whose changes it does not have.

`alembic stamp` sets the version without running anything, and a migration that commits in between
can stop halfway. Both concern the last revisions: those before them did run.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import msgspec

from drift.causes.history import History, Revision, Step
from drift.causes.sides import Side, State
from drift.model import ObjectRef
from drift.report.finding import Finding

Key = tuple[str, ObjectRef]


class Unrun(msgspec.Struct, frozen=True):
    """A revision of which `absent` of `total` changes are absent; `keys` are these changes."""

    revision: Revision
    absent: int
    total: int
    keys: frozenset[Key]

    @property
    def whole(self) -> bool:
        """Whether no change of the revision is there."""
        return self.absent == self.total


def unrun(history: History, live: Side) -> list[Unrun]:
    """Return the last revisions of which no change is in the database, the latest first.

    If only a part of the last revision is there, it is returned alone. A revision without a change
    that can be seen, such as one of data, counts as either.
    """
    results: list[Unrun] = []
    for before, after in reversed(list(pairwise(history.applied))):
        own = _unrun(before, after, live)
        if own is None:
            continue
        if own.absent == 0 or (results and not own.whole):
            break
        results.append(own)
        if not own.whole:
            break
    return results


def _unrun(before: Step, after: Step, live: Side) -> Unrun | None:
    """Return the absent changes of a revision; None if it changes nothing that can be seen."""
    changes = list(_changes(before.side, after.side))
    if not changes or after.revision is None:
        return None
    absent = [key for key, finding, old in changes if live.state(finding) == old]
    return Unrun(after.revision, len(absent), len(changes), frozenset(absent))


def _changes(before: Side, after: Side) -> Iterator[tuple[Key, Finding, State]]:
    """Yield the changes of a revision: the key, a finding about it, and the state before it.

    A change of one table's existence is one change, independent of its columns.
    """
    seen: set[Key] = set()
    for finding in (*before.findings, *after.findings):
        key = (finding.rule, finding.object)
        old = before.state(finding)
        if key not in seen and old != after.state(finding):
            seen.add(key)
            yield key, finding, old
