"""The report as one page for people: it needs no other file, no network and no script."""

from __future__ import annotations

import base64
import datetime
import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from importlib.resources import files
from urllib.parse import quote

import msgspec

from drift import __version__
from drift.formats.ages import changes, total
from drift.formats.html.budget import PageBudget
from drift.formats.html.picture import figure
from drift.formats.html.plot import plot
from drift.formats.html.sections import Section, Subject, section
from drift.formats.html.templating import macros
from drift.formats.options import Options
from drift.formats.vocabulary import INCOMPLETE, advice, has_models, levels, plural, table_of, worst
from drift.model import Severity
from drift.report.finding import Finding
from drift.report.fix import Planner, planner
from drift.report.fleet import Group, fleet
from drift.report.report import Check, Report

MANY = 60
"""The number of sections from which on a browser lays out only those near its window."""

MOST_NAMES = 5_000
"""Databases that a group lists by name."""

_COLORS = {"error": "#c62828", "warning": "#b26a00", "info": "#1d5fa8", "ok": "#19733f"}
_ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">'
    '<rect width="16" height="16" rx="4" fill="{color}"/>'
    '<path d="M4 5h5M7 8h5M4 11h5" stroke="#fff" stroke-width="2" stroke-linecap="round"/></svg>'
)


def render(report: Report, options: Options) -> str:
    """Return the page; the same report gives the same page."""
    budget = PageBudget()
    split = fleet(report.checks)
    shared = list(_shared(split.groups, options, budget))
    targets = [
        _target(check, own, f"t{number}", options, budget)
        for number, (check, own) in enumerate(zip(report.checks, split.own, strict=True), 1)
    ]
    findings = [finding for check in report.checks for finding in check.findings]
    outcome = _outcome(report, findings)
    page: str = macros("page.html").page(
        report=report,
        targets=targets,
        shared=shared,
        unlisted=len(split.groups) - len(shared),
        plot=plot(total(report.checks), _last(report), "all") if len(targets) > 1 else "",
        alone=len(report.checks) + len(report.failures) == 1,
        counts=levels(findings),
        headline=_headline(report),
        outcome=outcome,
        icon="data:image/svg+xml," + quote(_ICON.format(color=_COLORS[outcome])),
        style=_static("page.css"),
        script=_static("page.js"),
        sha256=_sha256,
        version=__version__,
        many=MANY,
    )
    return str(page)


def _shared(
    groups: Sequence[Group], options: Options, budget: PageBudget
) -> Iterator[dict[str, object]]:
    """Yield the rendered parts of the differences that several databases have."""
    for number, group in enumerate(groups, 1):
        names = macros("shared.html").names(group.targets[:MOST_NAMES], len(group.targets))
        if not budget.findings.fits(names):
            return
        check = msgspec.structs.replace(group.first, findings=group.findings)
        subjects = list(_subjects(check, f"s{number}", Planner()))
        sections = list(_sections(subjects, budget, options))
        yield {"group": group, "names": names, "sections": sections}


def _last(report: Report) -> datetime.date | None:
    """Return the day of the run; None without a history."""
    return max((check.changes.at.date() for check in report.checks if check.changes), default=None)


def _target(
    check: Check, own: Check, id_: str, options: Options, budget: PageBudget
) -> dict[str, object]:
    """Return the rendered parts of one check, with the sections of its `own` findings."""
    subjects = list(_subjects(own, id_, planner(check)))
    sections = list(_sections(subjects, budget, options))
    counts = {subject.name: levels(subject.findings) for subject in subjects if not subject.kind}
    shown = subjects[: len(sections)]
    anchors = {subject.name: subject.id for subject in shown if not subject.kind}
    ignored = map(macros("section.html").ignored_finding, check.ignored)
    days, at = (check.changes.days, check.changes.at.date()) if check.changes else ((), None)
    drawn = plot(days, at, id_)
    tables = {subject.name for subject in subjects}
    drawings = check.drawings
    if len(own.findings) < len(check.findings):
        drawings = tuple(drawing for drawing in drawings if drawing.path in tables)
    return {
        "check": check,
        "own": len(own.findings),
        "changes": changes(check),
        "plot": drawn if budget.findings.fits(drawn) else "",
        "remarks": list(_remarks(check)),
        "picture": figure(drawings, counts, anchors, f"{id_}-keys", check.sides),
        "sections": sections,
        "ignored": list(budget.findings.fill(ignored)),
    }


