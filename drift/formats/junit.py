"""The report as JUnit's XML: a test suite for each target, a test case for each table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from drift.formats.escape import inert, visible
from drift.formats.options import Options
from drift.formats.vocabulary import by_rule, compared, counts, notes
from drift.model import ObjectRef, Severity
from drift.report.finding import Finding
from drift.report.report import Check, Failure, Report


def render(report: Report, options: Options) -> str:
    """Return the document. Errors and warnings fail their table; `info` is printed with it."""
    suites = [_check(check) for check in report.checks]
    suites += [_failure(failure) for failure in report.failures]
    totals = {key: str(sum(int(suite.attrib[key]) for suite in suites)) for key in _COUNTS}
    root = _element("testsuites", {"name": "drift", **totals})
    root.extend(suites)
    indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(root, encoding="unicode")}\n'


_COUNTS = ("tests", "failures", "errors")


def _check(check: Check) -> Element:
    ignored = _ignored(check)
    cases = [
        _case(check.target, name, found, ignored.get(name, []))
        for name, found in _by_name(check).items()
    ]
    failed = sum(case.find("failure") is not None for case in cases)
    suite = _suite(check.target, tests=len(cases), failures=failed, errors=0)
    if check.started_at is not None and check.duration is not None:
        suite.set("timestamp", f"{check.started_at:%Y-%m-%dT%H:%M:%S}")
        suite.set("time", f"{check.duration:.3f}")
    properties = SubElement(suite, "properties")
    for name, value in _facts(check):
        properties.append(_element("property", {"name": name, "value": value}))
    suite.extend(cases)
    suite.append(_text("system-out", (f"{compared(check)} compared", *notes(check))))
    return suite


def _facts(check: Check) -> Iterator[tuple[str, str]]:
    live = check.database
    yield "expected", f"{check.expected_source} {check.expected_name}"
    yield "database", live.name
    yield "host", live.host or "a local socket"
    yield "role", live.role
    yield "server_version", live.server_version


def _by_name(check: Check) -> dict[str, list[Finding]]:
    """Return the findings by table, those of clean tables too, then by what is in no table."""
    found: dict[str, list[Finding]] = {table: [] for table in check.tables}
    for finding in check.findings:
        found.setdefault(_name(finding.object), []).append(finding)
    for name in _ignored(check):
        found.setdefault(name, [])
    return found


def _ignored(check: Check) -> dict[str, list[str]]:
    """Return a line for each ignored finding, by the name of its test case."""
    told: dict[str, list[str]] = {}
    for one in check.ignored:
        reason = f" ({one.reason})" if one.reason else ""
        line = f"ignored {one.finding.rule}: {one.finding.message}{reason}"
        told.setdefault(_name(one.finding.object), []).append(line)
    return told


def _name(ref: ObjectRef) -> str:
    if ref.table or ref.kind == "table":
        return f"{ref.schema}.{ref.table or ref.name}"
    return f"{ref.path} ({ref.kind})"


def _case(target: str, name: str, findings: Sequence[Finding], ignored: Sequence[str]) -> Element:
    """Return a test case with one failure at most: most readers look at no second one."""
    case = _element("testcase", {"classname": f"drift.{target}", "name": name})
    groups = list(by_rule(findings))
    told = [line for group in groups for line in _lines(group)]
    if any(finding.severity is not Severity.INFO for finding in findings):
        rules = dict.fromkeys(group[0].rule for group in groups)
        message = f"{counts(findings)}: {', '.join(rules)}"
        case.append(_text("failure", told, {"type": groups[0][0].rule, "message": message}))
        told = []
    if printed := [*told, *ignored]:
        case.append(_text("system-out", printed))
    return case


def _lines(findings: Sequence[Finding]) -> Iterator[str]:
    """Yield what the findings of one rule break, and each of them."""
    first = findings[0]
    yield f"{first.severity} {first.rule}: {first.impact}"
    for finding in findings:
        place = finding.location
        where = f" ({place.file}:{place.line})" if place else ""
        yield f"  {finding.message}{where}"


def _failure(failure: Failure) -> Element:
    suite = _suite(failure.target, tests=1, failures=0, errors=1)
    case = _element("testcase", {"classname": f"drift.{failure.target}", "name": "check"})
    told = {"type": "could-not-check", "message": failure.reason}
    case.append(_text("error", [f"could not be checked: {failure.reason}"], told))
    suite.append(case)
    return suite


def _suite(target: str, **numbers: int) -> Element:
    texts = {key: str(number) for key, number in numbers.items()}
    return _element("testsuite", {"name": target, **texts})


def _text(tag: str, lines: Iterable[str], attributes: Mapping[str, str] | None = None) -> Element:
    """Return an element whose text holds these lines, none of which a CI log would obey."""
    element = _element(tag, attributes or {})
    element.text = "\n".join(inert(visible(line)) for line in lines)
    return element


def _element(tag: str, attributes: Mapping[str, str]) -> Element:
    """Return an element whose attributes hold no character that XML forbids."""
    return Element(tag, {key: visible(value) for key, value in attributes.items()})
