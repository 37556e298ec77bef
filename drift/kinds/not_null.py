"""NOT NULL constraints that are NOT VALID, which exist since PostgreSQL 18."""

from __future__ import annotations

from drift.kinds.facts import Columns, Facts, Validated


class NotNullFacts(Facts, frozen=True, kw_only=True):
    """A NOT NULL constraint."""

    columns: Columns
    validated: Validated


# `attnotnull` is true for such a column, though rows with NULL may be there.
UNVALIDATED_SQL = """
  SELECT pg_catalog.array_agg(k.conkey[1]) AS numbers, pg_catalog.array_agg(k.conname) AS names
  FROM pg_catalog.pg_constraint k
  -- pg_constraint is not searched unless a table has one
  WHERE EXISTS (SELECT FROM constraints c WHERE c.type = 'n')
    AND k.conrelid = r.oid AND k.contype = 'n' AND NOT k.convalidated
"""
"""SQL for the columns of relation `r` with such a constraint, by number, and its names.

Both are NULL without one, as on older servers.
"""
