"""The plan as one page that needs no other file, no network and no script."""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files
from urllib.parse import quote

from markupsafe import Markup, escape

from drift import __version__
from drift.formats.html.budget import Budget
from drift.formats.html.templating import macros
from drift.formats.options import Options
from drift.formats.plan import words
from drift.formats.plan.sql_layout import statement
from drift.plan.proof import Proof
from drift.plan.step import Plan, Step

SIZE = 4_000_000
"""Bytes of all steps, so that any browser opens the page."""

_COLORS = {"error": "#c62828", "warning": "#b26a00", "ok": "#19733f"}
_ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">'
    '<rect width="16" height="16" rx="4" fill="{color}"/>'
    '<path d="M4 8.5l3 3 5-7" fill="none" stroke="#fff" stroke-width="2"/></svg>'
)


def render(plan: Plan, proof: Proof | None, options: Options) -> str:
    """Return the page; the same plan gives the same page."""
    template = macros("plan.html")
    budget = Budget(SIZE)
    steps = list(
        budget.fill(
            template.step(each, _view(plan, each.step)) for each in words.numbered(plan, proof)
        )
    )
    level = _level(plan, proof)
    style = _style()
    page: str = template.page(
        plan=plan,
        proof=proof,
        steps=steps,
        level=level,
        back=list(budget.fill(_step_back(step) for step in plan.downgrade)),
        headline=words.headline(plan),
        warning=words.warning(proof),
        outcome=words.outcome(plan, proof),
        missing=list(words.missing(plan)),
        remarks=list(words.remarks(plan, proof)),
        icon="data:image/svg+xml," + quote(_ICON.format(color=_COLORS[level])),
        style=style,
        sha256=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
        version=__version__,
    )
    return str(page)


def _level(plan: Plan, proof: Proof | None) -> str:
    if proof and not proof.proven:
        return "error"
    return "ok" if plan.complete and proof else "warning"


def _view(plan: Plan, step: Step) -> dict[str, object]:
    """Return the phrases of a step that the template prints."""
    return {
        "title": words.title(step),
        "sql": _sql(step),
        "state": words.state(step),
        "locks": words.locks(step) or ["on no table that exists"],
        "work": words.work(plan, step),
        "hazards": [words.hazard(name) for name in words.hazards(step)],
        "prechecks": [(check.problem, _lines(check.query)) for check in step.prechecks],
        "closes": words.closes(plan, step),
        "level": "warning" if step.runs and step.hazards else "ok" if step.runs else "error",
    }


def _step_back(step: Step) -> str:
    markup: str = macros("plan.html").step_back(words.title(step), _sql(step))
    return markup


def _sql(step: Step) -> Markup:
    return Markup("\n").join(_lines(operation.sql) for operation in step.operations)


def _lines(sql: str) -> Markup:
    """Return a statement as markup, so that the template keeps its line breaks."""
    return Markup("\n").join(map(escape, statement(sql)))


def _style() -> str:
    """Return the style of reports, and what plans add to it."""
    sheets = files("drift.formats.html")
    texts = (sheets.joinpath(name).read_text(encoding="utf-8") for name in ("page.css", "plan.css"))
    return "".join(texts).replace("\r\n", "\n")
