"""The differences that several databases have in the same way, each printed once."""

from __future__ import annotations

from collections.abc import Sequence

from drift.formats.ages import databases
from drift.formats.options import Options
from drift.formats.text.findings import STYLES, add_findings
from drift.formats.text.layout import Page, Span, Style
from drift.formats.vocabulary import counts, plural, worst
from drift.model import Severity
from drift.report.fleet import Group


def add_shared(page: Page, groups: Sequence[Group], options: Options) -> None:
    """Add the groups, those of the most databases first; nothing if there are none."""
    if not groups:
        return
    level = worst(finding for group in groups for finding in group.findings)
    page.blank()
    page.rule("In several databases", STYLES[level or Severity.INFO])
    for group in groups:
        page.blank()
        _heading(page, group, verbose=options.verbose)
        add_findings(page, group.findings, options, group.first.sides)
    hides_names = not options.verbose and any(len(group.targets) > 2 for group in groups)
    if options.more and hides_names:
        page.blank()
        page.paragraph(
            Span(f"{options.more} lists the names of all databases", Style.DIM), indent=2
        )


def _heading(page: Page, group: Group, *, verbose: bool) -> None:
    """Add the databases of a group, and the number of its differences in each."""
    total = plural(len(group.targets), "database")
    numbers = f"  {total}, each {counts(group.findings)}"
    page.paragraph(Span(databases(group.targets), Style.BOLD), Span(numbers))
    if verbose and len(group.targets) > 2:
        page.paragraph(Span(", ".join(group.targets), Style.DIM), indent=2)
