"""Patterns such as `tenant_*`, which name schemas: in Python and as PostgreSQL reads them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase, translate

from drift.lazy_regex import lazy_regex

_WILDCARD = lazy_regex(r"[*?[]")


def is_pattern(schema: str) -> bool:
    """Return whether this names schemas by a pattern such as `tenant_*`."""
    return _WILDCARD.search(schema) is not None


def pattern_of(schema: str, patterns: Iterable[str]) -> str | None:
    """Return the first pattern that matches a schema."""
    return next((pattern for pattern in patterns if fnmatchcase(schema, pattern)), None)


def regular_expression(patterns: Sequence[str]) -> str:
    """Return PostgreSQL's regular expression for the schemas that the patterns match."""
    return f"^(?:{'|'.join(map(_translated, patterns))})$"


def _translated(pattern: str) -> str:
    """Return a pattern as PostgreSQL reads it: Python's own adds flags, `\\Z` and `(?>`."""
    return re.sub(r"^\(\?s:|\)\\[zZ]$", "", translate(pattern)).replace("(?>", "(?:")
