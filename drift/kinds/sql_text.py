"""SQL as text: what can be said of it without a server."""

from __future__ import annotations

import re

SAFE_PATH = "SET LOCAL search_path = pg_catalog, pg_temp"
"""Comes before all else that is planned in a transaction: operators and functions that somebody
made in another schema, and a pooled session's temporary tables, must not take the place of the
server's own. `pg_temp` would come first if it were not named."""


def plain(text: str) -> str:
    """Return SQL without surrounding space and without a pair of parentheses around all of it."""
    text = text.strip()
    while text.startswith("(") and _closing(text) == len(text) - 1:
        text = text[1:-1].strip()
    return text


def _closing(text: str) -> int:
    """Return where the first parenthesis closes, outside of quoted text; -1 for nowhere."""
    depth = 0
    for token in re.finditer(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|[()]", text):
        depth += {"(": 1, ")": -1}.get(token[0], 0)
        if depth == 0 and token[0] == ")":
            return token.start()
    return -1
