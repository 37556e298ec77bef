"""The line by which a file says for which live schema its plan was made."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from drift import __version__
from drift.formats.escape import visible
from drift.plan.step import Plan

WORDS = "drift plan fingerprint:"
KIND = "plan"
"""The kind of the JSON document."""

_LINE = re.compile(rf"^[ \t]*(?:--|#)[ \t]*{WORDS} (?P<fingerprint>[\w.:+/=-]+)", re.MULTILINE)


def line(plan: Plan) -> str:
    """Return the line without the sign of a comment; the first in a file counts."""
    target = visible(plan.target).replace('"', '\\"')
    return f'{WORDS} {plan.fingerprint or "unknown"} (target "{target}", drift {__version__})'


def fingerprint_in(text: str) -> str | None:
    """Return the fingerprint in a plan as SQL, as JSON or as a revision of Alembic.

    None if the text is no plan, or the plan has none.
    """
    if text.lstrip().startswith("{"):
        return _in_json(text)
    match = _LINE.search(text)
    return match["fingerprint"] if match and match["fingerprint"] != "unknown" else None


def _in_json(text: str) -> str | None:
    try:
        document: Any = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None
    fingerprint = document.get("fingerprint") if document.get("kind") == KIND else None
    return fingerprint if isinstance(fingerprint, str) and fingerprint else None
