"""The names that PostgreSQL gives to constraints without one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

import msgspec

from drift.kinds.metadata.declaration import NAME_BYTES
from drift.model import DatabaseObject

T = TypeVar("T", bound=DatabaseObject)


def generated_name(table: str, columns: Iterable[str], suffix: str) -> str:
    """Return `table_columns_suffix`, shortened as PostgreSQL's makeObjectName does.

    The longer of the two parts loses bytes until all of it fits into 63.
    """
    first, second = table.encode(), "_".join(columns).encode()
    room = NAME_BYTES - len(suffix.encode()) - 1 - (1 if second else 0)
    first_length, second_length = len(first), len(second)
    while first_length + second_length > room:
        if first_length > second_length:
            first_length -= 1
        else:
            second_length -= 1
    cut = first[:first_length], second[:second_length]
    parts = [part.decode(errors="ignore") for part in cut if part]
    return "_".join([*parts, suffix])


def named(items: Iterable[T], columns: Callable[[T], Iterable[str]], suffix: str) -> Iterator[T]:
    """Yield the objects of one table; those without a name get PostgreSQL's as `called`.

    PostgreSQL numbers names that are taken: `t_check`, `t_check1`.
    """
    objects = list(items)
    taken = {item.name for item in objects}
    for item in objects:
        if item.name is not None:
            yield item
            continue
        column_names, number, name = tuple(columns(item)), 0, None
        while name is None or name in taken:
            name = generated_name(item.table or "", column_names, f"{suffix}{number or ''}")
            number += 1
        taken.add(name)
        yield msgspec.structs.replace(item, called=name)
