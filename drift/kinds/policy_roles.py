"""The roles of a CREATE POLICY statement, which a scratch server need not have."""

from __future__ import annotations

from drift.kinds.sql.names import folded
from drift.kinds.sql.text import pieces

_ENDS = frozenset({"USING", "WITH", ";"})
_WHOEVER = frozenset({"CURRENT_USER", "CURRENT_ROLE", "SESSION_USER"})
"""Roles that are known only to the session that creates the policy."""


def without_roles(statement: str) -> tuple[str, tuple[str, ...] | None]:
    """Return a statement for all roles, and its roles; None if they are not known.

    >>> without_roles("CREATE POLICY p ON t TO reader, PUBLIC USING (true)")
    ('CREATE POLICY p ON t  USING (true)', ('public', 'reader'))
    """
    words = pieces(statement)
    on = next(index for index, word in enumerate(words) if word.word == "ON")
    to = next((i for i, word in enumerate(words) if i > on + 1 and word.word == "TO"), None)
    if to is None:
        return statement, ("public",)
    end = next((i for i, word in enumerate(words) if i > to and word.word in _ENDS), len(words))
    roles = [word for word in words[to + 1 : end] if word.text != ","]
    rest = statement[: words[to].start] + statement[words[end - 1].end :]
    if any(word.word in _WHOEVER for word in roles):
        return rest, None
    return rest, tuple(sorted({folded(word.text) for word in roles}))
