"""One row of a table of spellings."""

from __future__ import annotations

from typing import Any, NamedTuple


class Row(NamedTuple):
    """What the models declare, what is live, and how bad the difference is; None: there is none.

    `declared` is text, or makes what is declared: a SQLAlchemy that is too old for it cannot.
    """

    declared: Any
    live: str
    severity: str | None = None
    server: int = 14
    plain: bool = False
    """Whether a live index is not unique, though the declared one is."""
