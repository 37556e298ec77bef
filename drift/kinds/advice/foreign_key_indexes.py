"""Foreign keys without an index on the table that has them."""

from __future__ import annotations

from collections.abc import Iterator

from drift.kinds.advice.access import Access, accesses
from drift.kinds.advice.base import Advice, Advisor, Subject, advice_rule
from drift.kinds.constraint import names
from drift.kinds.foreign_key.foreign_key import ForeignKey
from drift.kinds.table.table import Table
from drift.model import ObjectRef

RULE = advice_rule(
    id="foreign-key-without-index",
    summary="No index serves a search by the columns of a foreign key.",
    impact="Each DELETE of a referenced row, and each change of its key, reads the whole table "
    "that has the foreign key; so do joins from the referenced row to its children.",
    remedy="Add index=True to the column, or an Index that begins with the columns of the key, and "
    "CREATE INDEX CONCURRENTLY in a migration of its own.",
)


def advise(subject: Subject) -> Iterator[Advice]:
    """Yield the foreign keys that are checked and that no index of either side serves."""
    for table in subject.tables:
        keys = subject.live_of("foreign-key", table.schema, table.name)
        if keys and not _is_unknown(subject, table):
            own = list(accesses(subject, table.schema, table.name))
            yield from (_advice(key) for key in keys if _is_unserved(subject, key, own))


def _is_unknown(subject: Subject, table: Table) -> bool:
    """Return whether the predicates of indexes, or the indexes of partitions, were not read."""
    state = subject.states.get((table.schema, table.name or ""))
    return table.locked or bool(state and state.indexed_apart)


def _is_unserved(subject: Subject, key: ForeignKey, own: list[Access]) -> bool:
    if not (key.enforced and key.active):
        return False
    return not any(
        access.serves(key.columns) or _is_selective(subject, key, access) for access in own
    )


def _is_selective(subject: Subject, key: ForeignKey, access: Access) -> bool:
    """Return whether an index over a part of the key reads only the children of one row.

    It does if that part alone is unique in the referenced table: an index over `order_id` serves
    the key (tenant_id, order_id) if the referenced `id` is a primary key.
    """
    if access.method not in {"btree", "hash"} or not access.covers(key.columns):
        return False
    targets = dict(zip(key.columns, key.target_columns, strict=True))
    unique = [
        set(each.columns)
        for each in accesses(subject, key.target_schema, key.target_table)
        if each.unique and each.predicate is None
    ]
    return any(
        columns <= {targets[column] for column in prefix}
        for prefix in access.prefixes(key.columns)
        for columns in unique
    )


def _advice(key: ForeignKey) -> Advice:
    return Advice(
        ref=ObjectRef("foreign-key", key.schema, key.table, key.name or ""),
        detail=f"no index begins with ({names(key.columns)}), the columns that reference "
        f"{key.target_table}",
        item=key,
    )


ADVISOR = Advisor(RULE, advise)
