"""Differences, and histories made of them."""

from __future__ import annotations

from collections.abc import Sequence

from drift.causes.history import History, Revision, Step
from drift.causes.sides import Side
from drift.model import ObjectRef
from drift.report.finding import Finding
from tests.report.examples import finding

MISSING = finding("role")
OTHER = finding("age")
EXTRA_TABLE = finding(
    "sessions", rule="extra-table", expected=None, actual={"columns": 1},
    object=ObjectRef("table", "public", "sessions", "sessions"),
)  # fmt: skip
LIVE_TEXT = finding(
    "id", rule="column-type-mismatch", changes={"type": ("uuid", "text")}, detail="type"
)
LIVE_INT = finding(
    "id", rule="column-type-mismatch", changes={"type": ("uuid", "integer")}, detail="type"
)
EXTRA = finding("legacy", rule="extra-column", expected=None, actual={"type": "text"})
TABLE = finding(
    "users", rule="missing-table", object=ObjectRef("table", "public", "users", "users")
)
ADDED, LATER = Revision("3f2a", "add roles"), Revision("9abc", "drop legacy")
FIRST = Revision("0001", "first")


def history(
    applied: Sequence[Sequence[Finding]],
    pending: Sequence[Sequence[Finding]] = (),
    **changes: object,
) -> History:
    """Return a history by the differences between the models and each of its steps.

    The first applied step is the state before the revision that is looked at.
    """
    before = [Step(r, Side(f)) for r, f in zip((None, FIRST), applied, strict=False)]
    after = [Step(r, Side(f)) for r, f in zip((ADDED, LATER), pending, strict=False)]
    return History(applied=tuple(before), pending=tuple(after), **changes)  # type: ignore[arg-type]
