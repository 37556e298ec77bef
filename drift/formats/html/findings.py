"""What differs in one table: its findings, and both sides of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

import msgspec

from drift.formats.html.links import place_link
from drift.formats.html.markup import Markup, element, hidden, join, plural
from drift.formats.html.space import Room, Space
from drift.formats.html.tables import changes_beside, side_by_side
from drift.formats.html.words import MARKS, levels
from drift.formats.options import Options
from drift.kinds import RULES
from drift.model import Severity
from drift.report.drawing import Drawing
from drift.report.finding import Finding


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """One section of the page: a table, or what belongs to none (`kind` says what it is)."""

    id: str
    name: str
    kind: str
    findings: tuple[Finding, ...]
    drawing: Drawing | None = None

    @property
    def file(self) -> str:
        """Return where all of it is declared; "" for several files."""
        files = {finding.location.file for finding in self.findings if finding.location}
        return files.pop() if len(files) == 1 else ""


class Section(msgspec.Struct, frozen=True):
    """A table's section, its link in the contents, and how many of its findings are there."""

    content: Markup
    link: Markup
    findings: int


def section(one: Table, room: Room, options: Options, *, drawn: bool) -> Section | None:
    """Return the section of one table, None where there is no room; `drawn`: others are."""
    head, link = _header(one), _link(one)
    if not room.findings.fits(head + link):
        return None
    groups, listed = _groups(one, room.findings, options)
    content = element(
        "section",
        head,
        *groups,
        *_left_out(len(one.findings) - listed),
        *_sides(one, room.sides, drawn=drawn),
        class_="table",
        id=one.id,
        aria_labelledby=f"{one.id}-name",
    )
    return Section(content, link, listed)


def _header(one: Table) -> Markup:
    kind = [" ", element("small", one.kind)] if one.kind else []
    head = element("h3", element("code", one.name), *kind, id=f"{one.id}-name")
    file = [element("code", one.file, class_="file")] if one.file else []
    return element("header", head, chips(levels(one.findings)), *file)


def _link(one: Table) -> Markup:
    link = element("a", element("code", one.name), href=f"#{one.id}")
    return element("li", link, chips(levels(one.findings)))


def chips(counts: Mapping[Severity, int]) -> Markup:
    """Return the counts of the severities that there are, each with its sign."""
    some = (_chip(level, counts[level]) for level in Severity if counts.get(level))
    return element("p", *some, class_="chips")


def _chip(level: Severity, count: int) -> Markup:
    noun = str(level) if level is Severity.INFO or count == 1 else f"{level}s"
    return element(
        "span",
        element("span", MARKS[level], aria_hidden="true", class_="sign"),
        f" {count:,}",
        hidden(f" {noun}"),
        class_=f"chip {level}",
        title=f"{count:,} {noun}",
    )


def _groups(one: Table, space: Space, options: Options) -> tuple[list[Markup], int]:
    """Return the findings by rule, and how many of them there was room for."""
    groups, listed, file = [], 0, one.file
    for _, group in groupby(sorted(one.findings, key=_group_of), key=_group_of):
        findings = list(group)
        head = _group_header(findings[0])
        if not space.fits(head):
            break
        items = list(space.fill(_finding(finding, file, options) for finding in findings))
        listed += len(items)
        if items:
            groups.append(_group(findings[0].severity, head, items))
        if len(items) < len(findings):
            break
    return groups, listed


def _group_of(finding: Finding) -> tuple[int, str, str]:
    """Return what findings have in common that are listed under one heading."""
    return finding.severity.rank, finding.rule, finding.impact


def _group(level: Severity, head: Markup, items: Sequence[str]) -> Markup:
    listed = element("ul", *items)
    return element("div", head, listed, class_=f"group {level}", data_severity=str(level))


def _group_header(first: Finding) -> Markup:
    """Return what the findings of one rule have in common: its name, impact and fix."""
    sign = element("span", MARKS[first.severity], aria_hidden="true", class_="sign")
    head = element(
        "h4",
        element("span", sign, f" {first.severity}", class_=f"chip {first.severity}"),
        " ",
        element("code", first.rule),
        *([" ", element("span", RULES[first.rule].summary)] if first.rule in RULES else []),
    )
    return join((head, *_advice(first)))


def _advice(first: Finding) -> Iterator[Markup]:
    """Yield what the findings of one rule break, and how to fix them."""
    if first.impact:
        yield element("p", element("b", "Impact: "), first.impact, class_="impact")
    if first.rule in RULES:
        yield element("p", element("b", "Fix: "), RULES[first.rule].remedy, class_="impact")


def _finding(finding: Finding, file: str, options: Options) -> Markup:
    """Return one difference: the whole sentence, or what the heading leaves to be said."""
    words: tuple[str, ...] = (finding.message,)
    if finding.detail and finding.rule in RULES:
        words = (element("code", finding.object.name), " ", element("span", finding.detail))
    place = place_link(finding.location, file, options)
    return element("li", element("span", *words, class_="message"), " ", place, class_="finding")


def _left_out(count: int) -> Iterator[Markup]:
    if count:
        yield cut(f"{plural(count, 'more finding')} of this table would make the page too large.")


def cut(sentence: str) -> Markup:
    """Return the sentence that says what is not on the page."""
    return element("p", element("b", "Cut: "), sentence, class_="cut")


def _sides(one: Table, space: Space, *, drawn: bool) -> Iterator[Markup]:
    """Yield both sides of a table, or why they are not there."""
    if one.kind:
        sides = changes_beside(one.findings, one.name)
    elif one.drawing is None:
        if drawn:
            yield cut("both sides are shown of the worst tables only.")
        return
    else:
        sides = Markup() if space.full else side_by_side(one.drawing, one.id)
    if not (one.drawing.parts if one.drawing else sides):
        return
    if sides and space.fits(folded := _folded(sides)):
        yield folded
    else:
        yield cut("both sides of this table would make the page too large.")


def _folded(sides: Markup) -> Markup:
    summary = element("summary", "Models and database side by side")
    return element("details", summary, sides, open=True)
