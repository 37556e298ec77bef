"""The templates' environment: every text is made visible, cut and escaped, unless it is markup."""

from __future__ import annotations

from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from drift.formats.escape import visible
from drift.formats.html import words
from drift.formats.vocabulary import timing
from drift.kinds import RULES
from drift.model import Severity

LONGEST = 4_000
"""Characters of one text that are printed: nobody reads more of one definition."""


def macros(template: str) -> Any:
    """Return the macros of a template, as functions that return markup."""
    return _ENVIRONMENT.get_template(template).module


def _printable(value: object) -> object:
    """Return what Jinja escapes and prints: control characters visible, endless texts cut."""
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    left_out = len(value) - LONGEST
    return visible(
        value if left_out <= 0 else f"{value[:LONGEST]} … ({left_out:,} more characters)"
    )


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
    "MARKS": words.MARKS,
    "RULES": RULES,
    "level_noun": words.level_noun,
    "object_path": words.object_path,
    "plural": words.plural,
    "state": words.state,
    "timing": timing,
    "verdict": words.verdict,
}
