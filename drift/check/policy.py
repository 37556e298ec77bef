"""Sorts findings into kept and ignored, and reports ignore entries that have no effect."""

from __future__ import annotations

import datetime
import difflib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase

import msgspec

from drift.config import IgnoreEntry, Target
from drift.model import Severity
from drift.report.finding import Finding, Ignored
from drift.report.report import Check

MOST_PATHS = 1_000
"""Objects with findings among which a mistyped name is searched: each comparison takes time."""
OFF = "the rule is off in the configuration"


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """The findings, sorted, and notes about the ignore entries themselves."""

    kept: tuple[Finding, ...]
    ignored: tuple[Ignored, ...] = ()
    notes: tuple[str, ...] = ()


def apply(
    findings: Iterable[Finding],
    *,
    ignore: Sequence[IgnoreEntry],
    severity: Mapping[str, Severity | None],
    today: datetime.date,
) -> Outcome:
    """Set the configured severities, and take out the findings that ignore entries cover."""
    current = [entry for entry in ignore if not _expired(entry, today)]
    kept, ignored = [], []
    used: set[int] = set()
    for finding in findings:
        level = _level(finding, severity)
        if level is None:
            ignored.append(Ignored(finding=finding, reason=OFF))
            used.update(id(entry) for entry in current if covers(entry, finding))
            continue
        for part, covering in _parts(current, msgspec.structs.replace(finding, severity=level)):
            used.update(id(entry) for entry in covering)
            if covering:
                ignored.append(Ignored(finding=part, reason=covering[0].reason))
            else:
                kept.append(part)
    unused = [entry for entry in current if id(entry) not in used]
    expired = [entry for entry in ignore if _expired(entry, today)]
    all_findings = (*kept, *(item.finding for item in ignored))
    paths = sorted({finding.object.path for finding in all_findings})
    return Outcome(
        kept=tuple(sorted(kept, key=lambda finding: finding.order)),
        ignored=tuple(sorted(ignored, key=lambda item: item.finding.order)),
        notes=(*map(_expired_note, expired), *(_unused_note(entry, paths) for entry in unused)),
    )


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


def _parts(
    entries: Sequence[IgnoreEntry], finding: Finding
) -> Iterator[tuple[Finding, list[IgnoreEntry]]]:
    """Yield a finding with the entries that cover it.

    A finding about many schemas (tenants), some of which have entries of their own, is split.
    """
    covering = [entry for entry in entries if covers(entry, finding)]
    if covering or not finding.schemas:
        yield finding, covering
        return
    parts: dict[tuple[int, ...], list[str]] = defaultdict(list)
    for schema in finding.schemas:
        ref = msgspec.structs.replace(finding.object, schema=schema)
        own = msgspec.structs.replace(finding, object=ref)
        parts[tuple(n for n, entry in enumerate(entries) if covers(entry, own))].append(schema)
    for numbers, schemas in parts.items():
        part = msgspec.structs.replace(finding, schemas=tuple(schemas))
        yield part, [entries[number] for number in numbers]


def covers(entry: IgnoreEntry, finding: Finding) -> bool:
    """Return whether an entry covers a finding: its rule, and its object or the object's table."""
    ref = finding.object
    paths = {ref.path, f"{ref.schema}.{ref.table}" if ref.table else ref.path}
    return fnmatchcase(finding.rule, entry.rule) and any(
        fnmatchcase(path, entry.object) for path in paths
    )


def _expired(entry: IgnoreEntry, today: datetime.date) -> bool:
    return entry.until is not None and entry.until < today


def _expired_note(entry: IgnoreEntry) -> str:
    return f"{_subject(entry)} expired on {entry.until}; fix the difference or extend the date"


def _unused_note(entry: IgnoreEntry, paths: Sequence[str]) -> str:
    """Return the note on an entry that matched nothing, with a path that it nearly names."""
    inside = [path for path in paths if path.endswith(f".{entry.object}")]
    compared = paths if len(paths) <= MOST_PATHS else ()
    if close := inside or difflib.get_close_matches(entry.object, compared, n=1, cutoff=0.85):
        return f"{_unused(entry)}; did you mean {close[0]}?"
    if entry.shared:
        return f"{_unused(entry)} here; remove it if no other target needs it"
    return f"{_unused(entry)}; remove it"


def without_used_elsewhere(checks: Sequence[Check], targets: Sequence[Target]) -> list[Check]:
    """Return the checks without notes on shared entries that matched something in another target.

    An entry of the configuration's top level holds for every target, and need not match in each.
    """
    shared = {target.name: [entry for entry in target.ignore if entry.shared] for target in targets}
    used = {
        _unused(entry)
        for check in checks
        for entry in shared[check.target]
        if not any(note.startswith(_unused(entry)) for note in check.notes)
    }
    return [
        msgspec.structs.replace(
            check, notes=tuple(note for note in check.notes if not note.startswith(tuple(used)))
        )
        for check in checks
    ]


def _unused(entry: IgnoreEntry) -> str:
    """Return the beginning of the note on an entry that matched nothing."""
    return f"{_subject(entry)} matched nothing"


def _subject(entry: IgnoreEntry) -> str:
    return f"{entry.declared_at}: the ignore entry for {entry.rule} on {entry.object}"
