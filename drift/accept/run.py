"""Accepts findings: chooses them, writes their entries, and prints a summary."""

from __future__ import annotations

import datetime
import difflib
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import msgspec

from drift import config, redaction
from drift.accept.choice import Choice, Pair
from drift.accept.entries import Entry, Terms, made
from drift.accept.insert import inserted
from drift.accept.sections import Configuration
from drift.accept.tenants import divided, require_few
from drift.accept.verify import current, is_covered, require_exact
from drift.check.address import secrets
from drift.check.selection import TargetOptions
from drift.config.problems import InvalidValueError
from drift.config.values import Scalar, day, on_one_line
from drift.config.yaml_source import MAX_BYTES, content_of, display_path
from drift.errors import UsageError
from drift.formats.escape import inert, visible
from drift.formats.vocabulary import plural
from drift.output import files, terminal
from drift.process.exit_codes import IN_SYNC
from drift.process.isolation import folder
from drift.report.report import Report
from drift.reporters import credentials

T = TypeVar("T")
_BOM = b"\xef\xbb\xbf"


class AcceptOptions(msgspec.Struct, frozen=True, kw_only=True):
    """The terms of the entries, the report that has the findings, and the way of writing."""

    reason: str
    until: str | None = None
    attribute: str | None = None
    source: Path | None = None
    dry_run: bool = False


def run(
    choice: Choice, options: AcceptOptions, selected: TargetOptions, environment: Mapping[str, str]
) -> int:
    """Write the entries for the chosen findings; return the exit code. Raises DriftError."""
    choice.require_consistent()
    terms = _terms(options)
    path = _path(selected)
    content = content_of(path)
    before = Configuration(path, content, environment)
    redaction.remember(_secrets(before, environment))
    whole = _report(options.source, selected, environment)
    report = divided(whole, choice)
    _require_checked(report, choice)
    chosen, accepted = choice.of(report)
    new = _uncovered(chosen, before, choice)
    accepted += _count(chosen) - _count(new)
    if not new:
        terminal.write(f"nothing to accept: {plural(accepted, 'difference')} accepted already\n")
        return IN_SYNC
    require_few(new, whole)
    entries = made(new, _others(report, new), terms, before.lists_for)
    changed = _changed(path, content, entries)
    after = Configuration(path, changed, environment)
    require_exact(before, after, report, new, choice)
    if options.dry_run:
        terminal.write(_difference(path, content, changed))
    else:
        _write(path, content, changed)
    terminal.write(_summary(path, entries, _count(new), accepted, dry_run=options.dry_run))
    return IN_SYNC


def _count(pairs: Sequence[Pair]) -> int:
    """Return the number of differences: those of several schemas may have been divided."""
    return len({(target, finding.fingerprint or id(finding)) for target, finding in pairs})


def _uncovered(chosen: Sequence[Pair], before: Configuration, choice: Choice) -> list[Pair]:
    """Return the findings that no entry covers so far."""
    targets = {target for target, _ in chosen}
    entries = {target: current(before.ignore_of(target)) for target in targets}
    return [pair for pair in chosen if not is_covered(pair[1], entries[pair[0]], choice)]


def _terms(options: AcceptOptions) -> Terms:
    """Return the terms of all entries. Raises UsageError for a value that is not valid."""
    return Terms(
        reason=_value("--reason", on_one_line, options.reason),
        until=None if options.until is None else _until(options.until),
        attribute=options.attribute,
    )


def _value(name: str, parse: Callable[[Scalar], T], text: str) -> T:
    try:
        return parse(Scalar(text=text.strip(), written=text))
    except InvalidValueError as problem:
        raise UsageError(f"{name}: {problem}") from None


def _until(text: str) -> datetime.date:
    date = _value("--until", day, text)
    if date < datetime.date.today():
        raise UsageError(f"--until: {date} is over; write today or a later day")
    return date


def _path(selected: TargetOptions) -> Path:
    """Return the configuration in use. Raises UsageError if there is none that can be changed."""
    path = selected.config or config.find(Path(folder()))
    if path is None:
        raise UsageError("there is no configuration to write to; create it with drift init")
    if path.exists() and not path.is_file() and not path.is_dir():
        raise UsageError(f"{display_path(path)} is not a file that can be changed")
    return Path.cwd() / path  # models may change the folder


def _report(source: Path | None, selected: TargetOptions, environment: Mapping[str, str]) -> Report:
    """Return the report of a file, or of a check of the databases."""
    return _check(selected, environment) if source is None else _read(source, selected.targets)


