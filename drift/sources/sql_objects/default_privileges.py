"""ALTER DEFAULT PRIVILEGES: its grants on tables that are created later are no difference."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from drift.kinds.grant.statements import default_grantees
from drift.kinds.sql_object import SqlObject


def with_default_privileges(objects: Sequence[SqlObject]) -> tuple[SqlObject, ...]:
    """Return the objects without such statements.

    The roles that get default privileges may have more on each table than is declared.
    """
    roles: set[str] = set()
    kept: list[SqlObject] = []
    for item in objects:
        own = () if item.kind else default_grantees(item.statements[0])
        roles |= set(own)
        kept += [] if own else [item]
    return tuple(
        replace(item, at_least=True) if item.kind == "grant" and item.name in roles else item
        for item in kept
    )
