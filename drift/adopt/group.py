"""The findings about one object, in the order in which they are adopted."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from drift.adopt.subject import Subject
from drift.model import Location, ObjectRef


class Group:
    """All findings about one object, with its structs."""

    def __init__(self, subject: Subject) -> None:
        """Begin with the first of them."""
        self.kind = subject.kind
        self.object: ObjectRef = subject.finding.object
        self.declared: Any = subject.declared
        self.live: Any = subject.live
        self.location: Location | None = subject.finding.location
        self.rules: list[str] = []
        self.fingerprints: list[str] = []
        self.changes: frozenset[str] = frozenset()
        self.add(subject)

    def add(self, subject: Subject) -> None:
        """Take another finding about the same object."""
        finding = subject.finding
        self.rules.append(finding.rule)
        self.fingerprints.append(finding.fingerprint)
        self.changes |= {name.partition(".")[0] for name in finding.changes}
        self.location = self.location or finding.location

    @property
    def rank(self) -> int:
        """The position: objects that may name a column go before it, and come after it."""
        if self.kind in {"enum", "domain", "sequence"}:
            return 0
        if self.kind == "column":
            return 2 if self.live is not None else 3
        if self.kind == "table":
            return 6 if self.declared is not None else 7
        if self.live is None:
            return 1
        return 4 if self.kind == "primary-key" else 5


def groups(subjects: Iterable[Subject]) -> list[Group]:
    """Return the subjects by object, in the order in which they are adopted."""
    by_object: dict[tuple[ObjectRef, bool], Group] = {}
    for subject in subjects:
        cross = subject.finding.rule == "foreign-key-type-mismatch"
        key = subject.finding.object, cross
        if key in by_object:
            by_object[key].add(subject)
        else:
            by_object[key] = Group(subject)
    return sorted(by_object.values(), key=lambda group: group.rank)