def _subjects(check: Check, id_: str, plan: Planner) -> Iterator[Subject]:
    """Yield the tables and objects with findings, those with the most errors first.

    `plan` is the command that plans for them: findings of several databases have none.
    """
    groups: dict[tuple[str, str], list[Finding]] = defaultdict(list)
    for finding in check.findings:
        kind = "" if finding.object.table else finding.object.kind.replace("-", " ")
        groups[table_of(finding), kind].append(finding)
    drawings = {drawing.path: drawing for drawing in check.drawings}

    def order(group: tuple[tuple[str, str], list[Finding]]) -> tuple[object, ...]:
        counts = levels(group[1])
        return [-counts[level] for level in Severity], group[0]

    for number, ((name, kind), findings) in enumerate(sorted(groups.items(), key=order), 1):
        yield Subject(
            id=f"{id_}-{number}",
            name=name,
            kind=kind,
            findings=tuple(findings),
            drawing=None if kind else drawings.get(name),
            sides=check.sides,
            has_models=has_models(check),
            plan=plan,
        )


def _sections(
    subjects: Sequence[Subject], budget: PageBudget, options: Options
) -> Iterator[Section]:
    """Yield the sections up to the first that is not on the page as a whole."""
    drawn = any(subject.drawing for subject in subjects)
    for subject in subjects:
        rendered = section(subject, budget, options, drawn=drawn)
        if rendered is None:
            return
        yield rendered
        if rendered.findings < len(subject.findings):
            return


def _remarks(check: Check) -> Iterator[str]:
    if not check.complete:
        yield f"{INCOMPLETE.capitalize()}: not everything could be read or compared."
    yield from check.notes
    if check.not_compared:
        kinds = (plural(count, kind) for kind, count in check.not_compared.items())
        yield f"Not compared: {', '.join(kinds)}."
    yield from advice(check)


def _outcome(report: Report, findings: Sequence[Finding]) -> str:
    """Return the worst severity of the run, `error` if a check failed, or `ok`."""
    if report.failures:
        return Severity.ERROR
    complete = all(check.complete for check in report.checks)
    return worst(findings) or ("ok" if complete else Severity.WARNING)


def _headline(report: Report) -> str:
    """Return the outcome of the run as a sentence."""
    checks, failures = report.checks, report.failures
    targets = len(checks) + len(failures)
    if not targets:
        return "Nothing was checked"
    if targets == 1 and failures:
        return f"{failures[0].target} could not be checked"
    complete = all(check.complete for check in checks)
    if targets == 1 and checks[0].actual_source:
        return _outcome_of_diff(checks[0], complete=complete)
    if targets == 1:
        named = checks[0].sides
        expected = "its models" if named.are_usual else named.in_expected
        if checks[0].in_sync:
            unless = "" if complete else ", as far as it could be read"
            return f"{checks[0].target} is in sync with {expected}{unless}"
        return f"{checks[0].target} has drifted from {expected}"
    drifted = sum(not check.in_sync for check in checks)
    parts = [f"{len(failures)} of {targets} targets could not be checked"] if failures else []
    if drifted:
        verb = "has" if drifted == 1 else "have"
        parts.append(f"{drifted} of {targets} {verb} drifted from the models")
    unless = "" if complete else ", as far as they could be read"
    return ", ".join(parts) or f"All {targets} targets are in sync{unless}"


def _outcome_of_diff(check: Check, *, complete: bool) -> str:
    both = check.sides.expected, check.sides.actual
    left, right = both if check.left == "expected" else reversed(both)
    if check.in_sync:
        unless = "" if complete else ", as far as they could be read"
        return f"{left} and {right} are in sync{unless}"
    return f"{left} and {right} differ"


def _static(name: str) -> str:
    """Return a file of the package."""
    source = files("drift.formats.html").joinpath(name).read_text(encoding="utf-8")
    return source.replace("\r\n", "\n")


def _sha256(source: str) -> str:
    """Return the source that allows a style or a script in the page's security policy."""
    return f"sha256-{base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()}"
