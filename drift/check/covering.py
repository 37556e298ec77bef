"""Whether an ignore entry covers a finding: all of it, or some of its changed attributes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from fnmatch import fnmatchcase

from drift.compare.clauses import reduced
from drift.config import IgnoreEntry
from drift.report.finding import Finding

_WILDCARDS = frozenset("*?[")


def covers(entry: IgnoreEntry, finding: Finding) -> bool:
    """Return whether an entry covers a finding as a whole."""
    return is_about(entry, finding) and finding.changes.keys() <= attributes(entry, finding)


def is_about(entry: IgnoreEntry, finding: Finding) -> bool:
    """Return whether an entry covers a finding or some of it.

    An entry covers its rule, on its object or on everything within its table. One for an attribute
    covers findings in which that attribute differs.
    """
    ref = finding.object
    paths = {ref.path, f"{ref.schema}.{ref.table}" if ref.table else ref.path}
    return (
        _matches(finding.rule, entry.rule)
        and any(_matches(path, entry.object) for path in paths)
        and (entry.kind is None or _matches(ref.kind, entry.kind))
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
    """Return what remains of a finding without the attributes of entries, and what they cover."""
    covered = {name for entry in entries for name in attributes(entry, finding)}
    remaining = finding.changes.keys() - covered
    if not entries:
        return finding, None
    if not remaining or any(entry.attribute is None for entry in entries):
        return None, finding
    return _part(finding, remaining), _part(finding, covered)


def _part(finding: Finding, names: Collection[str]) -> Finding:
    return reduced(finding, names) if finding.clauses else finding
