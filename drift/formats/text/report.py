"""The text report: the worst first, nothing printed twice, readable without colour."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from drift.formats.escape import visible
from drift.formats.options import Options
from drift.formats.text import filters
from drift.formats.text.blocks import Block, blocks, shortened
from drift.formats.text.layout import Cell, Page, Span, Style, cell_width, shorten_path
from drift.formats.text.rows import add_rows
from drift.formats.vocabulary import (
    MARKS,
    by_severity_and_rule,
    cause_of,
    compared,
    counts,
    has_models,
    notes,
    outcome,
    plural,
    remedy,
    sides,
    table_of,
    timing,
    worst,
)
from drift.kinds.sides import Sides
from drift.model import Severity
from drift.report.finding import Finding
from drift.report.report import Check, Report

STYLES = {Severity.ERROR: Style.RED, Severity.WARNING: Style.YELLOW, Severity.INFO: Style.CYAN}

LONG = 20
"""The number of findings from which on a check begins with a line per rule."""


def render(report: Report, options: Options) -> str:
    """Return the report for a terminal of the given width."""
    page = Page(options.width, color=options.color)
    shown = filters.matching(report, options)
    if options.summary:
        _summary(page, shown.checks)
    else:
        _differences(page, report, shown, options)
    page.blank()
    if hidden := filters.explanation(report, shown, options):
        page.paragraph(Span(hidden, Style.BOLD))
    if when := timing(report):
        page.paragraph(Span(f"checked at {when}", Style.DIM))
    for line in _last_lines(report):
        page.paragraph(*line)
    return page.text()


def _differences(page: Page, report: Report, shown: Report, options: Options) -> None:
    """Add each target that differs, or the only one; then the notes that several share."""
    several = len(report.checks) > 1
    shared = _shared_notes(report.checks) if several else {}
    for check, part in zip(report.checks, shown.checks, strict=True):
        if part.findings or not several:
            page.blank()
            page.rule(check.target, _style(check))
            _sides(page, check)
            if check.cause_summary:
                page.blank()
                page.paragraph(Span(check.cause_summary, Style.BOLD), indent=2)
            _check(page, part, options)
            _notes(page, [note for note in notes(check) if note not in shared])
    _notes(page, [f"{note} ({shortened(names)})" for note, names in shared.items()])
    _fixes(page, shown)


def _check(page: Page, check: Check, options: Options) -> None:
    """Add the findings of one target, and the impact of each rule once.

    A long report begins with the rules. If all findings of a rule have the same impact, it is
    printed there; else below the first finding that has it, to which later ones refer.
    """
    explained: dict[tuple[str, str], str] = {}
    if len(check.findings) >= LONG:
        page.blank()
        page.paragraph(Span(plural(len(check.findings), "difference"), Style.BOLD))
        for group in by_severity_and_rule(check.findings):
            page.paragraph(*_rule(group, 0), indent=2)
            if len({finding.impact for finding in group}) == 1:
                page.paragraph(Span(group[0].impact, Style.ITALIC), indent=6)
                explained[group[0].rule, group[0].impact] = ""
    all_blocks = blocks(check.findings, merge=not options.verbose)
    for block in all_blocks:
        page.blank()
        _block(page, block, explained, options, check.sides)
    if any(block.hides_names for block in all_blocks):
        page.blank()
        page.paragraph(Span("-v lists every table of a shared difference", Style.DIM), indent=2)


def _sides(page: Page, check: Check) -> None:
    for title, side in sides(check):
        page.row(Cell(8, [Span(title, Style.DIM)]), Cell(page.width - 12, [Span(side)]), indent=2)


def _rule(findings: Sequence[Finding], width: int) -> Iterator[Span]:
    """Yield the number of findings of a rule, and that of their tables."""
    first = findings[0]
    yield Span(f"{MARKS[first.severity]} {first.rule:<{width}}", STYLES[first.severity])
    tables = {table_of(finding) for finding in findings if finding.object.table}
    times = f" × {len(findings):,}" if len(findings) > 1 else ""
    in_tables = f" in {plural(len(tables), 'table')}" if tables else ""
    yield Span(f"  {first.severity}{times}{in_tables}")


def _summary(page: Page, checks: Sequence[Check]) -> None:
    """Add a line per target and rule."""
    targets = max((cell_width(visible(check.target)) for check in checks), default=0)
    rules = max((len(f.rule) for check in checks for f in check.findings), default=0)
    for check in checks:
        for group in by_severity_and_rule(check.findings):
            target = visible(check.target)
            space = " " * (targets - cell_width(target) + 2)
            page.paragraph(Span(target + space), *_rule(group, rules), hanging=4)
        if check.cause_summary:
            page.paragraph(Span(f"{visible(check.target)}: {check.cause_summary}"), hanging=4)


def _block(
    page: Page,
    block: Block,
    explained: dict[tuple[str, str], str],
    options: Options,
    named: Sides,
) -> None:
    """Add one block; `explained` maps the impacts that are printed already to their table."""
    page.paragraph(Span(block.title, Style.BOLD), Span(f"  {counts(block.findings)}"))
    if block.names:
        page.paragraph(Span(block.names, Style.DIM), indent=2)
    files = {row.finding.location.file for row in block.rows if row.finding.location}
    file = files.pop() if len(files) == 1 else ""
    if file:
        page.paragraph(Span(shorten_path(file, page.width - 2), Style.DIM), indent=2)
    for rows in block.groups():
        first = rows[0].finding
        known = explained.get((first.rule, first.impact))
        count = sum(row.count for row in rows)
        page.paragraph(
            Span(f"{MARKS[first.severity]} {first.rule}", STYLES[first.severity]),
            Span(f"  {first.severity}{f' × {count:,}' if count > 1 else ''}"),
            Span(f"  (impact: see {known})" if known else "", Style.DIM),
            indent=2,
            hanging=4,
        )
        add_rows(page, rows, file, named, verbose=options.verbose)
        if known is None:
            page.paragraph(Span(f"impact: {first.impact}", Style.ITALIC), indent=6)
            explained[first.rule, first.impact] = block.example
        if cause := cause_of(first):
            page.paragraph(Span(f"cause: {cause}", Style.DIM), indent=6)


def _shared_notes(checks: Iterable[Check]) -> dict[str, list[str]]:
    """Return the notes to print once for several targets, with the names of these.

    A note of a single target that is in sync is among them: nothing else is printed of that target.
    """
    targets: dict[str, list[str]] = {}
    in_sync = set()
    for check in checks:
        for note in notes(check):
            targets.setdefault(note, []).append(check.target)
            in_sync |= {note} if check.in_sync else set()
    return {note: names for note, names in targets.items() if len(names) > 1 or note in in_sync}


def _notes(page: Page, sentences: Sequence[str]) -> None:
    if sentences:
        page.blank()
    for sentence in sentences:
        page.paragraph(Span(f"note: {sentence}", Style.DIM), indent=2)


def _fixes(page: Page, report: Report) -> None:
    """Add the fix of each rule once, the worst rules first."""
    rules = {(f.severity.rank, f.rule) for check in report.checks for f in check.findings}
    models = any(map(has_models, report.checks))
    remedies = {rule: remedy(rule, models=models) for _, rule in sorted(rules)}
    known = {rule: text for rule, text in remedies.items() if text}
    if known:
        page.blank()
        page.paragraph(Span("How to fix (drift rules RULE explains a rule)", Style.BOLD))
    for rule, text in known.items():
        page.paragraph(Span(f"{rule}: ", Style.BOLD), Span(text), indent=2, hanging=2)


def _last_lines(report: Report) -> Iterator[list[Span]]:
    """Yield a line per target: scripts read the last lines."""
    for check in report.checks:
        ignored = f", {len(check.ignored)} ignored" if check.ignored else ""
        yield [
            Span(f"{check.target}: {outcome(check)}", _style(check)),
            Span(f"{ignored}; {compared(check)} compared"),
        ]
    for failure in report.failures:
        yield [Span(f"{failure.target}: could not be checked: {failure.reason}", Style.RED)]


def _style(check: Check) -> Style:
    """Return the colour of the worst finding; of a check without any, whether it is complete."""
    if level := worst(check.findings):
        return STYLES[level]
    return Style.GREEN if check.complete else Style.YELLOW
