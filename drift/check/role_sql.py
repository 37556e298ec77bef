"""The SQL that gives a role the privileges of a check, and no others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drift.kinds.sql.types import quote

if TYPE_CHECKING:
    from drift.sources.database.version_rows import VersionRows

ROLE = "drift"
"""The name of the role in examples."""


def creating(database: str) -> list[str]:
    """Return the statements that create a role which can check a database."""
    return [
        f"CREATE ROLE {ROLE} LOGIN PASSWORD '<a new password>'",
        f"GRANT CONNECT ON DATABASE {quote(database)} TO {ROLE}",
        f"ALTER ROLE {ROLE} SET default_transaction_read_only = on",
    ]


def reading_versions(table: VersionRows, role: str = ROLE) -> list[str]:
    """Return the statements that let a role read a version table of Alembic."""
    name = f"{quote(table.schema)}.{quote(table.name)}"
    return [
        f"GRANT USAGE ON SCHEMA {quote(table.schema)} TO {quote(role)}",
        f"GRANT SELECT ON {name} TO {quote(role)}",
    ]
