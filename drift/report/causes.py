"""The causes of differences: the words in reports, and what each means."""

from __future__ import annotations

from collections.abc import Mapping

PENDING = "pending-migration"
MISSING = "missing-migration"
BY_HAND = "changed-by-hand"
UNMIGRATED = "not-in-migrations"
STAMPED = "stamped-not-run"
CREATED = "created-by-metadata"
DELETED = "deleted-after-applied"
MIXED = "mixed"
UNKNOWN = "unknown"

CAUSES: Mapping[str, str] = {
    PENDING: "waits for a migration",
    MISSING: "has no migration yet",
    BY_HAND: "was changed by hand",
    UNMIGRATED: "is in no migration",
    STAMPED: "was stamped and never run",
    CREATED: "was created without migrations",
    DELETED: "was made by a revision that is gone",
    MIXED: "has several causes",
    UNKNOWN: "has an unknown cause",
}
"""Each word, with the verb of a sentence about one difference."""
