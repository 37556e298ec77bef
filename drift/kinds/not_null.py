"""NOT NULL constraints that are NOT VALID, which exist since PostgreSQL 18."""

from __future__ import annotations

from drift.kinds.facts import Columns, Facts, Validated


class NotNullFacts(Facts, frozen=True, kw_only=True):
    """A NOT NULL constraint."""

    columns: Columns
    validated: Validated


# `attnotnull` is true for such a column, though rows with NULL may be there.
UNVALIDATED_SQL = """
  SELECT k.conname FROM pg_catalog.pg_constraint k
  WHERE k.conrelid = r.oid AND k.contype = 'n' AND NOT k.convalidated
    AND k.conkey[1] = a.attnum
  LIMIT 1
"""
"""SQL for the name of the constraint of column `a` of relation `r`; no row on older servers."""