def _read(source: Path, targets: Sequence[str]) -> Report:
    """Return the report that a file holds, of some targets or of all."""
    from drift.report.reader import read

    report = read(source)
    names = [check.target for check in report.checks]
    if any(check.actual_source for check in report.checks):
        raise UsageError(f"{source}: is a report of drift diff; only checks have ignore entries")
    for name in targets:
        if name not in names:
            raise UsageError(f"{source}: has no target {name!r}; known are {', '.join(names)}")
    checks = tuple(check for check in report.checks if check.target in targets or not targets)
    failures = () if targets else report.failures
    return msgspec.structs.replace(report, checks=checks, failures=failures)


def _check(selected: TargetOptions, environment: Mapping[str, str]) -> Report:
    from drift.check import targets
    from drift.check.selection import select
    from drift.output.progress import progress
    from drift.scratch import Scratch

    settings = select(selected, environment)
    credentials.withhold(os.environ, settings, ())
    with Scratch(settings.scratch) as scratch, progress(len(settings.targets)) as observer:
        per_host = settings.connections_per_host
        return targets.run(settings.targets, observer, jobs=4, per_host=per_host, scratch=scratch)


def _require_checked(report: Report, choice: Choice) -> None:
    """Raise UsageError if findings may be missing: not everything could be chosen."""
    if report.failures and not (choice.fingerprints and report.checks):
        names = ", ".join(failure.target for failure in report.failures)
        raise UsageError(
            f"{names} could not be checked, so that nothing was accepted; name other targets with "
            "--target"
        )
    for check in report.checks:
        if not check.complete:
            terminal.note(f"{check.target}: incomplete: not everything could be read or compared")


def _others(report: Report, chosen: Sequence[Pair]) -> list[Pair]:
    ids = {id(finding) for _, finding in chosen}
    return [
        (check.target, finding)
        for check in report.checks
        for finding in (*check.findings, *check.remarks)
        if id(finding) not in ids
    ]


def _changed(path: Path, content: bytes, entries: Sequence[Entry]) -> bytes:
    """Return the file with the entries. Raises UsageError if it has no room for them."""
    lists: dict[str | None, list[tuple[Mapping[str, str], str]]] = {}
    for entry in entries:
        lists.setdefault(entry.section, []).append((entry.fields, entry.comment))
    try:
        text = inserted(content.decode("utf-8-sig"), lists)
    except UsageError as problem:
        raise UsageError(f"{display_path(path)}{problem}") from None
    changed = (_BOM if content.startswith(_BOM) else b"") + text.encode()
    if len(changed) > MAX_BYTES:
        raise UsageError(
            f"{display_path(path)} would be larger than {MAX_BYTES >> 20} MiB; write an entry with "
            "patterns instead"
        )
    return changed


def _write(path: Path, content: bytes, changed: bytes) -> None:
    """Replace the file. Raises UsageError if another program has changed it meanwhile."""
    shown = display_path(path)
    if content_of(path) != content:
        raise UsageError(f"{shown} was changed meanwhile; nothing was written, retry")
    files.replace_bytes(path, changed, shown)


def _difference(path: Path, content: bytes, changed: bytes) -> str:
    """Return the change as a unified diff."""
    before, after = (data.decode("utf-8-sig").splitlines() for data in (content, changed))
    name = display_path(path)
    lines = difflib.unified_diff(before, after, name, name, lineterm="")
    hide = redaction.known().text
    return "".join(f"{inert(visible(hide(line)))}\n" for line in lines)


def _secrets(configuration: Configuration, environment: Mapping[str, str]) -> list[str]:
    """Return the secrets in the file: the lines that a dry run prints may have some."""
    settings = configuration.settings
    targets = (*settings.targets, settings.base)
    return [
        *secrets(targets),
        *filter(None, credentials.secrets(settings, environment)),
    ]


def _summary(
    path: Path, entries: Sequence[Entry], count: int, accepted: int, *, dry_run: bool
) -> str:
    """Return the written entries, a line each."""
    verb = "would get" if dry_run else "has"
    already = f" ({accepted:,} accepted already)" if accepted else ""
    lines = [
        f"{display_path(path)} {verb} {plural(len(entries), 'new ignore entry')} for "
        f"{plural(count, 'difference')}{already}"
    ]
    for entry in entries:
        ignore = entry.ignore
        kind = f" ({ignore.kind})" if ignore.kind else ""
        attribute = f": {ignore.attribute}" if ignore.attribute else ""
        target = f" in {entry.section}" if entry.section else ""
        lines.append(f"  {ignore.rule} on {ignore.object}{kind}{attribute}{target}")
    return "".join(f"{inert(visible(line))}\n" for line in lines)
