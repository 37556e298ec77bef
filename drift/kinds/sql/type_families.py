"""Types that PostgreSQL compares with each other, and those that it does not."""

from __future__ import annotations

from functools import lru_cache

from drift.kinds.sql import types

_FAMILIES = (
    frozenset({"smallint", "integer", "bigint", "numeric", "real", "double precision", "oid"}),
    frozenset({"character varying", "text", "character", "bpchar", "name"}),
    frozenset({"date", "timestamp without time zone", "timestamp with time zone"}),
    frozenset({"time without time zone", "time with time zone", "interval"}),
    frozenset({"inet", "cidr"}),
    frozenset({"bit", "bit varying"}),
)
_ALONE = frozenset({"uuid", "boolean", "bytea", "json", "jsonb", "macaddr", "money"})
_KNOWN = frozenset().union(_ALONE, *_FAMILIES)


@lru_cache(maxsize=1024)
def refused(first: str, second: str) -> bool:
    """Return whether PostgreSQL has no equality between two types; False if that is not sure."""
    if first.endswith("[]") != second.endswith("[]"):
        return True
    both = {types.family(first), types.family(second)}
    if len(both) == 1 or any(both <= family for family in _FAMILIES):
        return False
    return both <= _KNOWN
