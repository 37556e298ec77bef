"""The section of advice: below all differences, because it is none."""

from __future__ import annotations

from msgspec.structs import replace

from drift.formats.ages import databases
from drift.formats.options import Options
from drift.formats.text.findings import add_findings
from drift.formats.text.layout import Page, Span, Style
from drift.formats.vocabulary import plural
from drift.report.fleet import fleet
from drift.report.report import Report


def add_advice(page: Page, report: Report, options: Options) -> None:
    """Add the advice of all targets, that of several once; nothing if there is none."""
    checks = [replace(check, findings=check.advice) for check in report.checks if check.advice]
    if not checks:
        return
    page.blank()
    page.rule("Advice", Style.CYAN)
    page.paragraph(Span("Suggestions are no differences: the check stays in sync.", Style.DIM))
    several = len(report.checks) > 1
    split = fleet(checks) if len(checks) > 1 else None
    for group in split.groups if split else ():
        _heading(page, databases(group.targets), len(group.findings))
        add_findings(page, group.findings, options, noun="suggestion")
    for own in split.own if split else checks:
        if own.findings:
            if several:
                _heading(page, own.target, len(own.findings))
            add_findings(page, own.findings, options, noun="suggestion")


def _heading(page: Page, name: str, count: int) -> None:
    page.blank()
    page.paragraph(Span(name, Style.BOLD), Span(f"  {plural(count, 'suggestion')}"))
