"""Guesses the source that a wrong name probably means."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping

from drift.sources import SOURCES

_ENDINGS: Mapping[str, str] = {".json": "snapshot", ".sql": "sql"}


def suggestion(text: str, targets: Iterable[str] = ()) -> str:
    """Return `; did you mean 'production'?`; "" if no name is near.

    >>> suggestion("schema.json")
    "; did you mean 'snapshot:schema.json'?"
    """
    for ending, source in _ENDINGS.items():
        if text.endswith(ending):
            return f"; did you mean '{source}:{text}'?"
    near = difflib.get_close_matches(text, [*targets, *SOURCES], 1)
    return f"; did you mean {near[0]!r}?" if near else ""
