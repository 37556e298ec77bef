"""The report as SARIF 2.1.0, which code scanning shows at the models' lines."""

from __future__ import annotations

import datetime
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeAlias
from urllib.parse import quote

import msgspec

from drift import __version__
from drift.formats import source_links
from drift.formats.escape import visible
from drift.formats.options import Options
from drift.formats.vocabulary import cause_of, notes, plural
from drift.kinds import RULES
from drift.model import Severity
from drift.report.finding import Finding
from drift.report.report import Check, Failure, Report

Json: TypeAlias = dict[str, Any]

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
MOST = 25_000
"""Results of one run: GitHub rejects a file with more."""

_BASELINE = {"new": "new", "back": "new", "still": "unchanged"}
"""SARIF's words for the age of a result."""

LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
DEFAULT_FILE = "drift.yaml"
"""Shown for objects that no model declares: code scanning rejects a result without a file."""


def render(report: Report, options: Options) -> str:
    """Return the document, indented: a run per target, failed targets last."""
    runs = [_check(check, options) for check in report.checks]
    runs += [_failure(failure) for failure in report.failures]
    document = {"$schema": SCHEMA, "version": "2.1.0", "runs": runs}
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n"


def _check(check: Check, options: Options) -> Json:
    every = (*check.findings, *check.advice)
    findings = sorted(every, key=lambda finding: finding.severity.rank)[:MOST]
    rules = {rule: index for index, rule in enumerate(dict.fromkeys(f.rule for f in findings))}
    notifications = [_notification("note", note) for note in notes(check)]
    if left_out := len(every) - len(findings):
        text = f"{plural(left_out, 'more difference')}, not listed here"
        notifications.append(_notification("warning", text))
    lines = [(finding.rule, *_line(finding, options)) for finding in findings]
    findings_at = Counter(lines)
    results = [
        _result(finding, rules[finding.rule], *line[1:], alone=findings_at[line] == 1)
        for finding, line in zip(findings, lines, strict=True)
    ]
    invocation: Json = {"executionSuccessful": True}
    if check.started_at is not None and check.duration is not None:
        end = check.started_at + datetime.timedelta(seconds=check.duration)
        invocation |= {"startTimeUtc": _utc(check.started_at), "endTimeUtc": _utc(end)}
    category = f"drift/check/{quote(check.target, safe='', errors='replace')}/"
    return _run(category, invocation, notifications, map(_rule, rules), results)


def _utc(moment: datetime.datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _failure(failure: Failure) -> Json:
    """Return the run of a failed target, in a category of its own.

    In the category of the target's checks, a run without results would close all open alerts.
    """
    text = f"{failure.target} could not be checked: {failure.reason}"
    category = f"drift/failure/{quote(failure.target, safe='', errors='replace')}/"
    return _run(category, {"executionSuccessful": False}, [_notification("error", text)])


def _run(
    category: str,
    invocation: Json,
    notifications: Sequence[Json],
    rules: Iterable[Json] = (),
    results: Sequence[Json] = (),
) -> Json:
    root = {"description": {"text": "The root of the repository."}}
    return {
        "tool": {"driver": {"name": "drift", "version": __version__, "rules": list(rules)}},
        "automationDetails": {"id": category},
        "invocations": [{**invocation, "toolExecutionNotifications": notifications}],
        "originalUriBaseIds": {"%SRCROOT%": root},
        "results": results,
    }


def _rule(name: str) -> Json:
    rule = RULES.get(name)
    if rule is None:
        return {"id": visible(name)}
    help_ = (("Meaning", rule.summary), ("Impact", rule.impact), ("Fix", rule.remedy))
    return {
        "id": rule.id,
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": f"{rule.summary} {rule.impact}"},
        "help": {
            "text": "\n".join(f"{title}: {text}" for title, text in help_),
            "markdown": "\n\n".join(f"**{title}**: {text}" for title, text in help_),
        },
        "defaultConfiguration": {"level": LEVELS[rule.severity]},
    }


def _result(finding: Finding, rule: int, file: str, line: int, *, alone: bool) -> Json:
    """Return one result; `alone`: it is the only one of its rule at the line."""
    ref = finding.object
    # GitHub identifies an alert by its rule and a hash of the line, so several on one line would
    # be one alert. Its uploader warns of any hash but its own: ours is only added if needed.
    line_hash = {} if alone else {"primaryLocationLineHash": finding.fingerprint}
    return {
        "ruleId": visible(finding.rule),
        "ruleIndex": rule,
        "level": LEVELS[finding.severity],
        "message": _message(" ".join(_sentences(finding))),
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {
                        "uri": quote(file, errors="replace"),
                        "uriBaseId": "%SRCROOT%",
                    },
                    "region": {"startLine": line},
                },
                "logicalLocations": [
                    {
                        "fullyQualifiedName": visible(ref.path),
                        "name": visible(ref.name),
                        "kind": visible(ref.kind),
                    }
                ],
            }
        ],
        "partialFingerprints": {"driftFingerprint/v1": finding.fingerprint, **line_hash},
        **({"baselineState": _BASELINE[finding.status]} if finding.status in _BASELINE else {}),
        **({"properties": {"cause": visible(finding.cause)}} if finding.cause else {}),
    }


def _sentences(finding: Finding) -> Iterator[str]:
    yield f"{finding.object.path}: {finding.message}. {finding.impact}"
    if cause := cause_of(finding):
        yield f"Cause: {cause}."


def _line(finding: Finding, options: Options) -> tuple[str, int]:
    """Return the file in the repository and the line at which a finding is shown."""
    location = finding.location
    file = source_links.path(location, options) if location else ""
    if location is None or not file:
        return f"{options.folder}{DEFAULT_FILE}", 1
    return file, max(1, location.line)


def _notification(level: str, text: str) -> Json:
    return {"level": level, "message": _message(text)}


def _message(text: str) -> Json:
    """Return a message in which a name is neither a placeholder, as `{0}`, nor a `[link](to)`."""
    literal = re.sub(r"\{(\d+)\}", r"{{\1}}", visible(text))
    return {"text": literal.replace("](", "]\\x28")}
