"""Makes the ignore entries of accepted findings, and decides on their lists."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

import msgspec

from drift.accept.choice import Pair
from drift.accept.patterns import object_pattern
from drift.accept.yaml_text import Fields
from drift.check.covering import is_about, paths
from drift.config import IgnoreEntry
from drift.formats.vocabulary import plural, worst
from drift.report.finding import Finding


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """The terms that all entries of one call share."""

    reason: str
    until: datetime.date | None = None
    attribute: str | None = None


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of one list, and the targets and findings that it is for."""

    ignore: IgnoreEntry
    section: str | None
    pairs: tuple[Pair, ...]

    @property
    def fields(self) -> Fields:
        """The keys of the entry, as they are written."""
        known = ("rule", "object", "attribute", "kind", "reason", "until")
        values = {name: getattr(self.ignore, name) for name in known}
        return {name: str(value) for name, value in values.items() if value is not None}

    @property
    def comment(self) -> str:
        """The severity, and the fingerprint or the number of targets."""
        level = worst(finding for _, finding in self.pairs)
        fingerprints = {finding.fingerprint for _, finding in self.pairs}
        if len(fingerprints) == 1:
            return f"{level} {fingerprints.pop()}"
        return f"{level} in {plural(len(self.pairs), 'target')}"

    @property
    def order(self) -> tuple[str, ...]:
        """By object, then by rule."""
        return self.ignore.object, self.ignore.rule, self.ignore.kind or ""


def made(
    chosen: Sequence[Pair],
    others: Iterable[Pair],
    terms: Terms,
    section_of: Callable[[Collection[str]], Sequence[str | None]],
) -> list[Entry]:
    """Return the entries for the chosen findings, sorted.

    `others` are all other findings: an entry names the kind of its object if it would cover one of
    those. `section_of` returns the lists for findings of some targets; None is the shared one.
    """
    rest: dict[str, list[Finding]] = defaultdict(list)
    for _, finding in others:
        for path in paths(finding):
            rest[path].append(finding)
    groups: dict[IgnoreEntry, list[Pair]] = defaultdict(list)
    for pair in chosen:
        groups[_entry(pair[1], terms, rest)].append(pair)
    entries = []
    for ignore, pairs in groups.items():
        for section in section_of({target for target, _ in pairs}):
            own = [pair for pair in pairs if section is None or section_of({pair[0]}) == [section]]
            entries.append(Entry(ignore=ignore, section=section, pairs=tuple(own)))
    return sorted(entries, key=lambda entry: entry.order)


def _entry(finding: Finding, terms: Terms, others: Mapping[str, list[Finding]]) -> IgnoreEntry:
    entry = IgnoreEntry(
        rule=finding.rule,
        object=object_pattern(finding),
        attribute=terms.attribute,
        reason=terms.reason,
        until=terms.until,
    )
    near = others.get(finding.object.path, ())
    if _is_ambiguous(finding) or any(is_about(entry, other) for other in near):
        return msgspec.structs.replace(entry, kind=finding.object.kind)
    return entry


def _is_ambiguous(finding: Finding) -> bool:
    """Return whether the entry of a table would cover its columns, too, now or later."""
    ref = finding.object
    return ref.kind == "table" and "table" not in finding.rule.split("-")
