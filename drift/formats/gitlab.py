"""The report as GitLab's Code Quality: JSON that merge requests show at the models' lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, TypeAlias

import msgspec

from drift.formats import source_links
from drift.formats.ages import age
from drift.formats.escape import visible, visible_json
from drift.formats.options import Options
from drift.formats.vocabulary import INCOMPLETE, cause_of
from drift.model import ObjectRef, Severity
from drift.report.finding import Finding, fingerprint
from drift.report.report import Check, Report

Json: TypeAlias = dict[str, Any]

LEVELS = {Severity.ERROR: "critical", Severity.WARNING: "minor", Severity.INFO: "info"}
FAILURE = "blocker"


def render(report: Report, options: Options) -> str:
    """Return the document: an entry per finding, and per target that was not checked wholly."""
    entries = [entry for check in report.checks for entry in _check(check, options)]
    for failure in report.failures:
        text = f"{failure.target} could not be checked: {failure.reason}"
        entries.append(_about(failure.target, "could-not-check", FAILURE, text, options))
    document = msgspec.json.format(msgspec.json.encode(_distinct(entries)), indent=2).decode()
    return visible_json(document) + "\n"


def _check(check: Check, options: Options) -> Iterator[Json]:
    if not check.complete:
        text = f"{check.target}: {INCOMPLETE}: not everything could be read or compared"
        yield _about(check.target, INCOMPLETE, LEVELS[Severity.WARNING], text, options)
    for finding in check.findings:
        identity = finding.fingerprint or fingerprint(check.target, finding.rule, finding.object)
        yield _entry(
            finding.rule,
            LEVELS[finding.severity],
            " ".join(_sentences(check, finding)),
            identity,
            source_links.line(finding.location, options),
        )


def _sentences(check: Check, finding: Finding) -> Iterator[str]:
    yield f"{check.target}: {finding.object.path}: {finding.message}. {finding.impact}"
    if cause := cause_of(finding):
        yield f"Cause: {cause}."
    if phrase := age(finding, days=False):
        yield f"{phrase[0].upper()}{phrase[1:]}."


def _about(target: str, name: str, level: str, text: str, options: Options) -> Json:
    """Return the entry about a target itself."""
    identity = fingerprint(target, name, ObjectRef("target", "", None, target))
    return _entry(name, level, text, identity, source_links.line(None, options))


def _entry(name: str, level: str, text: str, identity: str, line: tuple[str, int]) -> Json:
    return {
        "type": "issue",
        "check_name": visible(name) or "unknown",
        "description": visible(text),
        "categories": ["Compatibility"],
        "severity": level,
        "fingerprint": identity,
        "location": {"path": visible(line[0]), "lines": {"begin": line[1]}},
    }


def _distinct(entries: list[Json]) -> list[Json]:
    """Add a number to equal fingerprints: GitLab shows only the first entry with each."""
    numbers: Counter[str] = Counter()
    for entry in entries:
        identity = entry["fingerprint"]
        numbers[identity] += 1
        if numbers[identity] > 1:
            entry["fingerprint"] = f"{identity}-{numbers[identity]}"
    return entries
