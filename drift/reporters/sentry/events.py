"""A report as Sentry's events: one per table with differences, the worst first."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from drift.formats.ages import age
from drift.formats.escape import visible
from drift.formats.vocabulary import by_table, cause_of, counts, plural, schema_and_table
from drift.model import Severity
from drift.report import ages
from drift.report.finding import Finding
from drift.report.report import Check, Failure, Report
from drift.reporters.sentry.frames import ModelFrames

Event: TypeAlias = dict[str, Any]

MOST_TABLES = 25
SEVERAL = "several"
"""The tag `cause` of an event about differences with several causes; each has a tag of its own."""
_VALUE, _TAG, _ENVIRONMENT, _LINE = 8192, 200, 64, 1000
"""Characters of a text that Sentry keeps, or that is worth reading."""


class EventDefaults:
    """The fields that all events of a run share: environment and release, if configured."""

    def __init__(self, environment: str | None, release: str | None, frames: ModelFrames) -> None:
        self._environment = environment
        self._release = release
        self.frames = frames

    def fields(self, target: str) -> Event:
        """Return the shared fields; without a configured environment it is named by the target."""
        fields = {"environment": environment_name(self._environment or target)}
        if self._release:
            fields["release"] = re.sub(r"[\s/\\]+", "-", visible(self._release))[:_TAG]
        return fields


def events(report: Report, defaults: EventDefaults, *, only_new: bool = False) -> Iterator[Event]:
    """Yield an event per target not checked, then per table, and one for the tables left out.

    With `only_new`, a table without a new finding has no event.
    """
    for failure in report.failures:
        yield _failed(failure, defaults)
    tables = [(check, findings) for check in report.checks for findings in by_table(check.findings)]
    if only_new:
        tables = [(check, findings) for check, findings in tables if any(map(_is_new, findings))]
    tables.sort(key=lambda table: _weight(table[1]))
    for check, findings in tables[:MOST_TABLES]:
        yield _table(check, findings, defaults)
    if left_out := tables[MOST_TABLES:]:
        yield _overflow(left_out, defaults)


def trial(defaults: EventDefaults) -> Event:
    """Return an event that only shows that events arrive."""
    line = "A test: the reports of drift arrive here. Nothing is wrong with any database."
    return _event("test", "test", Severity.INFO, [line], defaults)


def environment_name(name: str) -> str:
    """Return a name that Sentry accepts for an environment."""
    accepted = re.sub(r"[\s/]+", "-", visible(name))[:_ENVIRONMENT]
    return accepted if accepted not in {"", "None"} else "production"


def _weight(findings: Iterable[Finding]) -> tuple[int, ...]:
    severities = [finding.severity for finding in findings]
    return tuple(-severities.count(level) for level in Severity)


def _table(check: Check, findings: Sequence[Finding], defaults: EventDefaults) -> Event:
    ordered = sorted(findings, key=lambda finding: (finding.severity.rank, finding.order))
    worst, table = ordered[0], ".".join(schema_and_table(findings[0]))
    # Titles show little more than the beginning of the first line.
    # New ones come first: more than fit are left out at the end.
    ordered.sort(key=lambda finding: not _is_new(finding))
    lines = [
        f"{finding.message} [{', '.join(filter(None, _labels(finding)))}]" for finding in ordered
    ]
    lines += [f"cause of {f.object.name}: {cause_of(f)}" for f in ordered if f.cause]
    tags = {"table": table, "rule": worst.rule}
    if causes := dict.fromkeys(finding.cause for finding in ordered if finding.cause):
        tags["cause"] = next(iter(causes)) if len(causes) == 1 else SEVERAL
        tags |= {f"cause.{cause}": "yes" for cause in causes}
    event = _event(check.target, table, worst.severity, lines, defaults, tags)
    event["transaction"] = _cut(table, _TAG)
    if frames := defaults.frames.of(ordered):
        event["exception"]["values"][0]["stacktrace"] = {"frames": frames}
    return event


def _labels(finding: Finding) -> tuple[str, ...]:
    return finding.rule, str(finding.severity), finding.cause, age(finding)


def _is_new(finding: Finding) -> bool:
    return finding.status in ages.FRESH


def _overflow(tables: Sequence[tuple[Check, list[Finding]]], defaults: EventDefaults) -> Event:
    targets = dict.fromkeys(check.target for check, _ in tables)
    lines = [
        f"{plural(len(tables), 'more table')} with differences; the run's report lists them all"
    ]
    for check, findings in tables:
        prefix = f"{check.target}: " if len(targets) > 1 else ""
        lines.append(f"{prefix}{'.'.join(schema_and_table(findings[0]))}: {counts(findings)}")
    severities = [finding.severity for _, findings in tables for finding in findings]
    worst = min(severities, key=lambda severity: severity.rank)
    return _event(", ".join(targets), "more-tables", worst, lines, defaults)


def _failed(failure: Failure, defaults: EventDefaults) -> Event:
    """Return the event of a target that could not be checked, without the reason.

    A reason can quote an exception of foreign code, and with it any path or password.
    """
    line = f"{failure.target} could not be checked; see the output of the run"
    tags = {"rule": "could-not-check"}
    return _event(failure.target, "could-not-check", Severity.ERROR, [line], defaults, tags)


def _event(  # noqa: PLR0913, PLR0917 — one per part of an event
    target: str,
    subject: str,
    level: Severity,
    lines: Sequence[str],
    defaults: EventDefaults,
    tags: Mapping[str, str] = {},
) -> Event:
    """Return an event about one subject of a target; `lines` are its text, the first its title."""
    all_tags = {"type": "schema_drift", "target": target, "severity": str(level), **tags}
    exception = {
        "type": "SchemaDrift",
        "value": _joined(lines),
        "mechanism": {"type": "drift", "handled": True},
    }
    return defaults.fields(target) | {
        "event_id": uuid.uuid4().hex,
        "level": str(level),
        "platform": "python",
        "logger": "drift",
        "transaction": _cut(f"{target}: {subject}", _TAG),
        "fingerprint": ["schema-drift", visible(target), visible(subject)],
        "tags": {name: _cut(value, _TAG) for name, value in all_tags.items()},
        "exception": {"values": [exception]},
    }


def _joined(lines: Sequence[str]) -> str:
    """Return as many whole lines as an event may hold, and how many were left out."""
    shown: list[str] = []
    room = _VALUE - 40
    for number, line in enumerate(lines):
        text = _cut(line, _LINE)
        room -= len(text) + 1
        if room < 0:
            return "\n".join([*shown, f"… and {len(lines) - number} more"])
        shown.append(text)
    return "\n".join(shown)


def _cut(text: str, length: int) -> str:
    """Return text as one visible line of at most `length` characters."""
    shown = visible(text)
    return shown if len(shown) <= length else f"{shown[: length - 1]}…"
