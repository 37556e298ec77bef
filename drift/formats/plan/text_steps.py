"""One step for a terminal: title, statements, locks, work, and what a person has to know."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from drift.formats.plan import words
from drift.formats.plan.sql_layout import statement
from drift.formats.plan.words import Numbered
from drift.formats.text.layout import Cell, Page, Span, Style
from drift.plan.step import Plan, Step

_LABEL = 9
_INDENT = 3


def add_step(page: Page, plan: Plan, each: Numbered, *, verbose: bool) -> None:
    """Add a step with its number."""
    step = each.step
    reason = words.state(step)
    mark = [Span(f" [{reason}]", Style.YELLOW)] if reason else []
    number = f"{each.number}. "
    page.paragraph(Span(number + words.title(step), Style.BOLD), *mark, hanging=len(number))
    for operation in step.operations:
        add_statement(page, operation.sql, _INDENT + 3)
    if step.operations and not step.transactional:
        _row(page, "runs", "outside of a transaction")
    _consequences(page, plan, each)
    _decision(page, step)
    _prechecks(page, step)
    for label, text in _rest(plan, step, verbose=verbose):
        _row(page, label, text, Style.DIM)


def add_statement(page: Page, sql: str, indent: int, style: Style = Style.CYAN) -> None:
    """Add a statement in lines that run when they are copied."""
    for line in statement(sql, max(40, page.width - indent - 1)):
        page.verbatim(Span(line, style), indent=indent)


def _consequences(page: Page, plan: Plan, each: Numbered) -> None:
    step, proof = each.step, each.proof
    if step.operations:
        for text in words.locks(step) or ["on no table that exists"]:
            _row(page, "lock", text)
        _row(page, "work", words.work(plan, step))
    if proof and proof.problem:
        _row(page, "problem", proof.problem, Style.RED)
        _row(page, "measured", words.measured(proof))
    for name in words.hazards(step):
        _row(page, "hazard", words.hazard(name), Style.YELLOW)


def _decision(page: Page, step: Step) -> None:
    if step.decision is None:
        return
    _row(page, "decide", step.decision.question, Style.YELLOW)
    for choice in step.decision.choices:
        page.paragraph(
            Span(choice.option, Style.BOLD),
            Span(f": {choice.effect}"),
            indent=_INDENT + _LABEL + 2,
            hanging=2,
        )


def _prechecks(page: Page, step: Step) -> None:
    for check in step.prechecks:
        _row(page, "precheck", check.problem)
        add_statement(page, check.query, _INDENT + _LABEL + 2, Style.DIM)


def _rest(plan: Plan, step: Step, *, verbose: bool) -> Iterator[tuple[str, str]]:
    yield from (("note", remark) for remark in step.remarks)
    if verbose:
        yield from (("excuse", f"{rule}: {why}") for rule, why in step.excuses.items())
    yield from (
        ("closes", title) for title in _shortened(words.closes(plan, step), verbose=verbose)
    )


def _shortened(titles: Sequence[str], *, verbose: bool) -> Sequence[str]:
    if verbose or len(titles) <= 5:
        return titles
    return [*titles[:4], f"and {len(titles) - 4:,} more findings"]


def _row(page: Page, label: str, text: str, style: Style = Style.PLAIN) -> None:
    """Add a label, and a text beside it."""
    room = max(20, page.width - _INDENT - _LABEL - 2)
    page.row(
        Cell(_LABEL, [Span(label, Style.DIM)]), Cell(room, [Span(text, style)]), indent=_INDENT
    )
