"""The impact of a missing, extra or different index: of the case at hand."""

from __future__ import annotations

from drift.kinds.index.index import Index
from drift.kinds.shared_impacts import (
    DUPLICATES_ACCEPTED,
    DUPLICATES_REFUSED,
    NULLS,
    OTHER_INCLUDE,
    Cases,
    of_flag,
)
from drift.kinds.sql.text import plain

RENAMED = "Only statements that name it fail, such as a migration's DROP INDEX."
_SLOW = "Queries that count on the index as declared are slow."
_UNGUARDED = f"{DUPLICATES_ACCEPTED[:-1]}, and ON CONFLICT fails."
_FLAGS: Cases = {"unique": (DUPLICATES_REFUSED, _UNGUARDED), **NULLS}


def of_missing(item: Index) -> str:
    """Return the impact of a missing index."""
    return _UNGUARDED if item.unique else "Queries that count on the index are slow."


def of_extra(live: Index) -> str:
    """Return the impact of an index that no model declares."""
    if not live.valid:
        return "Writes are slower, and no query uses the index."
    return DUPLICATES_REFUSED if live.unique else "Writes are slower."


def of_invalid(live: Index) -> str:
    """Return the impact of an index whose build did not finish."""
    unguarded = ", older rows can be duplicates" if live.unique else ""
    return f"No query uses the index{unguarded}, and every write maintains it."


def of_change(change: str, declared: Index, live: Index) -> str:
    """Return the impact of one changed attribute."""
    attribute = change.partition(".")[0]
    if attribute == "name":
        return RENAMED
    if attribute == "storage":
        return "No effect on results; the index takes up another amount of space."
    if attribute == "include":
        return OTHER_INCLUDE
    if attribute == "keys" and declared.unique and live.unique and indexes_others(declared, live):
        return "Rows are unique by another key than the models declare."
    if attribute == "predicate":
        return _of_predicate(declared, live)
    return of_flag(_FLAGS, attribute, live) or _SLOW


def _of_predicate(declared: Index, live: Index) -> str:
    if not (declared.unique and live.unique):
        if live.predicate is None:
            return "No effect on results; the index is larger than declared."
        return _SLOW
    if live.predicate is None:
        return DUPLICATES_REFUSED
    if declared.predicate is None:
        return _UNGUARDED
    return "Other rows than the models declare are kept unique."


def indexes_others(declared: Index, live: Index) -> bool:
    """Return whether other columns or expressions are indexed, not only in another order."""
    return _indexed(declared) != _indexed(live)


def _indexed(index: Index) -> list[str]:
    return sorted(key.column or f"({plain(key.expression or '')})" for key in index.keys)
