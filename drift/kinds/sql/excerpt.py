"""Long SQL of two sides in one line each, from the first difference on."""

from __future__ import annotations

_BEFORE, _SHORT = 60, 400
"""Characters that are shown before the difference, and those of a text that is shown as a whole."""


def excerpts(first: str, second: str) -> tuple[str, str]:
    """Return two texts that differ, so that the difference is seen.

    Line breaks become spaces, unless the texts differ in nothing else.

    >>> excerpts("SELECT 1\\n  FROM a", "SELECT 1\\n  FROM b")
    ('SELECT 1 FROM a', 'SELECT 1 FROM b')
    """
    lines = " ".join(first.split()), " ".join(second.split())
    if lines[0] == lines[1]:
        lines = first, second
    pairs = enumerate(zip(*lines, strict=False))
    start = next((at for at, (left, right) in pairs if left != right), min(map(len, lines)))
    if max(map(len, lines)) <= _SHORT or start <= _BEFORE:
        return lines
    start = lines[0].rfind(" ", 0, start - _BEFORE) + 1
    return f"… {lines[0][start:]}", f"… {lines[1][start:]}"
