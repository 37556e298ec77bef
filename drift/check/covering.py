"""Whether an ignore entry covers a finding: all of it, or some of its changed attributes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from fnmatch import fnmatchcase

from drift.compare.clauses import reduced
from drift.config import IgnoreEntry
from drift.report.finding import Finding

_WILDCARDS = frozenset("*?[")


class Entries:
    """Ignore entries by the objects that they name: thousands are looked up for each finding."""

    def __init__(self, entries: Iterable[IgnoreEntry]) -> None:
        self._entries = tuple(entries)
        self._named: dict[str, list[int]] = defaultdict(list)
        self._patterns: list[int] = []
        for number, entry in enumerate(self._entries):
            is_name = _WILDCARDS.isdisjoint(entry.object)
            (self._named[entry.object] if is_name else self._patterns).append(number)

    def about(self, finding: Finding) -> list[IgnoreEntry]:
        """Return the entries that cover a finding or some of it, in their order."""
        return [self._entries[number] for number in self.numbers(finding)]

    def numbers(self, finding: Finding) -> list[int]:
        """Return the positions of those entries."""
        named = (number for path in paths(finding) for number in self._named.get(path, ()))
        candidates = sorted({*self._patterns, *named})
        return [number for number in candidates if is_about(self._entries[number], finding)]

    def at(self, numbers: Iterable[int]) -> list[IgnoreEntry]:
        """Return the entries at some positions."""
        return [self._entries[number] for number in numbers]


def paths(finding: Finding) -> set[str]:
    """Return the names by which an entry can cover a finding: its object's and its table's."""
    ref = finding.object
    return {ref.path, f"{ref.schema}.{ref.table}"} if ref.table else {ref.path}


def covers(entry: IgnoreEntry, finding: Finding) -> bool:
    """Return whether an entry covers a finding as a whole."""
    return is_about(entry, finding) and finding.changes.keys() <= attributes(entry, finding)


def is_about(entry: IgnoreEntry, finding: Finding) -> bool:
    """Return whether an entry covers a finding or some of it.

    An entry covers its rule, on its object or on everything within its table. One for an attribute
    covers findings in which that attribute differs.
    """
    return (
        _matches(finding.rule, entry.rule)
        and any(_matches(path, entry.object) for path in paths(finding))
        and (entry.kind is None or _matches(finding.object.kind, entry.kind))
        and (entry.attribute is None or bool(attributes(entry, finding)))
    )


def _matches(name: str, pattern: str) -> bool:
    """Return whether a pattern matches; one without wildcards is only compared, which is quick."""
    if _WILDCARDS.isdisjoint(pattern):
        return name == pattern
    return fnmatchcase(name, pattern)


def attributes(entry: IgnoreEntry, finding: Finding) -> set[str]:
    """Return the changed attributes that an entry covers; `identity` covers `identity.start`."""
    if entry.attribute is None:
        return set(finding.changes)
    return {name for name in finding.changes if _names(entry.attribute, name)}


def _names(pattern: str, attribute: str) -> bool:
    words = attribute.split(".")
    return any(_matches(".".join(words[:n]), pattern) for n in range(1, len(words) + 1))


def divided(
    finding: Finding, entries: Sequence[IgnoreEntry]
) -> tuple[Finding | None, Finding | None]:
    """Return the rest of a finding without the attributes of entries, and the covered parts."""
    covered = {name for entry in entries for name in attributes(entry, finding)}
    remaining = finding.changes.keys() - covered
    if not entries:
        return finding, None
    if not remaining or any(entry.attribute is None for entry in entries):
        return None, finding
    return _part(finding, remaining), _part(finding, covered)


def _part(finding: Finding, names: Collection[str]) -> Finding:
    return reduced(finding, names) if finding.clauses else finding
