"""The report as JUnit's XML: a test suite per target, a test case per table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from drift.formats.ages import age, changes
from drift.formats.escape import inert, visible
from drift.formats.options import Options
from drift.formats.vocabulary import by_rule, cause_of, compared, counts, notes_and_advice
from drift.model import ObjectRef, Severity
from drift.report.finding import Finding
from drift.report.report import Check, Failure, Report


def render(report: Report, options: Options) -> str:
    """Return the document. Errors and warnings fail their table; `info` is only printed."""
    suites = [_check(check) for check in report.checks]
    suites += [_failure(failure) for failure in report.failures]
    totals = {
        key: str(sum(int(suite.attrib[key]) for suite in suites))
        for key in ("tests", "failures", "errors")
    }
    root = _element("testsuites", {"name": "drift", **totals})
    root.extend(suites)
    indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(root, encoding="unicode")}\n'


def _check(check: Check) -> Element:
    cases = [
        _case(check.target, name, findings, ignored)
        for name, (findings, ignored) in _by_name(check).items()
    ]
    failed = sum(case.find("failure") is not None for case in cases)
    suite = _suite(check.target, tests=len(cases), failures=failed, errors=0)
    if check.started_at is not None and check.duration is not None:
        suite.set("timestamp", f"{check.started_at:%Y-%m-%dT%H:%M:%S}")
        suite.set("time", f"{check.duration:.3f}")
    database = check.database
    live = {
        "database": database.name,
        "host": database.host or "a local socket",
        "role": database.role,
        "server_version": database.server_version,
    }
    properties = {
        "expected": f"{check.expected_source} {check.expected_name}",
        **_actual(check),
        **(live if database.name else {}),
    }
    SubElement(suite, "properties").extend(
        _element("property", {"name": name, "value": value}) for name, value in properties.items()
    )
    suite.extend(cases)
    suite.append(_text("system-out", (*_summary(check), *notes_and_advice(check))))
    return suite


def _summary(check: Check) -> Iterator[str]:
    yield f"{compared(check)} compared"
    if check.hint:
        yield f"hint: {check.hint}"
    if check.cause_summary:
        yield f"causes: {check.cause_summary}"
    if sentence := changes(check):
        yield sentence


def _actual(check: Check) -> dict[str, str]:
    """Return the actual side of a diff, which need not be a database."""
    if not check.actual_source:
        return {}
    return {"actual": f"{check.actual_source} {check.actual_name}"}


def _by_name(check: Check) -> dict[str, tuple[list[Finding], list[str]]]:
    """Return findings and lines about ignored ones, per test case.

    Compared tables come first, also those without findings, then objects outside of tables.
    """
    cases: dict[str, tuple[list[Finding], list[str]]] = {name: ([], []) for name in check.tables}
    for finding in check.findings:
        cases.setdefault(_name(finding.object), ([], []))[0].append(finding)
    for ignored in check.ignored:
        reason = f" ({ignored.reason})" if ignored.reason else ""
        line = f"ignored {ignored.finding.rule}: {ignored.finding.message}{reason}"
        cases.setdefault(_name(ignored.finding.object), ([], []))[1].append(line)
    return cases


def _name(ref: ObjectRef) -> str:
    if ref.table or ref.kind == "table":
        return f"{ref.schema}.{ref.table or ref.name}"
    return f"{ref.path} ({ref.kind})"


def _case(target: str, name: str, findings: Sequence[Finding], ignored: Sequence[str]) -> Element:
    """Return a test case with at most one failure: most readers ignore a second one."""
    case = _element("testcase", {"classname": f"drift.{target}", "name": name})
    groups = list(by_rule(findings))
    printed = [line for group in groups for line in _lines(group)]
    if any(finding.severity is not Severity.INFO for finding in findings):
        rules = dict.fromkeys(group[0].rule for group in groups)
        message = f"{counts(findings)}: {', '.join(rules)}"
        case.append(_text("failure", printed, {"type": groups[0][0].rule, "message": message}))
        printed = []
    if printed or ignored:
        case.append(_text("system-out", (*printed, *ignored)))
    return case


def _lines(findings: Sequence[Finding]) -> Iterator[str]:
    """Yield the impact that the findings of one rule have in common, then each finding."""
    first = findings[0]
    yield f"{first.severity} {first.rule}: {first.impact}"
    for finding in findings:
        location = finding.location
        yield f"  {finding.message}{f' ({location.file}:{location.line})' if location else ''}"
        if cause := cause_of(finding):
            yield f"    cause: {cause}"
        if phrase := age(finding):
            yield f"    {phrase}"


def _failure(failure: Failure) -> Element:
    suite = _suite(failure.target, tests=1, failures=0, errors=1)
    case = _element("testcase", {"classname": f"drift.{failure.target}", "name": "check"})
    attributes = {"type": "could-not-check", "message": failure.reason}
    case.append(_text("error", [f"could not be checked: {failure.reason}"], attributes))
    suite.append(case)
    return suite


def _suite(target: str, **numbers: int) -> Element:
    return _element("testsuite", {"name": target} | {k: str(n) for k, n in numbers.items()})


def _text(tag: str, lines: Iterable[str], attributes: Mapping[str, str] | None = None) -> Element:
    """Return an element whose text is these lines, none of which a CI log would obey."""
    element = _element(tag, attributes or {})
    element.text = "\n".join(inert(visible(line)) for line in lines)
    return element


def _element(tag: str, attributes: Mapping[str, str]) -> Element:
    """Return an element; characters that XML forbids are made visible in its attributes."""
    return Element(tag, {key: visible(value) for key, value in attributes.items()})
