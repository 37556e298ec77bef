"""Sorts findings into kept and ignored, and reports ignore entries that have no effect."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase

import msgspec

from drift.check.covering import Entries, covers, divided
from drift.config import IgnoreEntry, Target
from drift.model import Severity
from drift.report.finding import Finding, Ignored
from drift.report.ignores import UnusedIgnore
from drift.report.report import Check
from drift.texts import nearest

MOST_PATHS = 1_000
"""Objects with findings among which a mistyped name is searched: each comparison takes time."""
OFF = "the rule is off in the configuration"


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """The findings, sorted, and the ignore entries without effect, with a note about each."""

    kept: tuple[Finding, ...]
    ignored: tuple[Ignored, ...] = ()
    unused: tuple[UnusedIgnore, ...] = ()
    notes: tuple[str, ...] = ()


def apply(
    findings: Iterable[Finding],
    *,
    ignore: Sequence[IgnoreEntry],
    severity: Mapping[str, Severity | None],
    today: datetime.date,
    unseen: Collection[str] = (),
) -> Outcome:
    """Set the configured severities, and take out the findings that ignore entries cover.

    Findings of the `unseen` rules were not looked for: an entry for them may match in another run.
    """
    current = [entry for entry in ignore if not _expired(entry, today)]
    kept, ignored = [], []
    used: set[int] = set()
    entries = Entries(current)
    for finding in findings:
        for part, about in _parts(entries, finding):
            used.update(id(entry) for entry in about)
            remaining, item = _judged(part, about, severity)
            kept += [remaining] if remaining else []
            ignored += [item] if item else []
    expired = [_unused(entry, entry.until) for entry in ignore if _expired(entry, today)]
    unused = [
        _unused(entry)
        for entry in current
        if id(entry) not in used and not any(fnmatchcase(rule, entry.rule) for rule in unseen)
    ]
    all_findings = (*kept, *(item.finding for item in ignored))
    paths = sorted({finding.object.path for finding in all_findings})
    return Outcome(
        kept=tuple(sorted(kept, key=lambda finding: finding.order)),
        ignored=tuple(sorted(ignored, key=lambda item: item.finding.order)),
        unused=(*expired, *unused),
        notes=(*map(_expired_note, expired), *(_unused_note(entry, paths) for entry in unused)),
    )


def _judged(
    finding: Finding, about: Sequence[IgnoreEntry], severities: Mapping[str, Severity | None]
) -> tuple[Finding | None, Ignored | None]:
    """Return the kept part of a finding, with its severity, and the ignored part."""
    if _level(finding, severities) is None:
        return None, Ignored(finding=_leveled(finding, severities), reason=OFF)
    kept, covered = divided(finding, about)
    item = None
    if covered is not None:
        whole = [entry for entry in about if covers(entry, finding)] or about
        item = Ignored(
            finding=_leveled(covered, severities),
            reason=whole[0].reason,
            declared_at=whole[0].declared_at,
        )
    return kept and _leveled(kept, severities), item


def _leveled(finding: Finding, severities: Mapping[str, Severity | None]) -> Finding:
    """Return a finding with its configured severity, without its clauses."""
    level = _level(finding, severities) or finding.severity
    return msgspec.structs.replace(finding, severity=level, clauses=())


def _level(finding: Finding, severities: Mapping[str, Severity | None]) -> Severity | None:
    """Return the severity configured for the rule's name, or else by the last pattern for it."""
    if finding.rule in severities:
        return severities[finding.rule]
    levels = [level for pattern, level in severities.items() if fnmatchcase(finding.rule, pattern)]
    return levels[-1] if levels else finding.severity


def severity_of(finding: Finding, target: Target, today: datetime.date) -> Severity | None:
    """Return the severity that a target's configuration gives a finding; None: it is ignored."""
    outcome = apply([finding], ignore=target.ignore, severity=target.severity, today=today)
    return outcome.kept[0].severity if outcome.kept else None


def _parts(entries: Entries, finding: Finding) -> Iterator[tuple[Finding, list[IgnoreEntry]]]:
    """Yield a finding with the entries that are about it.

    A finding about many schemas (tenants), some of which have entries of their own, is split.
    """
    whole = entries.numbers(finding)
    about = entries.at(whole)
    if not finding.schemas or any(covers(entry, finding) for entry in about):
        yield finding, about
        return
    parts: dict[tuple[int, ...], list[str]] = defaultdict(list)
    for schema in finding.schemas:
        ref = msgspec.structs.replace(finding.object, schema=schema)
        own = msgspec.structs.replace(finding, object=ref)
        parts[tuple(sorted({*whole, *entries.numbers(own)}))].append(schema)
    for key, schemas in parts.items():
        part = msgspec.structs.replace(finding, schemas=tuple(schemas))
        yield part, entries.at(key)


def _unused(entry: IgnoreEntry, expired: datetime.date | None = None) -> UnusedIgnore:
    return UnusedIgnore(
        declared_at=entry.declared_at,
        rule=entry.rule,
        object=entry.object,
        attribute=entry.attribute,
        kind=entry.kind,
        expired=expired,
        holders=entry.holders,
    )


def _expired(entry: IgnoreEntry, today: datetime.date) -> bool:
    return entry.until is not None and entry.until < today


def _expired_note(entry: UnusedIgnore) -> str:
    return f"{entry.subject} expired on {entry.expired}; fix the difference or extend the date"


def _unused_note(entry: UnusedIgnore, paths: Sequence[str]) -> str:
    """Return the note on an entry that matched nothing, with a path that it nearly names."""
    inside = [path for path in paths if path.endswith(f".{entry.object}")]
    compared = paths if len(paths) <= MOST_PATHS else ()
    if close := inside[0] if inside else nearest(entry.object, compared, cutoff=0.85):
        meant = "" if close == entry.object else f"; did you mean {close}?"
        return f"{_matched_nothing(entry)}{meant or '; remove it'}"
    if entry.holders > 1:
        return f"{_matched_nothing(entry)} here; remove it if no other target needs it"
    return f"{_matched_nothing(entry)}; remove it"


def without_used_elsewhere(checks: Sequence[Check], targets: Sequence[Target]) -> list[Check]:
    """Return the checks without notes on shared entries that matched something in another target.

    An entry of the configuration's top level holds for every target, and need not match in each.
    """
    shared = {
        target.name: [_unused(entry) for entry in target.ignore if entry.shared]
        for target in targets
    }
    used = {
        _matched_nothing(entry)
        for check in checks
        for entry in shared[check.target]
        if not any(note.startswith(_matched_nothing(entry)) for note in check.notes)
    }
    return [
        msgspec.structs.replace(
            check, notes=tuple(note for note in check.notes if not note.startswith(tuple(used)))
        )
        for check in checks
    ]


def _matched_nothing(entry: UnusedIgnore) -> str:
    """Return the beginning of the note on an entry that matched nothing."""
    return f"{entry.subject} matched nothing"
