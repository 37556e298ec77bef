"""The report as workflow commands, which GitHub shows at the models' lines: a command per line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Mapping

from drift.formats import source_links
from drift.formats.ages import age, databases
from drift.formats.escape import visible
from drift.formats.options import Options
from drift.formats.vocabulary import INCOMPLETE, cause_of, plural
from drift.model import Severity
from drift.report.ages import example
from drift.report.finding import Finding
from drift.report.fleet import key
from drift.report.report import Report

MOST = 10
"""GitHub shows at most ten commands per level and step."""

LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def render(report: Report, options: Options) -> str:
    """Return a line per finding, at most ten per level; the tenth counts the rest."""
    lines: list[str] = []
    for level, name in LEVELS.items():
        commands = list(_commands(level, report, options))
        if len(commands) > MOST:
            rest = plural(len(commands) - MOST + 1, f"more {name}")
            commands[MOST - 1 :] = [_command(level, {}, f"{rest}: see the report")]
        lines += commands
    return "".join(f"{line}\n" for line in lines)


def _commands(level: Severity, report: Report, options: Options) -> Iterator[str]:
    if level is Severity.ERROR:
        for failure in report.failures:
            text = f"{failure.target} could not be checked: {failure.reason}"
            yield _command(level, {"title": "schema drift"}, text)
    for check in report.checks:
        if level is Severity.WARNING and not check.complete:
            text = f"{check.target}: {INCOMPLETE}: not everything could be read or compared"
            yield _command(level, {"title": "schema drift"}, text)
    alone = len(report.checks) + len(report.failures) == 1
    for targets, finding in _each(level, report):
        yield _finding(finding, "" if alone else f"{databases(targets)}: ", options)


def _each(level: Severity, report: Report) -> Iterator[tuple[list[str], Finding]]:
    """Yield each difference once, with all its databases: they are the same line of the models."""
    alike: dict[Hashable, tuple[list[str], list[Finding]]] = {}
    for check in report.checks:
        seen: Counter[Hashable] = Counter()
        for finding in check.findings:
            if finding.severity is level:
                same = key(finding), finding.location
                seen[same] += 1
                targets, findings = alike.setdefault((*same, seen[same]), ([], []))
                targets.append(check.target)
                findings.append(finding)
    for targets, findings in alike.values():
        yield targets, example(findings)


def _finding(finding: Finding, target: str, options: Options) -> str:
    location, properties = finding.location, {}
    if location and (file := source_links.path(location, options)):
        properties = {"file": file, "line": str(location.line)}
    text = f"{target}{finding.object.path}: {finding.message}. {finding.impact}"
    if cause := cause_of(finding):
        text += f" Cause: {cause}."
    if phrase := age(finding):
        text += f" {phrase[0].upper()}{phrase[1:]}."
    return _command(finding.severity, properties | {"title": finding.rule}, text)


def _command(level: Severity, properties: Mapping[str, str], text: str) -> str:
    """Return a workflow command; characters that the runner would interpret are escaped."""
    pairs = (
        f"{key}={_escaped(value).replace(':', '%3A').replace(',', '%2C')}"
        for key, value in properties.items()
    )
    head = " ".join(filter(None, (LEVELS[level], ",".join(pairs))))
    return f"::{head}::{_escaped(text)}"


def _escaped(text: str) -> str:
    # Line breaks are already visible, as \x0a: only the escape character itself is left.
    return visible(text).replace("%", "%25")
