"""The report as workflow commands, which GitHub shows at the models' lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from drift.formats import source_links
from drift.formats.escape import visible
from drift.formats.options import Options
from drift.formats.vocabulary import INCOMPLETE, plural
from drift.model import Severity
from drift.report.finding import Finding
from drift.report.report import Report

MOST = 10
"""GitHub shows no more of one level from one step."""

LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def render(report: Report, options: Options) -> str:
    """Return a line for each finding, at most ten of a level, where the tenth counts the rest."""
    lines = (line for level in LEVELS for line in _cut(level, list(_level(level, report, options))))
    return "".join(f"{line}\n" for line in lines)


def _cut(level: Severity, lines: list[str]) -> list[str]:
    if len(lines) <= MOST:
        return lines
    left = plural(len(lines) - MOST + 1, f"more {LEVELS[level]}")
    return [*lines[: MOST - 1], _command(level, {}, f"{left}: see the report")]


def _level(level: Severity, report: Report, options: Options) -> Iterator[str]:
    if level is Severity.ERROR:
        for failure in report.failures:
            text = f"{failure.target} could not be checked: {failure.reason}"
            yield _command(level, {"title": "schema drift"}, text)
    alone = len(report.checks) + len(report.failures) == 1
    for check in report.checks:
        if level is Severity.WARNING and not check.complete:
            text = f"{check.target}: {INCOMPLETE}: not everything could be read or compared"
            yield _command(level, {"title": "schema drift"}, text)
        for finding in check.findings:
            if finding.severity is level:
                yield _finding(finding, "" if alone else f"{check.target}: ", options)


def _finding(finding: Finding, target: str, options: Options) -> str:
    place = finding.location
    properties = {}
    if place and (file := source_links.path(place, options)):
        properties = {"file": file, "line": str(place.line)}
    text = f"{target}{finding.object.path}: {finding.message}. {finding.impact}"
    return _command(finding.severity, properties | {"title": finding.rule}, text)


def _command(level: Severity, properties: Mapping[str, str], text: str) -> str:
    """Return a workflow command with everything escaped that the runner would read."""
    words = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    return f"::{LEVELS[level]}{f' {words}' if words else ''}::{_data(text)}"


def _data(text: str) -> str:
    return visible(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
