"""Formats of a plan: a plan and its proof in, text out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, TypeAlias

from drift.formats.options import Options

if TYPE_CHECKING:
    from drift.plan.proof import Proof
    from drift.plan.step import Plan

PlanFormat: TypeAlias = "Callable[[Plan, Proof | None, Options], str]"

FORMATS: Mapping[str, str] = {
    "text": "drift.formats.plan.text:render",
    "markdown": "drift.formats.plan.markdown:render",
    "html": "drift.formats.plan.html:render",
    "json": "drift.formats.plan.json:render",
    "sql": "drift.formats.plan.sql:render",
}
"""Names with the functions that render them, imported only when they are used."""


def render(format_name: str, plan: Plan, proof: Proof | None, options: Options) -> str:
    """Return the plan in a format; raise KeyError for an unknown name."""
    module, _, function = FORMATS[format_name].partition(":")
    format_: PlanFormat = getattr(import_module(module), function)
    return format_(plan, proof, options)


__all__ = ["FORMATS", "Options", "render"]
