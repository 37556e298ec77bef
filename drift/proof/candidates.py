"""Values that may satisfy the checks of a table: literals of their expressions, and usual ones."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from drift.kinds.sql import types
from drift.kinds.sql.text import string_literal
from drift.proof.values import N, Values

_LITERAL = re.compile(r"'((?:[^']|'')*)'")
_NUMBER = re.compile(r"(?<![\w.'\"])-?\d+(?:\.\d+)?(?![\w.'\"])")
_MOST = 4_000
"""Combinations of values that are tried for columns that share a check."""
_STRINGS = frozenset({"text", "character varying", "character", "bpchar", "citext"})
_NUMERIC = frozenset({
    "smallint", "integer", "bigint", "numeric", "real", "double precision", "money",
})  # fmt: skip
_TEMPORAL = frozenset({"date", "timestamp without time zone", "timestamp with time zone"})
_VARIED = 12
"""Literals of a check of which there are many variants."""
_TEMPLATES = (
    "user*@example.com", "https://example.com/*", "value*", "VALUE*", "v-*", "v_*", "*", "00*",
    "+4912345*", "#aabb*", "1.0.*", "/v/*", "V*", "value number *", "aaaa*",
)  # fmt: skip
_TEXTS = (
    "a", "A", "abc", "ABC", "Abc", "value", "a1", "ab-cd", "ab_cd", "0", "1", "12", "123", "1234",
    "12345", "123456", "1234567890", "AB", "ABCD", "EUR", "US", "en", "en-US", "2020-01-01",
    "12:00", "user@example.com", "https://example.com/a", "/a/b", "a.b", "+4912345678", "#aabbcc",
    "1.2.3",
    "deadbeef", "d41d8cd98f00b204e9800998ecf8427e", "10.0.0.1", "{}", "[]", "true", "",
    *("x" * length for length in (5, 8, 10, 12, 16, 20, 24, 32, 36, 40, 64, 128)),
)  # fmt: skip


IS_VALID = """
CREATE OR REPLACE FUNCTION pg_temp.drift_is_valid(value text, type text) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('SELECT %L::%s', value, type);
  RETURN true;
