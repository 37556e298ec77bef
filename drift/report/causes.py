"""The causes of differences: the words in reports, and the meaning of each."""

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
    PENDING: "A migration makes it as the models declare, and has not run on the database.",
    MISSING: "The models changed, and no migration follows them.",
    BY_HAND: "The database differs from what the migrations made at its own revision.",
    UNMIGRATED: "The models and the database have it, and no migration makes it.",
    STAMPED: "The version table names the migration, but its changes are not in the database.",
    CREATED: "The database has no version table: create_all or a person made it.",
    DELETED: "The database is at a revision that the project does not have.",
    MIXED: "Several of these causes came together.",
    UNKNOWN: "The migrations do not show the cause.",
}
"""Each word with its meaning, in the order of help texts."""
