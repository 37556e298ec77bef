"""The severity and the impact of a type that is not the declared one."""

from __future__ import annotations

import re

from drift.kinds.sql import types
from drift.kinds.sql.type_families import refused
from drift.model import Severity

_WIDER = {
    "smallint": {"integer", "bigint"},
    "integer": {"bigint"},
    "real": {"double precision"},
    "character varying": {"text"},
}
_TEXTS = frozenset({"character varying", "character", "text", "bit varying", "bit"})
_MOMENTS = ("timestamp", "time", "interval")

ABSENT = "Statements that name the type fail: type does not exist."


def severity_of_type(declared: str, live: str) -> Severity:
    """Return a warning if the live type takes every value of the declared one, else an error."""
    if declared.endswith("[]") != live.endswith("[]"):
        return Severity.ERROR
    base, live_base = types.family(declared), types.family(live)
    if live_base == "numeric" and base in _DIGITS:
        return Severity.WARNING if _holds_digits(live, _DIGITS[base]) else Severity.ERROR
    unlimited = live.removesuffix("[]") == "character varying"
    if live_base in _WIDER.get(base, ()) or (base == "text" and unlimited):
        return Severity.WARNING
    if base == live_base == "bit":  # a value must have that length
        return Severity.ERROR
    if base == live_base and _arguments_fit(declared, live):
        return Severity.WARNING
    return Severity.ERROR


_DIGITS = {"smallint": 5, "integer": 10, "bigint": 19}
"""The digits of the largest number of a type."""


def _holds_digits(numeric: str, digits: int) -> bool:
    limits = _numbers(numeric)
    return not limits or limits[0] - sum(limits[1:]) >= digits


def _arguments_fit(declared: str, live: str) -> bool:
    small, large = _numbers(declared), _numbers(live)
    if not large:
        return True
    if not small or len(small) != len(large):
        return False
    if len(small) == 2:
        return small[0] - small[1] <= large[0] - large[1] and small[1] <= large[1]
    return small <= large


def _numbers(type_name: str) -> list[int]:
    inside = re.search(r"\(([-\d,]+)\)", type_name)
    return [int(number) for number in inside[1].split(",")] if inside else []


def impact_of_type(declared: str, live: str) -> str:
    """Return the impact of a live type that is not the declared one."""
    if severity_of_type(declared, live) is Severity.WARNING:
        return _of_wider(declared, live)
    if severity_of_type(live, declared) is Severity.WARNING:
        return _of_narrower(declared, live)
    return _of_another(declared, live)


def _of_wider(declared: str, live: str) -> str:
    base, live_base = types.family(declared), types.family(live)
    if base == "text":
        return "No effect: both types take text of any length."
    if base in _TEXTS:
        more = "longer values"
    elif base.startswith(_MOMENTS):
        more = "finer fractions of a second"
    elif live_base == "numeric" != base:
        more = "decimals and larger values"
    elif base == "real" or (base == "numeric" and _same_digits(declared, live)):
        more = "more decimals"
    else:
        more = "larger values"
    return f"Writes work; reads can return {more} than the model declares."


def _of_narrower(declared: str, live: str) -> str:
    base = types.family(live)
    if base in _TEXTS:
        return "Writes of longer values fail: value too long for type."
    if base.startswith(_MOMENTS):
        return "Fractions of a second are rounded."
    if base == "real":
        return "Values are rounded to about six digits."
    if base == "numeric":
        return _of_narrower_number(_numbers(declared), _numbers(live))
    rounded = (
        "Decimals are rounded, and writes" if types.family(declared) == "numeric" else "Writes"
    )
    return f"{rounded} of larger values fail: out of range."


def _of_narrower_number(declared: list[int], live: list[int]) -> str:
    """Return the impact of a smaller precision or scale; without either, any number fits."""
    if not declared:
        return "Decimals are rounded, and writes of larger values fail: numeric field overflow."
    rounded = live[1] < declared[1]
    refused = live[0] - live[1] < declared[0] - declared[1]
    if rounded and refused:
        return "Decimals are rounded, and writes of larger values fail: numeric field overflow."
    if rounded:
        return "Decimals are rounded."
    return "Writes of larger values fail: numeric field overflow."


_CAST = "The database stores values of another type: comparisons and writes can need a cast."
_STORED_AS = {
    "date": "The database drops the time of day.",
    "real": "The database stores inexact numbers.",
    "double precision": "The database stores inexact numbers.",
}
"""The impact on values of any other type, by the live type."""


def _of_another(declared: str, live: str) -> str:
    """Return the impact if neither type takes all values of the other."""
    if declared.endswith("[]") != live.endswith("[]"):
        return "Writes by the model fail: only one side is an array."
    bases = types.family(declared), types.family(live)
    if bases[0] == bases[1] == "numeric":
        return _of_narrower_number(_numbers(declared), _numbers(live))
    if all(base.startswith("interval") for base in bases):
        return "The database keeps other fields of intervals than the model declares."
    if set(bases) <= _TEXTS:
        return _of_other_text(*bases)
    if refused(declared, live):
        return _of_refused(*bases)
    return _of_zones(declared, live) or _STORED_AS.get(bases[1], _CAST)


def _of_other_text(declared: str, live: str) -> str:
    if declared == live == "bit":
        return "Writes fail: bit string length does not match the type."
    pads = "pads" if live == "character" else "does not pad"
    return f"The database {pads} values with spaces, unlike the model's type."


def _of_refused(declared: str, live: str) -> str:
    """Return the impact if PostgreSQL has no equality between the types."""
    if {declared, live} == {"json", "jsonb"}:
        return "Comparisons fail without a cast."
    if declared == "bytea" and live in _TEXTS:
        return "The database stores the text form of bytes, and comparisons fail."
    return "Comparisons fail without a cast, and reads return values of another type."


def _same_digits(declared: str, live: str) -> bool:
    """Return whether two numerics differ only in their decimals."""
    small, large = _numbers(declared), _numbers(live)
    return len(small) == len(large) == 2 and small[0] - small[1] == large[0] - large[1]


def _of_zones(declared: str, live: str) -> str:
    """Return the impact if only one side has a time zone; "" in any other case."""
    with_zone = [name.endswith("with time zone") for name in (declared, live)]
    moments = [types.family(name).startswith("time") for name in (declared, live)]
    if not all(moments) or with_zone[0] == with_zone[1]:
        return ""
    if with_zone[0]:
        return "The database drops the time zone: reads return naive values, not aware ones."
    return "The database converts values by the session's time zone: reads return aware values."
