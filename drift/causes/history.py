"""The schemas that the migrations make, as far as the cause of a difference depends on them."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from drift.causes.sides import Side
from drift.model import ObjectRef


class Revision(msgspec.Struct, frozen=True):
    """One migration; `path` is its file as users type it, "" if it is not known.

    A `divisible` one commits in between, so that it can stop halfway.
    """

    id: str
    message: str = ""
    path: str = ""
    divisible: bool = False

    def __str__(self) -> str:
        """Return `3f2a8c (add roles)`."""
        return f"{self.id} ({self.message})" if self.message else self.id


class Step(msgspec.Struct, frozen=True):
    """The migrations up to and including one; None: before the first one that was looked at."""

    revision: Revision | None
    side: Side


class History(msgspec.Struct, frozen=True, kw_only=True):
    """The sides that the migrations make, in the order in which they ran.

    `applied` ends with the revision that the database says it is at; it is empty if there is none,
    or if the project does not have it. `pending` are the steps from there to head. `unknown` are
    revisions of the database that the project does not have. `has_version_table`: the database has
    one; `others` are those of other migrations. `from_models` are the revisions that create the
    models' tables by their metadata, so that their schema proves nothing. `unlike_applied` are
    objects in which the database differs from its own revision; None: this was not compared, and
    the values decide. `declared` says how the sides are expected.
    """

    applied: tuple[Step, ...] = ()
    pending: tuple[Step, ...] = ()
    unknown: tuple[str, ...] = ()
    has_version_table: bool = True
    from_models: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    unlike_applied: frozenset[ObjectRef] | None = None
    declared: str = "as the models declare"

    @property
    def head(self) -> Step | None:
        """The last step; None if there are no migrations."""
        steps = (*self.applied, *self.pending)
        return steps[-1] if steps else None

    @property
    def current(self) -> Step | None:
        """The step at the database's own revision; None if that cannot be made."""
        return self.applied[-1] if self.applied else None


def names(revisions: Iterable[Revision | None]) -> str:
    """Return the names of revisions in a sentence."""
    return ", ".join(str(revision) for revision in revisions if revision)
