"""The access paths of a table: indexes, and the constraints that have one."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import permutations

import msgspec

from drift.kinds.advice.base import Subject
from drift.kinds.sql import types
from drift.kinds.sql.text import UNPRINTED

MOST = 4
"""Columns of a key up to which predicates of partial indexes are compared with it."""


class Access(msgspec.Struct, frozen=True, kw_only=True):
    """An index; a key that is an expression has None for its column."""

    columns: tuple[str | None, ...]
    method: str = "btree"
    predicate: str | None = None
    unique: bool = False

    def covers(self, wanted: Sequence[str]) -> bool:
        """Return whether the index has all rows in which the columns have values."""
        if self.predicate in {None, UNPRINTED}:
            return True
        return _flat(self.predicate or "") in _not_null(wanted)

    def serves(self, wanted: Sequence[str]) -> bool:
        """Return whether a search by the values of all these columns can use the index alone.

        Methods other than btree and hash search by any of their keys.
        """
        if not self.covers(wanted):
            return False
        if self.method in {"btree", "hash"}:
            return set(self.columns[: len(wanted)]) == set(wanted)
        return set(wanted) <= set(self.columns)

    def prefixes(self, wanted: Collection[str]) -> Iterator[tuple[str, ...]]:
        """Yield the leading columns of the index that are all among these, shortest first."""
        leading: list[str] = []
        for column in self.columns:
            if column is None or column not in wanted:
                return
            leading.append(column)
            yield tuple(leading)


def accesses(subject: Subject, schema: str, table: str | None) -> Iterator[Access]:
    """Yield the indexes of a table on either side that queries can use."""
    for kind in ("primary-key", "unique"):
        for item in subject.both_of(kind, schema, table):
            yield Access(columns=item.columns, unique=True)
    for item in subject.both_of("exclusion", schema, table):
        columns = tuple(key.column for key in item.keys)
        yield Access(columns=columns, method=item.method, predicate=item.predicate)
    for item in subject.both_of("index", schema, table):
        if item.valid or item.under_way:
            yield Access(
                columns=tuple(key.column for key in item.keys),
                method=item.method,
                predicate=item.predicate,
                unique=item.unique,
            )


def _not_null(columns: Sequence[str]) -> set[str]:
    """Return the predicates that only exclude rows in which one of the columns is NULL."""
    tests = [f"{types.quote(column)} IS NOT NULL" for column in columns[:MOST]]
    orders = (order for n in range(1, len(tests) + 1) for order in permutations(tests, n))
    return {_flat(" AND ".join(f"({test})" for test in order)) for order in orders}


def _flat(predicate: str) -> str:
    """Return a predicate without spaces and parentheses, which differ between its spellings."""
    return "".join(predicate.replace("(", "").replace(")", "").split()).lower()
