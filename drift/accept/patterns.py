"""Patterns that match one name, with any characters in it."""

from __future__ import annotations

import re

from drift.report.finding import Finding

_SPECIAL = re.compile(r"[*?\[]")
_UNWRITABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
"""Characters that no value of the configuration may have; `?` matches each of them."""

_BRACKETED = re.compile(r"[^\W_]")
"""A letter or digit, which means itself in brackets."""


def object_pattern(finding: Finding) -> str:
    """Return the pattern of a finding's object.

    The schema of a finding about many schemas is a pattern already. A name without a dot is that of
    a schema: in the configuration, it must have a character of a pattern.
    """
    ref = finding.object
    if finding.schemas:
        inside = ref.path.removeprefix(ref.schema)
        return _without_outer_spaces(ref.schema + literal(inside))
    pattern = literal(ref.path)
    if not set(pattern) & set(".*?["):
        pattern = _BRACKETED.sub(r"[\g<0>]", pattern, count=1)
    return _without_outer_spaces(pattern)


def literal(name: str) -> str:
    """Return a pattern of `fnmatch` that matches a name, and nothing that differs visibly.

    >>> literal("a*b[1]")
    'a[*]b[[]1]'
    """
    return _UNWRITABLE.sub("?", _SPECIAL.sub(r"[\g<0>]", name))


def _without_outer_spaces(pattern: str) -> str:
    """Return a pattern without the outer spaces, which the configuration does not keep."""
    for side in (r"^\s", r"\s$"):
        pattern = re.sub(side, r"[\g<0>]", pattern)
    return pattern
