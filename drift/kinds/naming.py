"""The names that PostgreSQL gives to constraints without one."""

from __future__ import annotations

from collections.abc import Iterable

from drift.kinds.declaration import NAME_BYTES


def generated_name(table: str, columns: Iterable[str], suffix: str) -> str:
    """Return `table_columns_suffix`, shortened as PostgreSQL's makeObjectName does.

    The longer of the two parts loses bytes until all of it fits into 63.
    """
    first, second = table.encode(), "_".join(columns).encode()
    room = NAME_BYTES - len(suffix.encode()) - 1 - (1 if second else 0)
    one, two = len(first), len(second)
    while one + two > room:
        if one > two:
            one -= 1
        else:
            two -= 1
    parts = [part.decode(errors="ignore") for part in (first[:one], second[:two]) if part]
    return "_".join([*parts, suffix])
