"""One mutation: what is declared, what changes on the live side, what must be found."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import sqlalchemy as sa


class Case(NamedTuple):
    """`expected` has `severity rule path` for each finding; versions are the least ones."""

    name: str
    sql: str
    expected: tuple[str, ...] = ()
    metadata: Callable[[], Any] = sa.MetaData
    before: str = ""
    server: int = 14
    sqlalchemy: tuple[int, ...] = (1, 4)
    table: str = ""

    @property
    def id(self) -> str:
        """A name that is unique among all tables of cases."""
        return f"{self.table}: {self.name}"


def cases(
    table: str, metadata: Callable[[], Any], *rows: tuple[Any, ...], before: str = ""
) -> list[Case]:
    """Make cases of rows (name, sql, expected…, options as a dict last)."""
    made = [Case("no change", "", (), metadata, before, table=table)]
    for row in rows:
        options = row[-1] if isinstance(row[-1], dict) else {}
        name, sql, *expected = row[: len(row) - bool(options)]
        made.append(Case(name, sql, tuple(expected), metadata, before, table=table, **options))
    return made
