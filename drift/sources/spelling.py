"""Guesses the source that a wrong name probably means."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from drift.sources import SOURCES
from drift.texts import nearest

_ENDINGS: Mapping[str, str] = {".json": "snapshot", ".sql": "sql"}


def suggestion(text: str, targets: Iterable[str] = ()) -> str:
    """Return `; did you mean 'production'?`; "" if no name is near.

    >>> suggestion("schema.json")
    "; did you mean 'snapshot:schema.json'?"
    """
    for ending, source in _ENDINGS.items():
        if text.endswith(ending):
            return f"; did you mean '{source}:{text}'?"
    near = nearest(text, [*targets, *SOURCES])
    return f"; did you mean {near!r}?" if near else ""
