"""The restriction of a check to some tables."""

from __future__ import annotations

import datetime

from drift.check.policy import Outcome
from drift.check.tables import without_unused
from drift.report.ignores import UnusedIgnore


def test_other_notes_and_expired_entries_stay() -> None:
    expired = UnusedIgnore(
        declared_at="drift.yaml:3", rule="*", object="a.b", expired=datetime.date(2020, 1, 1)
    )
    unused = UnusedIgnore(declared_at="drift.yaml:6", rule="*", object="a.c")
    notes = ("the first expired", "the second matched nothing", "1 difference is excluded")
    outcome = without_unused(Outcome(kept=(), unused=(expired, unused), notes=notes))
    assert outcome.unused == (expired,)
    assert outcome.notes == ("the first expired", "1 difference is excluded")
