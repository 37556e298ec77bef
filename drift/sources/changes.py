"""Tells what was changed in a database while it was read.

Columns are as the catalog statement's snapshot has them; but expressions are printed by functions
that know the present only, and may name what the columns were called a moment later.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

import msgspec

from drift.sources.connection import Timeouts, settings
from drift.sources.scope import Request, scope
from drift.sources.wire import Answer

if TYPE_CHECKING:
    import psycopg

    from drift.sources.reflector import Reflection

VERSIONS = """
SELECT coalesce(pg_catalog.json_object_agg(name, version), '{}') FROM (
  SELECT r.schema || '.' || r.name AS name,
         pg_catalog.sum(pg_catalog.hashtext(pg_catalog.textin(pg_catalog.xidout(v.xmin))))
           AS version
  FROM wanted r JOIN (
    SELECT attrelid AS relation, xmin FROM pg_catalog.pg_attribute WHERE attnum > 0
    UNION ALL SELECT adrelid, xmin FROM pg_catalog.pg_attrdef
    UNION ALL SELECT conrelid, xmin FROM pg_catalog.pg_constraint
    UNION ALL SELECT indrelid, xmin FROM pg_catalog.pg_index
  ) v ON v.relation = r.oid GROUP BY 1
) versions
"""
"""Tells the versions of all rows of the catalog that belong to a table."""


def changed(
    connection: psycopg.Connection[Any],
    request: Request,
    reflection: Reflection,
    timeouts: Timeouts,
) -> frozenset[str]:
    """Return the tables that were changed since the catalog statement began.

    The settings come first: questions about types and expressions have changed some of them.
    """
    query = f"{settings(timeouts)}{scope(request)}{VERSIONS}"
    answer = Answer(connection.pgconn, query.encode())
    documents = [value for value, _ in answer.rest() if value is not None]
    now: dict[str, int] = msgspec.json.decode(documents[-1]) if documents else {}
    return frozenset(n for n, v in reflection.server.versions.items() if now.get(n) != v)


def unread(reflection: Reflection, tables: Collection[str]) -> Reflection:
    """Return the reflection with the expressions of these tables left out, as if locked."""

    def hide(item: Any) -> Any:
        if f"{item.schema}.{item.table or item.name}" not in tables:
            return item
        if hasattr(item, "locked"):
            return msgspec.structs.replace(item, locked=True)
        if getattr(item, "generated", None) is not None:
            return msgspec.structs.replace(item, generated=None, hidden=True)
        return item

    objects = {k: tuple(map(hide, items)) for k, items in reflection.schema.objects.items()}
    return msgspec.structs.replace(
        reflection,
        schema=msgspec.structs.replace(reflection.schema, objects=objects),
        changed=tuple(sorted(tables)),
    )
