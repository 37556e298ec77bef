"""The fix of a finding in words: that of its cause if it is known, else that of its rule."""

from __future__ import annotations

from collections.abc import Mapping

from drift.kinds import RULES
from drift.report import causes

BY_CAUSE: Mapping[str, str] = {
    causes.PENDING: "Run the pending migration: alembic upgrade head.",
    causes.MISSING: "Write the migration that follows the models.",
    causes.BY_HAND: "Take the change back with a plan, or keep it: change the models (drift plan "
    "with --adopt prints how), and write a migration.",
    causes.UNMIGRATED: "Write the migration that creates it: drift plan with --causes and "
    "--alembic does.",
    causes.STAMPED: "Run the statements of the migration, which was stamped but never run.",
}
"""Other causes do not say which side to change."""


def remedy(rule: str, cause: str = "") -> str:
    """Return how to fix the findings of a rule; "" if the rule is not known."""
    known = RULES[rule].remedy if rule in RULES else ""
    return BY_CAUSE.get(cause, known) if known else ""
