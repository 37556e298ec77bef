"""The findings of one section: a line per rule if they are many, then a block per table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from drift.formats.ages import age
from drift.formats.options import Options
from drift.formats.text.blocks import Block, blocks
from drift.formats.text.layout import Page, Span, Style, shorten_path
from drift.formats.text.rows import add_rows
from drift.formats.vocabulary import (
    MARKS,
    by_severity_and_rule,
    cause_of,
    counts,
    plural,
    table_of,
    worst,
)
from drift.kinds.sides import USUAL, Sides
from drift.model import Severity
from drift.report.finding import Finding
from drift.report.report import Check

STYLES = {Severity.ERROR: Style.RED, Severity.WARNING: Style.YELLOW, Severity.INFO: Style.CYAN}

LONG = 20
"""The number of findings from which on a section begins with a line per rule."""


def add_findings(
    page: Page,
    findings: Sequence[Finding],
    options: Options,
    sides: Sides = USUAL,
    noun: str = "difference",
) -> None:
    """Add the findings of a target, or those that several share; the impact of each rule once.

    A long report begins with the rules. If all findings of a rule have the same impact, it is
    printed there; else below the first finding that has it, to which later ones refer.
    """
    explained: dict[tuple[str, str], str] = {}
    if len(findings) >= LONG:
        page.blank()
        page.paragraph(Span(plural(len(findings), noun), Style.BOLD))
        for group in by_severity_and_rule(findings):
            page.paragraph(*rule_line(group, 0), indent=2)
            if len({finding.impact for finding in group}) == 1:
                page.paragraph(Span(group[0].impact, Style.ITALIC), indent=6)
                explained[group[0].rule, group[0].impact] = ""
    all_blocks = blocks(findings, merge=not options.verbose)
    for block in all_blocks:
        page.blank()
        _block(page, block, explained, options, sides)
    if options.more and any(block.hides_names for block in all_blocks):
        page.blank()
        page.paragraph(
            Span(f"{options.more} lists every table of a shared {noun}", Style.DIM), indent=2
        )


def rule_line(findings: Sequence[Finding], width: int) -> Iterator[Span]:
    """Yield the number of findings of a rule, and that of their tables."""
    first = findings[0]
    yield Span(f"{MARKS[first.severity]} {first.rule:<{width}}", STYLES[first.severity])
    tables = {table_of(finding) for finding in findings if finding.object.table}
    times = f" × {len(findings):,}" if len(findings) > 1 else ""
    in_tables = f" in {plural(len(tables), 'table')}" if tables else ""
    yield Span(f"  {first.severity}{times}{in_tables}")


def _block(
    page: Page, block: Block, explained: dict[tuple[str, str], str], options: Options, sides: Sides
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
        aged = {age(row.finding) for row in rows}
        common = aged.pop() if len(aged) == 1 else ""
        known = explained.get((first.rule, first.impact))
        count = sum(row.count for row in rows)
        page.paragraph(
            Span(f"{MARKS[first.severity]} {first.rule}", STYLES[first.severity]),
            Span(f"  {first.severity}{f' × {count:,}' if count > 1 else ''}"),
            Span(f"  {common}" if common else "", Style.DIM),
            Span(f"  (impact: see {known})" if known else "", Style.DIM),
            indent=2,
            hanging=4,
        )
        add_rows(page, rows, file, sides, verbose=options.verbose, aged=bool(aged))
        if known is None:
            page.paragraph(Span(f"impact: {first.impact}", Style.ITALIC), indent=6)
            explained[first.rule, first.impact] = block.example
        if cause := cause_of(first):
            page.paragraph(Span(f"cause: {cause}", Style.DIM), indent=6)


def style_of(check: Check) -> Style:
    """Return the colour of the worst finding; of a check without any, whether it is complete."""
    if level := worst(check.findings):
        return STYLES[level]
    return Style.GREEN if check.complete else Style.YELLOW
