"""The plan for a terminal: its outcome and its gaps first, then each step."""

from __future__ import annotations

from collections.abc import Iterable

from drift.formats.options import Options
from drift.formats.plan import words
from drift.formats.plan.text_steps import add_step
from drift.formats.text.layout import Page, Span, Style
from drift.plan.proof import Proof
from drift.plan.step import Plan

MOST = 30
"""Reasons that the head names; the others are at their steps."""


def render(plan: Plan, proof: Proof | None, options: Options) -> str:
    """Return the plan for a terminal of the given width."""
    page = Page(options.width, color=options.color)
    _head(page, plan, proof)
    for each in words.numbered(plan, proof):
        page.blank()
        add_step(page, plan, each, verbose=options.verbose)
    _refusals(page, plan)
    _steps_back(page, plan)
    page.blank()
    page.paragraph(*_last_line(plan, proof))
    return page.text()


def _head(page: Page, plan: Plan, proof: Proof | None) -> None:
    page.rule(f"Plan for {plan.target}", _style(plan, proof))
    if warning := words.warning(proof):
        page.paragraph(Span(warning[:1].upper() + warning[1:], Style.RED), indent=2)
    page.paragraph(Span(words.headline(plan), Style.BOLD), indent=2)
    reasons = list(words.missing(plan))
    for reason in reasons[:MOST]:
        page.paragraph(Span("! ", Style.YELLOW), Span(reason), indent=4, hanging=2)
    if len(reasons) > MOST:
        page.paragraph(Span(f"… and {len(reasons) - MOST:,} more, see below"), indent=4)
    style = Style.RED if proof and not proof.proven else Style.PLAIN
    page.paragraph(Span(words.outcome(plan, proof), style), indent=2, hanging=2)
    for problem in proof.problems if proof else ():
        page.paragraph(Span("✗ ", Style.RED), Span(problem), indent=4, hanging=2)
    for remark in words.remarks(plan, proof):
        page.paragraph(Span(f"note: {remark}", Style.DIM), indent=2, hanging=2)


def _style(plan: Plan, proof: Proof | None) -> Style:
    if proof and not proof.proven:
        return Style.RED
    return Style.GREEN if plan.complete else Style.YELLOW


def _refusals(page: Page, plan: Plan) -> None:
    if not plan.refusals:
        return
    page.blank()
    page.paragraph(Span("Not in the plan", Style.BOLD))
    for refusal in plan.refusals:
        title = plan.titles.get(refusal.finding, refusal.path)
        page.paragraph(Span(f"{title}: ", Style.BOLD), Span(refusal.reason), indent=2, hanging=2)


def _steps_back(page: Page, plan: Plan) -> None:
    """Add the titles of the steps back; the SQL and JSON formats have their statements."""
    if not plan.downgrade and not plan.irreversible:
        return
    page.blank()
    page.paragraph(Span("Steps back", Style.BOLD), Span(" (--format sql prints their statements)"))
    _list(page, (words.title(step) for step in plan.downgrade))
    for reason in plan.irreversible:
        page.paragraph(Span("! ", Style.YELLOW), Span(reason), indent=2, hanging=2)


def _list(page: Page, titles: Iterable[str]) -> None:
    for number, title in enumerate(titles, 1):
        page.paragraph(Span(f"{number}. "), Span(title), indent=2, hanging=3)


def _last_line(plan: Plan, proof: Proof | None) -> list[Span]:
    """Return the outcome once more: scripts read the last line."""
    text = f"{plan.target}: {words.headline(plan)}; {words.verdict(plan, proof)}"
    return [Span(text, _style(plan, proof))]
