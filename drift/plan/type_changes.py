"""The effect of a change of a column's type on its rows, from the two types alone.

The changes without a rewrite were measured on PostgreSQL 15 to 18; all others copy the table.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from drift.kinds.sql import types
from drift.kinds.sql.text import string_literal
from drift.plan.operation import Work

_MODIFIERS = re.compile(r"\((?P<numbers>[-\d, ]+)\)")
_STRINGS = frozenset({"character varying", "text", "character", "bpchar", "name"})
_NUMBERS = frozenset({"smallint", "integer", "bigint", "numeric", "real", "double precision"})
_TIMES = frozenset({"date", "timestamp without time zone", "timestamp with time zone"})
_ASSIGNED = (
    _NUMBERS,
    _STRINGS,
    _TIMES,
    frozenset({"json", "jsonb"}),
    frozenset({"inet", "cidr"}),
    frozenset({"time without time zone", "time with time zone", "interval"}),
)
"""Families in which PostgreSQL converts a value on assignment, without USING."""

_WIDER = {
    "smallint": {"integer", "bigint", "numeric", "real", "double precision"},
    "integer": {"bigint", "numeric", "double precision"},
    "bigint": {"numeric"},
    "real": {"double precision"},
    "date": {"timestamp without time zone", "timestamp with time zone"},
    "cidr": {"inet"},
    "jsonb": {"json"},
    "json": {"jsonb"},
}
_LONGEST_TEXT = {"uuid": 36, "boolean": 5, "smallint": 6, "integer": 11, "bigint": 20}
"""Characters of the longest value of a type."""
_ZONED = {"timestamp without time zone", "timestamp with time zone"}


class TypeChange(NamedTuple):
    """The change from one type to another.

    `using` is the conversion, whose first `{}` stands for the column; "" if PostgreSQL assigns the
    value.
    `in_utc`: values are converted as UTC, which the session's TimeZone decides. `narrows`: values
    may not fit. `parses`: the new type reads the text of the old value, which can fail.
    `ambiguous`: only a person knows how to convert; `answer` is the SQL expression of that person.
    """

    work: Work
    using: str = ""
    in_utc: bool = False
    narrows: bool = False
    parses: bool = False
    ambiguous: bool = False
    answer: str = ""

    def conversion(self, column: str) -> str:
        """Return SQL that converts a quoted column, "" if PostgreSQL assigns the value.

        Only the first `{}` is a mark: the name of a type may hold another one, and an answer any.
        """
        return self.answer or self.using.replace("{}", column, 1)


def change(old: str, new: str) -> TypeChange:
    """Return the effect of a change from `old` to `new`; both as `format_type` spells them.

    >>> change("character varying(20)", "text").work
    <Work.CATALOG: 'catalog only'>
    >>> change("character varying", "uuid").using
    '{}::text::uuid'
    """
    if old.endswith("[]") or new.endswith("[]"):
        return _of_arrays(old, new)
    if _without_rewrite(old, new):
        return TypeChange(Work.CATALOG)
    bases = _base(old), _base(new)
    if set(bases) == _ZONED:
        narrows = not _fits(_numbers(old), _numbers(new), default=6)
        work = Work.REWRITE if narrows else Work.CATALOG
        return TypeChange(work, in_utc=True, narrows=narrows)
    return _converted(old, new, *bases)


def _converted(old: str, new: str, old_base: str, new_base: str) -> TypeChange:
    """Return a change that copies the table."""
    if new_base in _STRINGS - {"name"}:
        longest = _LONGEST_TEXT.get(old)
        fits = not _numbers(new) or (longest is not None and longest <= _numbers(new)[0])
        return TypeChange(Work.REWRITE, narrows=not fits or new_base == "character")
    bases = {old_base, new_base}
    if len(bases) == 1 or any(bases <= family for family in _ASSIGNED):
        return TypeChange(Work.REWRITE, narrows=new_base not in _WIDER.get(old_base, ()))
    if old_base in _STRINGS or not (types.is_built_in(old) and types.is_built_in(new)):
        return TypeChange(Work.REWRITE, using=f"{{}}::text::{new}", parses=True)
    return TypeChange(Work.REWRITE, ambiguous=True)


def _of_arrays(old: str, new: str) -> TypeChange:
    """Return the change of an array: its items are converted, and the table is always copied."""
    if not old.endswith("[]") and types.family(new) == types.family(old):
        return TypeChange(Work.REWRITE, using="ARRAY[{}]")
    if not (old.endswith("[]") and new.endswith("[]")):
        return TypeChange(Work.REWRITE, ambiguous=True)
    items = change(old.removesuffix("[]"), new.removesuffix("[]"))
    using = f"{{}}::text::{new}" if items.using else ""
    return items._replace(work=Work.REWRITE, using=using)


def _base(text: str) -> str:
    """Return a type without its length, precision and the fields of an interval."""
    family = types.family(text)
    return "interval" if family.startswith("interval ") else family


def _numbers(text: str) -> tuple[int, ...]:
    """Return the length, or precision and scale, of a type."""
    match = _MODIFIERS.search(text)
    return tuple(int(number) for number in match["numbers"].split(",")) if match else ()


def _fits(old: tuple[int, ...], new: tuple[int, ...], default: int | None = None) -> bool:
    """Return whether a length or precision is as long; none means `default`, or any length."""
    if not new:
        return True
    length = old[0] if old else default
    return length is not None and length <= new[0]


def _without_rewrite(old: str, new: str) -> bool:
    bases = _base(old), _base(new)
    numbers = _numbers(old), _numbers(new)
    if bases == ("interval", "interval") and not _keeps_seconds(types.family(new)):
        return False
    if bases[1] == "text" and bases[0] in {"character varying", "xml", "text"}:
        return True
    if bases == ("text", "character varying"):
        return not numbers[1]
    if bases == ("cidr", "inet"):
        return True
    if bases[0] != bases[1]:
        return False
    return _wider_of_one_type(bases[0], *numbers)


def _keeps_seconds(family: str) -> bool:
    """Return whether the fields of an interval end with seconds: only the last field cuts."""
    return family == "interval" or family.endswith("second")


def _wider_of_one_type(base: str, old: tuple[int, ...], new: tuple[int, ...]) -> bool:
    if base in {"character varying", "bit varying"}:
        return _fits(old, new)
    if base == "numeric":
        same_scale = len(old) == len(new) == 2 and old[1] == new[1]
        return not new or (same_scale and old[0] <= new[0])
    if base.startswith(("timestamp", "time ", "interval")):
        return _fits(old, new, default=6)
    return old == new


def misfits(column: str, old: str, new: str, how: TypeChange, major: int) -> str:
    """Return a condition for the values of a quoted column that the new type cannot hold.

    "" if every value fits, or if the server cannot say so before it tries: versions before 16 have
    no function that tests a value.
    """
    if how.parses:
        return _unreadable(f"{column}::text", new, major)
    if not how.narrows:
        return ""
    # the first cast is for a second run, in which the column has its new type
    changed = f"{column}::{old} IS DISTINCT FROM {column}::{old}::{new}::{old}"
    if major < 16:
        return changed
    # a value out of range would end the query with an error instead of being named
    unreadable = _unreadable(f"{column}::text", new, major)
    return f"CASE WHEN {unreadable} THEN true ELSE {changed} END"


_PATTERNS = {
    "uuid": "^\\s*[{]?([0-9a-fA-F]{4}-?){7}[0-9a-fA-F]{4}[}]?\\s*$",
    "smallint": "^\\s*[-+]?[0-9]{1,4}\\s*$",
    "integer": "^\\s*[-+]?[0-9]{1,9}\\s*$",
    "bigint": "^\\s*[-+]?[0-9]{1,18}\\s*$",
}


def _unreadable(text: str, new: str, major: int) -> str:
    if major >= 16:
        return f"NOT pg_input_is_valid({text}, {string_literal(new)})"
    pattern = _PATTERNS.get(new)
    return f"{text} !~ {string_literal(pattern)}" if pattern else ""
