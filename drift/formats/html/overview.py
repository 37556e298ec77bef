"""The top of the page: the outcome in one line, each target's state, and the filters."""

from __future__ import annotations

from collections.abc import Iterator

from drift.formats.html.markup import Markup, element, join
from drift.formats.html.targets import facts
from drift.formats.html.words import MARKS, levels, state, verdict, worst
from drift.model import Severity
from drift.report.finding import Finding
from drift.report.report import Check, Report


def headline(report: Report) -> str:
    """Return the outcome of the run as a sentence."""
    checks, failures = report.checks, report.failures
    in_all = len(checks) + len(failures)
    if in_all == 1:
        return _of_one(report)
    drifted = sum(not check.in_sync for check in checks)
    parts = []
    if failures:
        parts.append(f"{len(failures)} of {in_all} targets could not be checked")
    if drifted:
        verb = "has" if drifted == 1 else "have"
        parts.append(f"{drifted} of {in_all} {verb} drifted from the models")
    if parts:
        return ", ".join(parts)
    so_far = "" if all(check.complete for check in checks) else ", as far as they could be read"
    return f"All {in_all} targets are in sync{so_far}" if in_all else "Nothing was checked"


def _of_one(report: Report) -> str:
    if report.failures:
        return f"{report.failures[0].target} could not be checked"
    check = report.checks[0]
    if check.in_sync:
        so_far = "" if check.complete else ", as far as it could be read"
        return f"{check.target} is in sync with its models{so_far}"
    return f"{check.target} has drifted from its models"


def outcome(report: Report) -> str:
    """Return the worst severity of the run, `error` where a check failed, or `ok`."""
    level = Severity.ERROR if report.failures else worst(_findings(report))
    complete = all(check.complete for check in report.checks)
    return str(level or ("ok" if complete else Severity.WARNING))


def _findings(report: Report) -> list[Finding]:
    return [finding for check in report.checks for finding in check.findings]


def banner(report: Report) -> Markup:
    """Return the page's header."""
    counts = levels(_findings(report))
    tiles = (
        element(
            "div",
            element("dt", _noun(level)),
            element("dd", f"{counts[level]:,}"),
            class_=f"tile {level if counts[level] else 'none'}",
        )
        for level in Severity
    )
    return element(
        "header",
        element("p", "drift", element("span", " · schema drift report"), class_="brand"),
        element("h1", headline(report)),
        element("dl", *tiles, class_="tiles"),
        *_sides(report),
        class_=f"banner {outcome(report)}",
    )


def _sides(report: Report) -> Iterator[Markup]:
    if len(report.checks) + len(report.failures) > 1:
        yield _overview(report)
    elif report.checks:
        yield facts(report.checks[0])


def _overview(report: Report) -> Markup:
    """Return a table of the targets, each a link to its section."""
    heads = (element("th", word, scope="col") for word in ("Target", "Outcome", "Database"))
    failed = (
        _line(one.target, f"f{number}", "error", "could not be checked", "—")
        for number, one in enumerate(report.failures, 1)
    )
    checked = (_check(check, number) for number, check in enumerate(report.checks, 1))
    table = element(
        "table",
        element("caption", "Targets", class_="sr"),
        element("thead", element("tr", *heads)),
        element("tbody", *failed, *checked),
        class_="overview",
    )
    return element("nav", table, aria_label="Targets")


def _check(check: Check, number: int) -> Markup:
    database = check.database
    live = f"{database.name} on {database.host or 'a local socket'}, {database.server_version}"
    return _line(check.target, f"t{number}", state(check), verdict(check), live)


def _line(name: str, anchor: str, level: str, state: str, live: str) -> Markup:
    return element(
        "tr",
        element("th", element("a", name, href=f"#{anchor}"), scope="row"),
        element("td", element("span", state, class_=f"verdict {level}")),
        element("td", live),
    )


def toolbar(report: Report) -> Markup:
    """Return the filters; a script shows them, since nothing works them without one."""
    counts = levels(_findings(report))
    if not counts:
        return _theme_alone()
    buttons = (
        element(
            "button",
            element("span", MARKS[level], aria_hidden="true", class_="sign"),
            f" {counts[level]:,} {_noun(level)}",
            type="button",
            class_=f"level {level}",
            data_level=str(level),
            aria_pressed="true",
        )
        for level in Severity
        if counts[level]
    )
    search = element(
        "input",
        type="search",
        id="search",
        placeholder="Filter: table, column, rule …",
        aria_label="Filter the findings by text",
        aria_keyshortcuts="/",
        autocomplete="off",
        spellcheck="false",
    )
    said = element("p", "", id="said", role="status", aria_live="polite")
    unfold = element(
        "button", "Show unchanged rows", type="button", id="unfold", aria_pressed="false"
    )
    group = element("div", *buttons, role="group", aria_label="Severities shown", class_="levels")
    find = element("div", search, element("kbd", "/", aria_hidden="true"), class_="find")
    parts = join((group, find, unfold, _theme(), said))
    return element("div", parts, role="search", class_="toolbar", hidden=True, aria_label="Filters")


def _theme_alone() -> Markup:
    return element("div", _theme(), class_="toolbar", hidden=True)


def _theme() -> Markup:
    sign = element("span", "◐", aria_hidden="true")
    return element("button", sign, " Dark", type="button", id="theme", aria_pressed="false")


def _noun(level: Severity) -> str:
    return {Severity.ERROR: "errors", Severity.WARNING: "warnings"}.get(level, "info")
