"""Names in SQL text, as PostgreSQL stores them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from drift.kinds.metadata.declaration import truncate
from drift.kinds.sql.text import Piece


def folded(text: str) -> str:
    """Return a name as PostgreSQL stores it: in lower case unless it is quoted.

    >>> folded('Users'), folded('"Users"'), folded("'1.0'")
    ('users', 'Users', '1.0')
    """
    quote = text[0]
    if quote in "\"'":
        return truncate(text[1:-1].replace(quote * 2, quote))
    return truncate(text.lower())


def name_lists(words: Sequence[Piece]) -> Iterator[tuple[str, ...]]:
    """Yield the names of a list as their parts, as many of them as there are."""
    parts: list[str] = []
    for index, word in enumerate(words):
        if word.text == "," and parts:
            yield tuple(parts)
            parts = []
        elif word.text != "." and (not parts or words[index - 1].text == "."):
            if not word.is_name:
                return
            parts.append(folded(word.text))
    if parts:
        yield tuple(parts)
