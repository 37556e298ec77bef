"""An index as drift holds it, and its public facts."""

from __future__ import annotations

from typing import Annotated

from drift.kinds.facts import (
    Facts,
    Include,
    Method,
    NullsNotDistinct,
    SqlText,
    Storage,
    means,
)
from drift.kinds.index.key import IndexKey, KeyFacts
from drift.model import DatabaseObject


class Index(DatabaseObject, frozen=True, kw_only=True):
    """An index; `predicate` is the WHERE of a partial one.

    `under_way`: another session makes or drops it CONCURRENTLY at the moment.
    """

    keys: tuple[IndexKey, ...]
    method: str = "btree"
    unique: bool = False
    nulls_not_distinct: bool = False
    predicate: str | None = None
    include: tuple[str, ...] = ()
    storage: tuple[tuple[str, str], ...] = ()
    valid: bool = True
    locked: bool = False
    under_way: bool = False


class IndexFacts(Facts, frozen=True, kw_only=True):
    """An index."""

    keys: tuple[KeyFacts, ...]
    unique: bool
    method: Method
    predicate: Annotated[SqlText, means("The WHERE of a partial index.")]
    include: Include
    nulls_not_distinct: NullsNotDistinct
    storage: Storage
    valid: Annotated[bool, means("False: its build did not finish, and no query uses it.")]
