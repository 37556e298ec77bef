"""Sections of the page: the findings about one table or object, and both sides of it."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from markupsafe import Markup, escape

from drift.formats import source_links
from drift.formats.html.budget import Budget, PageBudget
from drift.formats.html.sides import object_sides, table_sides
from drift.formats.html.templating import macros
from drift.formats.options import Options
from drift.formats.vocabulary import by_rule, levels, remedy
from drift.kinds import RULES
from drift.kinds.sides import USUAL, Sides
from drift.model import Severity
from drift.report.drawing import Drawing
from drift.report.finding import Finding
from drift.report.fix import Planner

_TEMPLATE = macros("section.html")


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """A table with its findings, or an object outside of tables: that has a `kind`.

    `plan` is the command that plans for the findings.
    """

    id: str
    name: str
    kind: str
    findings: tuple[Finding, ...]
    drawing: Drawing | None = None
    sides: Sides = USUAL
    has_models: bool = True
    plan: Planner = Planner()

    @property
    def file(self) -> str:
        """Return the file of all findings; "" if they are in several files."""
        files = {finding.location.file for finding in self.findings if finding.location}
        return files.pop() if len(files) == 1 else ""


class Section(msgspec.Struct, frozen=True):
    """A rendered section, its link in the contents, and the number of findings in it."""

    content: Markup
    link: Markup
    findings: int


def section(
    subject: Subject, budget: PageBudget, options: Options, *, drawn: bool
) -> Section | None:
    """Return the section of a subject; None if not even its heading fits.

    `drawn`: other tables of the check have both sides.
    """
    counts = levels(subject.findings)
    heading, link = _TEMPLATE.heading(subject, counts), _TEMPLATE.link(subject, counts)
    if not budget.findings.fits(heading + link):
        return None
    groups, listed = _groups(subject, budget.findings, options)
    sides = _sides(subject, budget.sides, drawn=drawn)
    content = _TEMPLATE.section(subject, heading, groups, len(subject.findings) - listed, sides)
    return Section(content, link, listed)


def _groups(
    subject: Subject, budget: Budget, options: Options
) -> tuple[list[tuple[Severity, Markup, list[str]]], int]:
    """Return severity, heading and findings per rule while they fit, and the number of findings."""
    groups, listed, file = [], 0, subject.file
    for findings in by_rule(subject.findings):
        heading = _group_heading(findings, subject)
        if not budget.fits(heading):
            break
        # An address is escaped here, since the templates would cut a very long text.
        rendered = (
            _TEMPLATE.finding(
                finding,
                file,
                escape(source_links.url(finding.location, options)),
                subject.plan.command_for(finding),
            )
            for finding in findings
        )
        items = list(budget.fill(rendered))
        listed += len(items)
        if items:
            groups.append((findings[0].severity, heading, items))
        if len(items) < len(findings):
            break
    return groups, listed


def _group_heading(findings: Sequence[Finding], subject: Subject) -> Markup:
    """Return the heading of a rule; its summary and its fix are about models and a database."""
    finding = findings[0]
    rule = RULES.get(finding.rule)
    summary = rule.summary if rule and subject.sides.are_usual else ""
    fixes = dict.fromkeys(remedy(f.rule, f.cause, models=subject.has_models) for f in findings)
    fix = " ".join(filter(None, fixes))
    markup: Markup = _TEMPLATE.group_heading(finding, summary, fix)
    return markup


def _sides(subject: Subject, budget: Budget, *, drawn: bool) -> Markup:
    """Return both sides of a subject, or a sentence with the reason why they are left out."""
    drawing, sides = subject.drawing, Markup()
    if subject.kind:
        sides = object_sides(subject.findings, subject.name, subject.sides)
        if not sides:
            return sides
    elif drawing is None:
        return _cut("both sides are shown of the worst tables only.") if drawn else sides
    elif not drawing.parts:
        return sides
    elif not budget.nearly_spent:
        sides = table_sides(drawing, subject.id, subject.sides)
    if sides and budget.fits(sides):
        return sides
    return _cut("both sides of this table would make the page too large.")


def _cut(sentence: str) -> Markup:
    markup: Markup = _TEMPLATE.cut(sentence)
    return markup
