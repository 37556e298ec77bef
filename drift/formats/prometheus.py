"""The report as numbers for Prometheus, in the text format that node_exporter reads from files.

The time of a target's last successful check is kept while it cannot be checked: it is read from
the file that the report replaces.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

from drift import __version__
from drift.formats.escape import visible
from drift.formats.options import Options
from drift.model import Severity
from drift.report.report import Check, Report

Sample: TypeAlias = tuple[dict[str, str], float]

_SUCCESS = "drift_last_success_timestamp_seconds"
_EARLIER = re.compile(
    rf'^{_SUCCESS}\{{target="((?:[^"\\]|\\.)*)"\}} ([0-9]+(?:\.[0-9]+)?)$', re.MULTILINE
)


def render(report: Report, options: Options) -> str:
    """Return the metrics. All are gauges; a target that was not checked has no findings."""
    return "".join(
        line
        for name, help_, samples in _metrics(report, _earlier(options.previous))
        for line in _lines(name, help_, samples)
    )


def _metrics(
    report: Report, earlier: dict[str, float]
) -> Iterator[tuple[str, str, Iterable[Sample]]]:
    checks = report.checks
    yield "drift_info", "Version of drift.", [({"version": __version__}, 1)]
    if report.started_at:
        moment = report.started_at.timestamp()
        yield "drift_last_run_timestamp_seconds", "Start of the last run.", [({}, moment)]
    yield _SUCCESS, "Start of the last check that succeeded.", _successes(report, earlier)
    yield "drift_could_not_check", "Whether the last check failed.", _outcomes(report)
    yield (
        "drift_check_complete",
        "Whether the check could read and compare everything.",
        (_of(check, float(check.complete)) for check in checks),
    )
    yield (
        "drift_in_sync",
        "Whether nothing differs.",
        (_of(check, float(check.in_sync)) for check in checks),
    )
    yield (
        "drift_differences",
        "Differences by severity, and those that are ignored.",
        (
            ({"target": check.target, "severity": severity}, count)
            for check in checks
            for severity, count in check.summary.items()
        ),
    )
    yield (
        "drift_findings",
        "Differences by rule.",
        (sample for check in checks for sample in _by_rule(check)),
    )
    yield (
        "drift_check_duration_seconds",
        "Time that the check took.",
        (_of(check, check.duration) for check in checks if check.duration is not None),
    )


def _of(check: Check, value: float) -> Sample:
    return {"target": check.target}, value


def _successes(report: Report, earlier: dict[str, float]) -> Iterator[Sample]:
    for check in report.checks:
        if moment := check.started_at or report.started_at:
            yield _of(check, moment.timestamp())
    for failure in report.failures:
        if (before := earlier.get(_escaped(failure.target))) is not None:
            yield {"target": failure.target}, before


def _outcomes(report: Report) -> Iterator[Sample]:
    for check in report.checks:
        yield _of(check, 0)
    for failure in report.failures:
        yield {"target": failure.target}, 1


def _by_rule(check: Check) -> Iterator[Sample]:
    numbers = Counter((finding.rule, finding.severity) for finding in check.findings)
    order = list(Severity)
    for (rule, severity), count in sorted(
        numbers.items(), key=lambda item: (order.index(item[0][1]), item[0][0])
    ):
        yield {"target": check.target, "rule": rule, "severity": str(severity)}, count


def _earlier(previous: str) -> dict[str, float]:
    """Return the time of the last success by target, as its name is written in the file."""
    return {match[1]: float(match[2]) for match in _EARLIER.finditer(previous)}


def _lines(name: str, help_: str, samples: Iterable[Sample]) -> Iterator[str]:
    """Yield a metric; nothing if it has no samples, which a metric must have.

    A series that is there twice would make the whole file invalid, so that its last value wins.
    """
    series = {_labelled(labels): value for labels, value in samples}
    if series:
        yield f"# HELP {name} {help_}\n# TYPE {name} gauge\n"
    for labels, value in series.items():
        yield f"{name}{labels} {value:.15g}\n"


def _labelled(labels: Mapping[str, str]) -> str:
    pairs = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels.items())
    return f"{{{pairs}}}" if pairs else ""


def _escaped(text: str) -> str:
    """Return the value of a label; line breaks are visible already."""
    return visible(text).replace("\\", "\\\\").replace('"', '\\"')
