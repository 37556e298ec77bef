"""The impact of differences that several kinds have: of the case at hand, not of the whole rule."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol, TypeAlias

Cases: TypeAlias = Mapping[str, tuple[str, str]]
"""An attribute with the sentence if it is true in the database, and if it is false."""

RENAMED = "Only statements that name it fail, such as a migration's DROP CONSTRAINT."
UNKNOWN = "Unknown: drift could not tell whether both mean the same."
OTHER_INCLUDE = "Index-only scans find other columns in the index than the models declare."
DUPLICATES_REFUSED = "Inserts that the models allow can fail as duplicates."
DUPLICATES_ACCEPTED = "Duplicates that the models rule out get in."

DEFERRABLE: Cases = {
    "deferrable": (
        "ON CONFLICT fails, and no foreign key can refer to a deferrable constraint.",
        "No transaction can defer the check to COMMIT.",
    ),
    "initially_deferred": (
        "Violations are refused at COMMIT, and not by the statement.",
        "Violations are refused by the statement, and not at COMMIT.",
    ),
}
NULLS: Cases = {
    "nulls_not_distinct": (
        "Inserts of a second row with NULL fail as duplicates.",
        "Several rows with NULL get in, which the models rule out.",
    )
}


class Unique(Protocol):
    """A constraint that keeps rows unique by columns."""

    @property
    def columns(self) -> tuple[str, ...]: ...


def of_flag(cases: Cases, change: str, live: Any) -> str:
    """Return the sentence for the database's value of an attribute; "" if none is known."""
    if change not in cases:
        return ""
    return cases[change][not getattr(live, change)]


def of_unique(change: str, declared: Unique, live: Unique) -> str:
    """Return the impact of a changed unique or primary key; "" for other attributes."""
    if change == "name":
        return RENAMED
    if change == "include":
        return OTHER_INCLUDE
    if change == "columns":
        return _of_columns(set(declared.columns), set(live.columns))
    return of_flag(DEFERRABLE, change, live)


def _of_columns(declared: set[str], live: set[str]) -> str:
    if declared == live:
        return "The index serves lookups by another first column than the models declare."
    if live < declared:
        return DUPLICATES_REFUSED
    if live > declared:
        return DUPLICATES_ACCEPTED
    return f"{DUPLICATES_ACCEPTED} {DUPLICATES_REFUSED}"


def joined(sentences: Iterable[str]) -> str:
    """Return sentences, each once; those about no effect only if there are no others."""
    distinct = list(dict.fromkeys(filter(None, sentences)))
    effects = [
        sentence
        for sentence in distinct
        if sentence != RENAMED and not sentence.startswith("No effect")
    ]
    return " ".join(effects or distinct)