EXCEPTION WHEN OTHERS THEN RETURN false;
END $$
"""
"""A stand-in for pg_input_is_valid() on servers before 16, for the session."""


class Check(NamedTuple):
    """A condition over columns of a table."""

    expression: str
    columns: frozenset[str]


class Group(NamedTuple):
    """Columns that share checks."""

    columns: tuple[str, ...]
    checks: tuple[Check, ...]


def mentioned(expression: str, columns: Iterable[str]) -> frozenset[str]:
    """Return the columns whose names are in an expression, quoted or not."""
    outside = _LITERAL.sub("''", expression)
    words = set(re.findall(r'"(?:[^"]|"")+"|[\w$]+', outside))
    return frozenset(c for c in columns if types.quote(c) in words or f'"{c}"' in words)


def grouped(checks: Iterable[Check]) -> list[Group]:
    """Return the columns that must be chosen together, with their checks."""
    groups: list[tuple[set[str], list[Check]]] = []
    for check in checks:
        columns, together = set(check.columns), [check]
        for group in [group for group in groups if group[0] & columns]:
            groups.remove(group)
            columns |= group[0]
            together = group[1] + together
        groups.append((columns, together))
    return [Group(tuple(sorted(columns)), tuple(items)) for columns, items in groups if columns]


class Candidates:
    """The candidates for the columns of one table, as text that the server can read."""

    def __init__(
        self,
        values: Values,
        columns: Mapping[str, str],
        nullable: frozenset[str],
        *,
        server_version: int,
    ) -> None:
        """Take the types of the columns, and those that may be NULL."""
        self._values = values
        self._types = columns
        self._nullable = nullable
        new = server_version >= 160000
        self._is_valid = "pg_input_is_valid" if new else "pg_temp.drift_is_valid"

    def source(self, column: str, group: Group) -> str:
        """Return a query for the candidates of a column, without the checks of a domain."""
        share = max(3, int(_MOST ** (1 / len(group.columns))))
        type_ = self._values.base(self._types[column])
        texts = dict.fromkeys(self._texts(type_, group.checks))
        generated = self._values.expression(type_)
        parts = [
            f"SELECT {generated} AS v FROM generate_series(0, {share // 3}) {N}",
            self._read(list(texts)[: share // 3], type_),
            *self._varied(list(texts)[:_VARIED], type_, share // 3),
        ]
        if column in self._nullable:
            parts.append(f"SELECT NULL::{type_}")
        return f"SELECT v AS {types.quote(column)} FROM ({' UNION ALL '.join(parts)}) c(v)"

    def _read(self, texts: list[str], type_: str) -> str:
        """Return a query for texts as values of a type, without those that it cannot read."""
        condition = f"{self._is_valid}(t, {string_literal(type_)})"
        literals = ", ".join(map(string_literal, texts))
        # not in WHERE: the server may read a text as the type before it asks if it can
        values = f"SELECT CASE WHEN {condition} THEN t::{type_} END"
        return (
            f"SELECT v FROM ({values} FROM unnest(ARRAY[{literals}]::text[]) t) q(v)"
            " WHERE v IS NOT NULL"
        )

    def _varied(self, texts: list[str], type_: str, most: int) -> Iterator[str]:
        """Yield queries for values near those of the checks, so that keys can differ."""
        family, valid = types.bare(types.family(type_)), string_literal(type_)
        if type_.endswith("[]") or type_ in self._values.enums:
            return
        sources, value = _variants(texts, family)
        if not sources:
            return
        literals = ", ".join(map(string_literal, sources))
        readable = f"{self._is_valid}(t, 'timestamptz')" if family in _TEMPORAL else "true"
        yield (
            f"SELECT v FROM (SELECT CASE WHEN {self._is_valid}(v, {valid}) THEN v::{type_} END"
            f" FROM (SELECT CASE WHEN {readable} THEN {value} END"
            f" FROM unnest(ARRAY[{literals}]) t,"
            f" generate_series(0, {min(most // len(sources), 99)}) {N}) q(v)) q(v)"
            " WHERE v IS NOT NULL"
        )

    def _texts(self, type_: str, checks: Iterable[Check]) -> Iterator[str]:
        base = self._values.base(type_)
        family = types.bare(types.family(base))
        for check in checks:
            yield from (text.replace("''", "'") for text in _LITERAL.findall(check.expression))
            for number in _NUMBER.findall(check.expression):
                yield from _around(number, family)
        if base in self._values.enums:
            yield from self._values.enums[base].labels
        elif base.endswith("[]"):
            yield from ("{}", "{1}", "{1,2}", "{a}", "{a,b}")
        elif family in _NUMERIC:
            yield from ("0", "1", "-1", "0.5", "2", "5", "10", "50", "100", "1000", "100000")
        elif family in _STRINGS:
            yield from _TEXTS
        else:
            yield from ("true", "false", "{}", "[]", "1970-01-01", "2038-01-01", "infinity")


def _around(number: str, family: str) -> Iterator[str]:
    """Yield a number and its neighbours; as a length, strings of them."""
    yield number
    whole = int(float(number))
    near = (whole - 1, whole, whole + 1, 2 * whole)
    yield from map(str, near)
    if family in _STRINGS:
        yield from ("x" * length for length in near if 0 < length <= 1000)
        yield from ("1" * length for length in near if 0 < length <= 1000)


def _variants(texts: list[str], family: str) -> tuple[list[str], str]:
    """Return texts, and SQL for the variant of a text `t` that has a number."""
    if family in _STRINGS:
        return list(_TEMPLATES), f"replace(t, '*', {N}::text)"
    if family in _NUMERIC:
        return [t for t in texts if _NUMBER.fullmatch(t)], f"(t::numeric + {N})::text"
    if family in _TEMPORAL:
        return texts, f"(t::timestamptz + {N} * interval '8 hours')::text"
    return [], ""
