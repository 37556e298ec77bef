"""Equal objects are set aside, wherever they stand and however often."""

from __future__ import annotations

import time

import pytest

from drift.compare.pairing import set_aside_equal
from drift.kinds.table.kind import TableKind
from drift.kinds.table.table import Table
from drift.kinds.unique import Unique, UniqueKind

A, B, C = (Unique(schema="public", table="t", name=name, columns=(name,)) for name in "abc")

CASES: dict[str, tuple[list[Unique], list[Unique], str, list[Unique], list[Unique]]] = {
    "all equal": ([A, B], [A, B], "ab", [], []),
    "another order": ([A, B], [B, A], "ab", [], []),
    "one more": ([A, B], [B], "b", [A], []),
    "one differs": ([A, B], [A, C], "a", [B], [C]),
    "one moved": ([A, B, C], [B, A, C], "abc", [], []),
    "declared twice": ([A, A], [A, C], "a", [], [C]),
    "declared twice, further on": ([B, A, A], [C, A, B], "ab", [], [C]),
}


@pytest.mark.parametrize(
    ("declared", "live", "equal", "left", "extra"), CASES.values(), ids=CASES.keys()
)
def test_equal_objects_are_set_aside(
    declared: list[Unique], live: list[Unique], equal: str, left: list[Unique], extra: list[Unique]
) -> None:
    pairs, *rest = set_aside_equal(UniqueKind(), declared, live)
    assert sorted(str(live.name) for _, live in pairs) == sorted(equal)
    assert rest == [left, extra]


def test_the_time_grows_with_the_number_of_objects() -> None:
    """Of which half are equal: comparing each with each would take 5 seconds."""
    declared, live = (
        [
            Table(schema="public", name=f"t_{number}", comment=comment if number % 2 else None)
            for number in range(20_000)
        ]
        for comment in ("declared", "live")
    )
    began = time.process_time()
    equal, left, extra = set_aside_equal(TableKind(), declared, live)
    assert time.process_time() - began < 2
    assert [len(equal), len(left), len(extra)] == [10_000, 10_000, 10_000]
