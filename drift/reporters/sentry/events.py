"""A report as Sentry's events: one for each table with differences, the worst first."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeAlias

from drift.formats.escape import visible
from drift.formats.vocabulary import by_table, counts, place, plural
from drift.model import Severity
from drift.report.finding import Finding
from drift.report.report import Check, Failure, Report
from drift.reporters.sentry.frames import Sources

Event: TypeAlias = dict[str, Any]

MOST_TABLES = 25
_VALUE, _TAG, _ENVIRONMENT, _LINE = 8192, 200, 64, 1000


class Common:
    """What all events of a run share: the environment and release, where they are configured."""

    def __init__(self, environment: str | None, release: str | None, sources: Sources) -> None:
        """Take what reads the models' lines."""
        self._environment = environment
        self._release = release
        self.sources = sources

    def fields(self, target: str) -> Event:
        """Return the event's fields that say where it is from; the target names an environment."""
        found = {"environment": environment_name(self._environment or target)}
        if self._release:
            found["release"] = re.sub(r"[\s/\\]+", "-", visible(self._release))[:_TAG]
        return found


def events(report: Report, common: Common) -> Iterator[Event]:
    """Yield an event for each target not checked, then for tables, and one for tables left out."""
    for failure in report.failures:
        yield _failed(failure, common)
    tables = [(check, found) for check in report.checks for found in by_table(check.findings)]
    tables.sort(key=lambda one: _weight(one[1]))
    for check, found in tables[:MOST_TABLES]:
        yield _table(check, found, common)
    if left_out := tables[MOST_TABLES:]:
        yield _overflow(left_out, common)


def trial(common: Common) -> Event:
    """Return an event that says that events arrive."""
    words = "A test: the reports of drift arrive here. Nothing is wrong with any database."
    return _event("test", "test", Severity.INFO, [words], common)


def environment_name(name: str) -> str:
    """Return a name that Sentry takes for an environment."""
    found = re.sub(r"[\s/]+", "-", visible(name))[:_ENVIRONMENT]
    return found if found not in {"", "None"} else "production"


def cut(text: str, length: int) -> str:
    """Return text as one visible line of at most `length` characters."""
    shown = visible(text)
    return shown if len(shown) <= length else f"{shown[: length - 1]}…"


def _weight(findings: Iterable[Finding]) -> tuple[int, ...]:
    found = [finding.severity for finding in findings]
    return tuple(-found.count(level) for level in Severity)


def _table(check: Check, findings: list[Finding], common: Common) -> Event:
    ordered = sorted(findings, key=lambda finding: (finding.severity.rank, finding.order))
    worst, table = ordered[0], ".".join(place(findings[0]))
    event = _event(
        check.target,
        table,
        worst.severity,
        [_line(finding) for finding in ordered],
        common,
        {"table": table, "rule": worst.rule},
    )
    event["transaction"] = cut(table, _TAG)
    if frames := common.sources.frames(ordered):
        event["exception"]["values"][0]["stacktrace"] = {"frames": frames}
    return event


def _line(finding: Finding) -> str:
    """Return the finding as one line, what differs first: titles show little more than that."""
    return f"{finding.message} [{finding.rule}, {finding.severity}]"


def _overflow(tables: list[tuple[Check, list[Finding]]], common: Common) -> Event:
    targets = dict.fromkeys(check.target for check, _ in tables)
    lines = [f"{plural(len(tables), 'more table')} with differences; the run's report has them all"]
    for check, found in tables:
        name = ".".join(place(found[0]))
        lines.append(f"{f'{check.target}: ' if len(targets) > 1 else ''}{name}: {counts(found)}")
    worst = min((one.severity for _, found in tables for one in found), key=lambda one: one.rank)
    return _event(", ".join(targets), "more-tables", worst, lines, common)


def _failed(failure: Failure, common: Common) -> Event:
    """Return the event of a target that could not be checked, without the reason.

    A reason can quote an exception of anybody's, and with it any path or password.
    """
    words = f"{failure.target} could not be checked; the output of the run says why"
    rule = {"rule": "could-not-check"}
    return _event(failure.target, "could-not-check", Severity.ERROR, [words], common, rule)


def _event(  # noqa: PLR0913, PLR0917 — one for each part of an event
    target: str,
    about: str,
    level: Severity,
    lines: list[str],
    common: Common,
    tags: Mapping[str, str] = {},
) -> Event:
    """Return an event about one thing of a target; `lines` are its text, the first its title."""
    known = {"type": "schema_drift", "target": target, "severity": str(level), **tags}
    return common.fields(target) | {
        "event_id": uuid.uuid4().hex,
        "level": str(level),
        "platform": "python",
        "logger": "drift",
        "transaction": cut(f"{target}: {about}", _TAG),
        "fingerprint": ["schema-drift", visible(target), visible(about)],
        "tags": {name: cut(value, _TAG) for name, value in known.items()},
        "exception": {"values": [_exception(lines)]},
    }


def _exception(lines: list[str]) -> Event:
    return {
        "type": "SchemaDrift",
        "value": _joined(lines),
        "mechanism": {"type": "drift", "handled": True},
    }


def _joined(lines: list[str]) -> str:
    """Return as many whole lines as an event may hold, and how many were left out."""
    shown: list[str] = []
    room = _VALUE - 40
    for number, line in enumerate(lines):
        text = cut(line, _LINE)
        if len(text) + 1 > room:
            return "\n".join([*shown, f"… and {len(lines) - number} more"])
        room -= len(text) + 1
        shown.append(text)
    return "\n".join(shown)
