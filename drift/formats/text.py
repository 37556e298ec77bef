"""The report for people: grouped by table, the worst first, readable without colour."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from itertools import groupby

from rich.cells import cell_len
from rich.console import Console, Group
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from drift.formats.escape import inert, visible
from drift.formats.options import Options
from drift.formats.vocabulary import (
    MARKS,
    by_rule,
    by_table,
    compared,
    counts,
    notes,
    outcome,
    place,
    timing,
)
from drift.kinds import RULES
from drift.kinds.values import clauses
from drift.model import Severity
from drift.report.finding import Finding
from drift.report.report import Check, Failure, Report

STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}

NAMED = 3
"""Targets that are named beside a note; the others are counted."""


def render(report: Report, options: Options) -> str:
    """Return the report for a terminal of the given width."""
    stream = io.StringIO()
    console = Console(
        file=stream,
        width=options.width,
        height=25,  # with no height of its own, a dumb terminal is taken to be 80 wide
        force_terminal=options.color,
        color_system="standard" if options.color else None,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
    )
    several = len(report.checks) > 1
    for check in report.checks:
        if not (several and check.in_sync):
            _check(console, check, options)
    if several:
        _shared_notes(console, [check for check in report.checks if check.in_sync])
    _fixes(console, report)
    for line in _last_lines(report):
        console.print(line)
    lines = (inert(line.rstrip()) for line in stream.getvalue().splitlines())
    return "\n".join(lines) + "\n"


def _check(console: Console, check: Check, options: Options) -> None:
    console.print(Rule(_text(check.target, "bold"), align="left", characters="─"))
    console.print(_sides(check))
    for found in by_table(check.findings):
        console.print()
        _table(console, found, options)
    if check.findings:
        console.print()
    for note in notes(check):
        console.print(Padding(_text(f"note: {note}", "dim"), (0, 0, 0, 2)))
    if list(notes(check)):
        console.print()


def _shared_notes(console: Console, checks: Sequence[Check]) -> None:
    """Print the notes of targets that are in sync: each once, with its targets."""
    targets: dict[str, list[str]] = {}
    for check in checks:
        for note in notes(check):
            targets.setdefault(note, []).append(check.target)
    for note, names in targets.items():
        more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
        where = ", ".join(names[:NAMED]) + more
        console.print(Padding(_text(f"note: {note} ({where})", "dim"), (0, 0, 0, 2)))
    if targets:
        console.print()


def _sides(check: Check) -> Table:
    database = check.database
    grid = _grid(2)
    grid.add_row(
        "", _text("expected", "dim"), _text(f"{check.expected_source} {check.expected_name}")
    )
    live = (
        f"database {database.name} on {database.host or 'a local socket'}, role {database.role}, "
        f"PostgreSQL {database.server_version}"
    )
    grid.add_row("", _text("live", "dim"), _text(live))
    return grid


def _table(console: Console, findings: list[Finding], options: Options) -> None:
    """Print what differs about one table, or about a type or a sequence of its own."""
    ref = findings[0].object
    title = _text(".".join(place(findings[0])), "bold")
    if ref.table is None:
        title.append(f" ({ref.kind})")
    title.append(f"  {counts(findings)}", "not bold dim")
    console.print(title)
    files = {finding.location.file for finding in findings if finding.location}
    common = files.pop() if len(files) == 1 else None
    if common:
        console.print(Padding(_text(common, "dim"), (0, 0, 0, 2)))
    for group in by_rule(findings):
        _group(console, group, common, options)


def _group(console: Console, findings: list[Finding], common: str | None, options: Options) -> None:
    """Print the findings under one rule, and once what they break."""
    first = findings[0]
    head = _text(f"  {MARKS[first.severity]} {first.rule}", STYLES[first.severity])
    head.append(f"  {first.severity}", "not bold")
    if len(findings) > 1:
        head.append(f" × {len(findings)}", "not bold")
    console.print(head)
    for stacked, some in groupby(findings, key=lambda finding: _is_long(finding, options)):
        grid = _grid(2 if stacked else 3, indent=6)
        for finding in some:
            cells = _cells(finding, common, options)
            grid.add_row("", *(_stack(*cells) if stacked else cells))
        console.print(grid)
    console.print(Padding(_text(f"impact: {first.impact}", "italic"), (0, 0, 0, 6)))


def _fixes(console: Console, report: Report) -> None:
    """Print the fix of each rule once, the worst rules first."""
    rules = {(f.severity.rank, f.rule) for check in report.checks for f in check.findings}
    known = dict.fromkeys(rule for _, rule in sorted(rules) if rule in RULES)
    if not known:
        return
    console.print(_text("How to fix (drift rules RULE explains a rule)", "bold"))
    for rule in known:
        console.print(_hanging(f"{rule}: ", RULES[rule].remedy))
    console.print()


def _hanging(head: str, text: str) -> Padding:
    """Return a paragraph whose first line stands out by two cells."""
    grid = Table.grid()
    grid.add_column(overflow="fold")
    grid.add_row(Text.assemble(_text(head, "bold"), _text(text)))
    return Padding(grid, (0, 0, 0, 2))


def _is_long(finding: Finding, options: Options) -> bool:
    """Tell whether a name would be broken, or leave less than half of the line to the rest."""
    return cell_len(visible(finding.object.name)) > (options.width - 16) // 2


def _stack(name: Text, detail: Text, line: Text) -> tuple[Group, Text]:
    return Group(name, Padding(detail, (0, 0, 0, 2))), line


def _cells(finding: Finding, common: str | None, options: Options) -> tuple[Text, Text, Text]:
    """Return name, detail and place; where all of a table stands in one file, its line."""
    name, detail = _text(finding.object.name), _text(finding.detail or finding.message)
    declared, line = finding.location, ""
    if declared and declared.file == common:
        line = f":{declared.line}"
    elif declared:
        detail.append(f"\n{visible(declared.file)}:{declared.line}", "dim")
    if options.verbose:
        for attribute, values in finding.changes.items():
            change = "; ".join(clauses(attribute, *values))
            if change not in detail.plain:
                detail.append(f"\n{visible(change)}", "dim")
        detail.append(f"\nfingerprint {visible(finding.fingerprint)}", "dim")
    return name, detail, _text(line, "dim")


def _grid(columns: int, indent: int = 2) -> Table:
    """Return an invisible table whose first column is the indent and whose last may wrap."""
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(width=max(0, indent - 2))
    for _ in range(columns):
        grid.add_column(overflow="fold")
    return grid


def _last_lines(report: Report) -> Iterator[Text]:
    """Yield when it was checked, and a line for each target, which scripts take from the end."""
    if when := timing(report):
        yield _text(f"checked at {when}", "dim")
    for check in report.checks:
        yield _summary(check)
    for failure in report.failures:
        yield _failure(failure)


def _summary(check: Check) -> Text:
    ignored = f", {len(check.ignored)} ignored" if check.ignored else ""
    worst = min(check.findings, key=lambda finding: finding.severity.rank, default=None)
    result = _text(
        f"{check.target}: {outcome(check)}",
        STYLES[worst.severity] if worst else "bold green" if check.complete else "yellow",
    )
    return Text.assemble(result, _text(f"{ignored}; {compared(check)} compared"))


def _failure(failure: Failure) -> Text:
    return _text(f"{failure.target}: could not be checked: {failure.reason}", "bold red")


def _text(text: str, style: str = "") -> Text:
    return Text(visible(text), style=style)
