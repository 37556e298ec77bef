"""The report as SARIF 2.1.0, which code scanning shows at the models' lines."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import quote

import msgspec

from drift import __version__
from drift.formats.escape import visible
from drift.formats.options import Options
from drift.formats.sarif_results import (
    LEVELS,
    Json,
    Listed,
    absent,
    message,
    reported,
    suppressed,
)
from drift.formats.vocabulary import INCOMPLETE, notes, plural
from drift.kinds import RULES
from drift.report.report import Check, Failure, Report

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
MOST = 25_000
"""Results of one run: GitHub rejects a file with more."""

_STATES = {
    "incomplete": "Something could not be read or compared, so that differences may be missing.",
    "cut": "The file does not list all differences.",
    "failed": "The target could not be checked.",
}
"""The states of a check in which findings may be missing."""


def render(report: Report, options: Options) -> str:
    """Return the document, indented: a run per target, failed targets last."""
    runs = [_check(check, options) for check in report.checks]
    runs += [_failure(failure) for failure in report.failures]
    document = {"$schema": SCHEMA, "version": "2.1.0", "runs": runs}
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n"


def _check(check: Check, options: Options) -> Json:
    every = (*check.findings, *check.advice)
    findings = sorted(every, key=lambda finding: finding.severity.rank)[:MOST]
    listed = [*reported(findings, options), *_others(check, options)]
    rules = {rule: index for index, rule in enumerate(dict.fromkeys(rule for rule, _ in listed))}
    results = [
        {"ruleId": result["ruleId"], "ruleIndex": rules[rule], **result}
        for rule, result in listed[:MOST]
    ]
    invocation: Json = {"executionSuccessful": True}
    if check.started_at is not None and check.duration is not None:
        end = check.started_at + datetime.timedelta(seconds=check.duration)
        invocation |= {"startTimeUtc": _utc(check.started_at), "endTimeUtc": _utc(end)}
    category = f"drift/check/{quote(check.target, safe='', errors='replace')}/"
    notifications = list(_notifications(check, len(every) - len(findings)))
    return _run(category, invocation, notifications, map(_rule, rules), results)


def _others(check: Check, options: Options) -> Iterator[Listed]:
    """Yield the results that need no attention: accepted findings, and those that are gone.

    GitHub's code scanning knows neither suppressions nor absent results, and opens an alert for
    each, so that a file for it has none of them.
    """
    if not options.code_scanning:
        yield from suppressed(check, options)
        yield from absent(check, options)


def _notifications(check: Check, more: int) -> Iterator[Json]:
    """Yield the notes on a check; a warning if it could not read or list everything."""
    for text in notes(check):
        if text.startswith(INCOMPLETE):
            yield _notification("warning", text, "incomplete")
        else:
            yield _notification("note", text)
    if more:
        yield _notification("warning", f"{plural(more, 'more difference')}, not listed here", "cut")


def _utc(moment: datetime.datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _failure(failure: Failure) -> Json:
    """Return the run of a failed target, in a category of its own.

    In the category of the target's checks, a run without results would close all open alerts.
    """
    text = f"{failure.target} could not be checked: {failure.reason}"
    category = f"drift/failure/{quote(failure.target, safe='', errors='replace')}/"
    return _run(category, {"executionSuccessful": False}, [_notification("error", text, "failed")])


def _run(
    category: str,
    invocation: Json,
    notifications: Sequence[Json],
    rules: Iterable[Json] = (),
    results: Sequence[Json] = (),
) -> Json:
    root = {"description": {"text": "The root of the repository."}}
    return {
        "tool": {
            "driver": {
                "name": "drift",
                "version": __version__,
                "rules": list(rules),
                "notifications": _descriptors(),
            }
        },
        "automationDetails": {"id": category},
        "invocations": [{**invocation, "toolExecutionNotifications": notifications}],
        "originalUriBaseIds": {"%SRCROOT%": root},
        "results": results,
    }


def _descriptors() -> list[Json]:
    return [{"id": name, "shortDescription": {"text": text}} for name, text in _STATES.items()]


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


def _notification(level: str, text: str, name: str = "") -> Json:
    descriptor = {"descriptor": {"id": name, "index": list(_STATES).index(name)}} if name else {}
    return {"level": level, "message": message(text), **descriptor}
