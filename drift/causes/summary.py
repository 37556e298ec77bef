"""Sums up the causes of the differences of one check in a sentence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from drift.report import causes
from drift.report.finding import Finding

_VERBS: Mapping[str, tuple[str, str]] = {
    causes.BY_HAND: ("was changed by hand", "were changed by hand"),
    causes.PENDING: ("waits for", "wait for"),
    causes.MISSING: (
        "is a change of the models without a migration",
        "are changes of the models without a migration",
    ),
    causes.UNMIGRATED: (
        "is in the models and in the database, but in no migration",
        "are in the models and in the database, but in no migration",
    ),
    causes.STAMPED: ("is of", "are of"),
    causes.CREATED: ("was created without migrations", "were created without migrations"),
    causes.DELETED: ("is of a revision that is gone", "are of a revision that is gone"),
    causes.MIXED: ("has several causes", "have several causes"),
    causes.UNKNOWN: ("has an unknown cause", "have an unknown cause"),
}
"""The words after the number of differences, for one and for many."""


def summary(findings: Iterable[Finding], revisions: Mapping[str, str]) -> str:
    """Return such as `9 of 15 were changed by hand; 4 wait for migration 3f2a8c (add roles)`.

    `revisions` are the names of revisions by their ids. "" if no finding has a cause.
    """
    caused = [finding for finding in findings if finding.cause]
    return "; ".join(_clauses(caused, revisions))


def _clauses(findings: list[Finding], revisions: Mapping[str, str]) -> Iterator[str]:
    named = {causes.PENDING, causes.STAMPED}
    counts = Counter((f.cause, f.revision if f.cause in named else "") for f in findings)
    order = sorted(counts, key=lambda key: (-counts[key], key))
    for position, (cause, revision) in enumerate(order):
        count = counts[cause, revision]
        number = f"{count} of {len(findings)}" if position == 0 else str(count)
        yield f"{number} {_words(cause, count)}{_of(cause, revisions.get(revision, revision))}"


def _words(cause: str, count: int) -> str:
    return _VERBS[cause][0 if count == 1 else 1]


def _of(cause: str, revision: str) -> str:
    if not revision:
        return ""
    ending = (
        ", which the version table names, but the database lacks" if cause == causes.STAMPED else ""
    )
    return f" migration {revision}{ending}"
