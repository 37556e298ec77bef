"""The results of a SARIF file: reported findings, accepted ones, and those that are gone."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias
from urllib.parse import quote

from drift.formats import source_links
from drift.formats.escape import visible
from drift.formats.options import Options
from drift.formats.vocabulary import cause_of
from drift.model import Location, Severity
from drift.report import ages
from drift.report.ages import Changes, PastFinding
from drift.report.finding import Finding, Ignored
from drift.report.report import Check

Json: TypeAlias = dict[str, Any]
Listed: TypeAlias = tuple[str, Json]
"""A rule, and one of its results."""

_BASELINE = {ages.NEW: "new", ages.BACK: "new", ages.STILL: "unchanged"}
"""SARIF's words for the age of a result."""

LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}


def reported(findings: Sequence[Finding], options: Options) -> Iterator[Listed]:
    """Yield the results of findings that nothing accepts."""
    lines = [(finding.rule, *source_links.line(finding.location, options)) for finding in findings]
    findings_at = Counter(lines)
    for finding, line in zip(findings, lines, strict=True):
        yield finding.rule, _result(finding, *line[1:], alone=findings_at[line] == 1)


def suppressed(check: Check, options: Options) -> Iterator[Listed]:
    """Yield the results of accepted findings, each with the reason and the line of its entry.

    A finding of which only some attributes are accepted keeps its fingerprint for what remains.
    """
    kept = {finding.fingerprint for finding in check.findings}
    for item in check.ignored:
        finding = item.finding
        result = _result(finding, *source_links.line(finding.location, options), alone=True)
        if finding.fingerprint in kept:
            del result["partialFingerprints"]
        result |= {"suppressions": [_suppression(item, options)], **_accepted(item, check.changes)}
        yield finding.rule, result


def _suppression(item: Ignored, options: Options) -> Json:
    suppression: Json = {
        "kind": "external",
        "status": "accepted",
        "justification": visible(item.reason),
    }
    file, colon, line = item.declared_at.rpartition(":")
    if colon and line.isdecimal():
        location = Location(file, int(line))
        shown = (
            source_links.path(location, options) or f"{options.folder}{source_links.DEFAULT_FILE}"
        )
        suppression["location"] = {"physicalLocation": _physical(shown, max(1, location.line))}
    return suppression


def _accepted(item: Ignored, changes: Changes | None) -> Json:
    """Return the age of an accepted finding: updated, if it was reported until now."""
    finding = item.finding
    if changes is None or finding.status != ages.IGNORED:
        return {}
    if finding.first_seen == changes.at:
        return {"baselineState": "new"}
    return {"baselineState": "updated" if finding.since == changes.at else "unchanged"}


def absent(check: Check, options: Options) -> Iterator[Listed]:
    """Yield the results of findings that earlier runs reported, and this one did not."""
    for past in check.changes.gone if check.changes else ():
        yield past.rule, _absent(past, options)


def _absent(past: PastFinding, options: Options) -> Json:
    location = {
        "physicalLocation": _physical(f"{options.folder}{source_links.DEFAULT_FILE}", 1),
        "logicalLocations": [{"fullyQualifiedName": visible(past.path)}],
    }
    return {
        "ruleId": visible(past.rule),
        "level": LEVELS[past.severity],
        "message": message(f"{past.path}: {past.rule} is gone."),
        "locations": [location],
        "baselineState": "absent",
    }


def _physical(file: str, line: int) -> Json:
    return {
        "artifactLocation": {"uri": quote(file, errors="replace"), "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": line},
    }


def _result(finding: Finding, file: str, line: int, *, alone: bool) -> Json:
    """Return one result; `alone`: it is the only one of its rule at the line."""
    ref = finding.object
    # GitHub identifies an alert by its rule and a hash of the line, so several on one line would
    # be one alert. Its uploader warns of any hash but its own: ours is only added if needed.
    line_hash = {} if alone else {"primaryLocationLineHash": finding.fingerprint}
    return {
        "ruleId": visible(finding.rule),
        "level": LEVELS[finding.severity],
        "message": message(" ".join(_sentences(finding))),
        "locations": [
            {
                "physicalLocation": _physical(file, line),
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


def message(text: str) -> Json:
    """Return a message in which a name is neither a placeholder, as `{0}`, nor a `[link](to)`."""
    literal = re.sub(r"\{(\d+)\}", r"{{\1}}", visible(text))
    return {"text": literal.replace("](", "]\\x28")}
