"""The templates' environment: every text is made visible, cut and escaped, unless it is markup."""

from __future__ import annotations

from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from drift.formats import ages, vocabulary
from drift.formats.escape import visible
from drift.kinds import RULES
from drift.model import Severity
from drift.report.report import Check

LONGEST = 4_000
"""Characters of one text that are printed: a longer definition is of no use to a reader."""

_MARKS = {Severity.ERROR: "✕", Severity.WARNING: "!", Severity.INFO: "i"}


def macros(template: str) -> Any:
    """Return the macros of a template, as functions that return markup."""
    return _ENVIRONMENT.get_template(template).module


def _printable(value: object) -> object:
    """Return a text for Jinja to escape: control characters visible, endless texts cut."""
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    left_out = len(value) - LONGEST
    return visible(
        value if left_out <= 0 else f"{value[:LONGEST]} … ({left_out:,} more characters)"
    )


def _state(check: Check) -> str:
    """Return the worst severity; `warning` if it is only incomplete, `ok` if nothing is wrong."""
    unless = "ok" if check.complete else Severity.WARNING
    return vocabulary.worst(check.findings) or unless


_ENVIRONMENT = Environment(
    loader=PackageLoader("drift.formats.html"),
    autoescape=True,
    finalize=_printable,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_ENVIRONMENT.globals |= {
    "LEVELS": list(Severity),
    "MARKS": _MARKS,
    "RULES": RULES,
    "age": ages.age,
    "compared": vocabulary.compared,
    "databases": ages.databases,
    "level_counts": vocabulary.counts,
    "level_noun": vocabulary.level_noun,
    "outcome_of": vocabulary.outcome,
    "plural": vocabulary.plural,
    "sides_of": vocabulary.sides,
    "state": _state,
    "table_of": vocabulary.table_of,
    "timing": vocabulary.timing,
}
