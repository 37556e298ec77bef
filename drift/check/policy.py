"""What is kept, what is ignored and why, and which ignore rules have outlived their use."""

from __future__ import annotations

import datetime
import difflib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase

import msgspec

from drift.config import IgnoreEntry
from drift.model import Severity
from drift.report.finding import Finding, Ignored

MOST_PATHS = 1_000
"""Objects with findings among which a mistyped name is looked for: each takes its time."""
OFF = "the rule is off in the configuration"


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """The findings, sorted, and sentences about the ignore rules themselves."""

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
    """Set the severities that the user chose, and take out what the ignore entries cover."""
    current = [entry for entry in ignore if not _expired(entry, today)]
    kept, ignored = [], []
    used: set[int] = set()
    for found in findings:
        level = _level(found, severity)
        if level is None:
            ignored.append(Ignored(finding=found, reason=OFF))
            used.update(id(entry) for entry in current if covers(entry, found))
            continue
        finding = msgspec.structs.replace(found, severity=level)
        for part, covering in _parts(current, finding):
            used.update(id(entry) for entry in covering)
            if covering:
                ignored.append(Ignored(finding=part, reason=covering[0].reason))
            else:
                kept.append(part)
    unused = [entry for entry in current if id(entry) not in used]
    expired = [entry for entry in ignore if _expired(entry, today)]
    paths = sorted({finding.object.path for finding in (*kept, *(one.finding for one in ignored))})
    return Outcome(
        kept=tuple(sorted(kept, key=lambda finding: finding.order)),
        ignored=tuple(sorted(ignored, key=lambda one: one.finding.order)),
        notes=(*map(_expiry, expired), *(_uselessness(entry, paths) for entry in unused)),
    )


def _level(finding: Finding, chosen: Mapping[str, Severity | None]) -> Severity | None:
    """Return the severity that is chosen by the rule's name, or else by the last pattern for it."""
    if finding.rule in chosen:
        return chosen[finding.rule]
    levels = [level for pattern, level in chosen.items() if fnmatchcase(finding.rule, pattern)]
    return levels[-1] if levels else finding.severity


def _parts(
    entries: Sequence[IgnoreEntry], finding: Finding
) -> Iterator[tuple[Finding, list[IgnoreEntry]]]:
    """Yield a finding with the entries that cover it; one of many schemas in as many parts."""
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
    """Tell whether an entry is about a finding: its rule, and its object or the object's table."""
    ref = finding.object
    paths = {ref.path, f"{ref.schema}.{ref.table}" if ref.table else ref.path}
    return fnmatchcase(finding.rule, entry.rule) and any(
        fnmatchcase(path, entry.object) for path in paths
    )


def _expired(entry: IgnoreEntry, today: datetime.date) -> bool:
    return entry.until is not None and entry.until < today


def _expiry(entry: IgnoreEntry) -> str:
    return f"{_words(entry)} expired on {entry.until}; fix the difference or extend the date"


def _uselessness(entry: IgnoreEntry, paths: Sequence[str]) -> str:
    """Say that an entry matched nothing; a path that it nearly names was probably meant."""
    inside = [path for path in paths if path.endswith(f".{entry.object}")]
    compared = paths if len(paths) <= MOST_PATHS else ()
    if close := inside or difflib.get_close_matches(entry.object, compared, n=1, cutoff=0.85):
        return f"{_words(entry)} matched nothing; did you mean {close[0]}?"
    if entry.shared:
        return f"{_words(entry)} matched nothing here; remove it if no other target needs it"
    return f"{_words(entry)} matched nothing; remove it"


def _words(entry: IgnoreEntry) -> str:
    return f"{entry.place}: the ignore entry for {entry.rule} on {entry.object}"
