"""Types that PostgreSQL compares with each other, and those that it does not."""

from __future__ import annotations

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


def refused(one: str, other: str) -> bool:
    """Tell whether PostgreSQL has no equality between two types; False where that is not sure."""
    if one.endswith("[]") != other.endswith("[]"):
        return True
    first, second = types.family(one), types.family(other)
    if first == second or not {first, second} & _KNOWN:
        return False
    if any({first, second} <= family for family in _FAMILIES):
        return False
    return {first, second} <= _KNOWN
