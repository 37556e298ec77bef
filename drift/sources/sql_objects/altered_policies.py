"""ALTER POLICY in SQL files: its conditions are run on the scratch server, its roles are not."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from drift.kinds.policy_roles import without_roles
from drift.kinds.sql.text import pieces
from drift.kinds.sql_object import SqlObject
from drift.sources.sql_objects.header import sql_object


def with_altered_policies(objects: Sequence[SqlObject]) -> tuple[SqlObject, ...]:
    """Return the objects with the roles that later statements give to policies."""
    policies = {_key(item): index for index, item in enumerate(objects) if item.kind == "policy"}
    kept = list(objects)
    for index, item in enumerate(objects):
        words = [] if item.kind else [word.word for word in pieces(item.statements[0][:20_000])]
        if words[:2] != ["ALTER", "POLICY"] or "RENAME" in words:
            continue
        statement = item.statements[0]
        bare, roles = without_roles(statement)
        kept[index] = replace(item, statements=(bare,))
        policy = policies.get(_key(sql_object(f"CREATE{statement[len('ALTER') :]}")))
        if bare != statement and policy is not None:
            kept[policy] = replace(kept[policy], roles=roles)
    return tuple(kept)


def _key(item: SqlObject) -> tuple[str | None, str | None, str]:
    return item.schema, item.table, item.name
