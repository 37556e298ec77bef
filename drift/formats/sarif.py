"""The report as SARIF 2.1.0, which code scanning shows at the models' lines."""

from __future__ import annotations

import datetime
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias
from urllib.parse import quote

import msgspec

from drift import __version__
from drift.formats import source_links
from drift.formats.escape import visible
from drift.formats.options import Options
from drift.formats.vocabulary import notes, plural
from drift.kinds import RULES
from drift.model import Severity
from drift.report.finding import Finding
from drift.report.report import Check, Failure, Report

Json: TypeAlias = dict[str, Any]

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
MOST = 25_000
"""Results of one run: GitHub refuses a file with more."""

LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
NOWHERE = "drift.yaml"
"""Shown for what no model declares: code scanning takes no result without a file."""


def render(report: Report, options: Options) -> str:
    """Return the document, indented: a run for each target, those that failed last."""
    runs = [_check(check, options) for check in report.checks]
    runs += [_failure(failure) for failure in report.failures]
    document = {"$schema": SCHEMA, "version": "2.1.0", "runs": runs}
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n"


def _check(check: Check, options: Options) -> Json:
    found = sorted(check.findings, key=lambda finding: finding.severity.rank)[:MOST]
    rules = list(dict.fromkeys(finding.rule for finding in found))
    told = [_notification("note", note) for note in notes(check)]
    if left := len(check.findings) - len(found):
        told.append(_notification("warning", f"{plural(left, 'more difference')}, not listed here"))
    spots = [(finding.rule, *_spot(finding, options)) for finding in found]
    shared = Counter(spots)
    results = [
        _result(finding, rules.index(finding.rule), spot[1:], alone=shared[spot] == 1)
        for finding, spot in zip(found, spots, strict=True)
    ]
    invocation = {"executionSuccessful": True, **_times(check)}
    category = f"drift/check/{_part(check.target)}/"
    return _run(category, told, rules=rules, results=results, invocation=invocation)


def _times(check: Check) -> Json:
    if check.started_at is None or check.duration is None:
        return {}
    end = check.started_at + datetime.timedelta(seconds=check.duration)
    return {"startTimeUtc": _moment(check.started_at), "endTimeUtc": _moment(end)}


def _moment(at: datetime.datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _failure(failure: Failure) -> Json:
    """Return a run of a category of its own.

    No result in the category of the target's checks would close all that is open there.
    """
    text = f"{failure.target} could not be checked: {failure.reason}"
    told = [_notification("error", text)]
    return _run(
        f"drift/failure/{_part(failure.target)}/", told, invocation={"executionSuccessful": False}
    )


def _run(
    category: str,
    told: Sequence[Json],
    *,
    rules: Sequence[str] = (),
    results: Sequence[Json] = (),
    invocation: Json,
) -> Json:
    driver = {"name": "drift", "version": __version__, "rules": [_rule(rule) for rule in rules]}
    root = {"description": {"text": "The top of the repository."}}
    return {
        "tool": {"driver": driver},
        "automationDetails": {"id": category},
        "invocations": [{**invocation, "toolExecutionNotifications": told}],
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


def _result(finding: Finding, rule: int, spot: tuple[str, int], *, alone: bool) -> Json:
    ref = finding.object
    named = {"fullyQualifiedName": ref.path, "name": ref.name, "kind": ref.kind}
    return {
        "ruleId": visible(finding.rule),
        "ruleIndex": rule,
        "level": LEVELS[finding.severity],
        "message": _message(f"{ref.path}: {finding.message}. {finding.impact}"),
        "locations": [
            {
                "physicalLocation": _place(*spot),
                "logicalLocations": [{key: visible(text) for key, text in named.items()}],
            }
        ],
        "partialFingerprints": dict(_fingerprints(finding, alone=alone)),
    }


def _fingerprints(finding: Finding, *, alone: bool) -> Iterator[tuple[str, str]]:
    """Yield what tells a finding from one run to the next.

    GitHub hashes the line, so that findings of one rule on one line would be one alert. Its
    uploader warns of any other hash: ours is given only where it is needed.
    """
    yield "driftFingerprint/v1", finding.fingerprint
    if not alone:
        yield "primaryLocationLineHash", finding.fingerprint


def _spot(finding: Finding, options: Options) -> tuple[str, int]:
    """Return the file in the repository and the line at which a finding is shown."""
    place = finding.location
    file = source_links.path(place, options) if place else ""
    line = place.line if place and file else 1
    return file or f"{options.folder}{NOWHERE}", max(1, line)


def _place(file: str, line: int) -> Json:
    uri = quote(file, errors="replace")
    return {
        "artifactLocation": {"uri": uri, "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": line},
    }


def _notification(level: str, text: str) -> Json:
    return {"level": level, "message": _message(text)}


def _message(text: str) -> Json:
    """Return a message; names in it are neither placeholders, as `{0}`, nor `[links](of)`."""
    literal = re.sub(r"\{(\d+)\}", r"{{\1}}", visible(text))
    return {"text": literal.replace("](", "]\\x28")}


def _part(text: str) -> str:
    return quote(text, safe="", errors="replace")
