"""PostgreSQL's own schemas, whose tables and views some projects map to query them."""

from __future__ import annotations


def is_system(schema: str) -> bool:
    """Return whether a schema is PostgreSQL's own: others may not have such names."""
    return schema.startswith("pg_") or schema == "information_schema"
