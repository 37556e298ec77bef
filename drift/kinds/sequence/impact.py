"""The impact of another option of a sequence or an identity."""

from __future__ import annotations

from typing import Any

from drift.kinds.sequence.options import BITS

_EARLIER = "Numbers run out earlier than declared: nextval() fails at the limit."
_LATER = "Numbers can exceed the limit that the models declare."


def of_option(option: str, declared: Any, live: Any) -> str:
    """Return the impact of one option that differs between two sequences."""
    declared_value, live_value = getattr(declared, option, None), getattr(live, option, None)
    if option == "type":
        narrower = BITS.get(str(live_value), 64) < BITS.get(str(declared_value), 64)
        return _EARLIER if narrower else _LATER
    if option == "cycle":
        if live_value:
            return "Numbers repeat after the limit: inserts fail as duplicates."
        return "Inserts fail after the limit: the numbers do not start again."
    if option in {"maximum", "minimum"}:
        return _of_limit(option, declared, live)
    return {
        "increment": "Numbers advance by another step than the models declare.",
        "start": "No effect on existing numbers; a restarted sequence begins at another number.",
        "cache": "No effect on the numbers; gaps between sessions have another size.",
    }.get(option, "")


def _of_limit(option: str, declared: Any, live: Any) -> str:
    """Return the impact of another limit; None stands for PostgreSQL's own."""
    up = (live.increment or 1) > 0
    if (option == "maximum") != up:
        return "No effect on existing numbers; a sequence that cycles goes on at another number."
    declared_value, live_value = getattr(declared, option), getattr(live, option)
    if declared_value is None or live_value is None:
        return _LATER if declared_value is not None else _EARLIER
    return _EARLIER if (live_value < declared_value) == up else _LATER
