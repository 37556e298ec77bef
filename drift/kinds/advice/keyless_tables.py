"""Tables without a primary key."""

from __future__ import annotations

from collections.abc import Iterator

from drift.kinds.advice.base import Advice, Advisor, Subject, advice_rule
from drift.kinds.table.table import Table
from drift.model import ObjectRef

RULE = advice_rule(
    id="table-without-primary-key",
    summary="A table has no primary key, and nothing else identifies its rows.",
    impact="The same row can be stored twice, no statement can change one of the two alone, and "
    "logical replication refuses UPDATE and DELETE.",
    remedy="Declare a primary key: for an association table, over the columns of both keys.",
)


def advise(subject: Subject) -> Iterator[Advice]:
    """Yield the tables without a key on either side: one that is only missing is drift already."""
    for table in subject.tables:
        keys = subject.both_of("primary-key", table.schema, table.name)
        if not any(keys) and not _has_other_key(subject, table):
            yield Advice(
                ref=ObjectRef("table", table.schema, table.name, table.name or ""),
                detail="has no primary key, and no unique constraint over NOT NULL columns",
                item=table,
            )


def _has_other_key(subject: Subject, table: Table) -> bool:
    """Return whether columns that are never NULL are unique."""
    name = table.schema, table.name
    columns = subject.columns(*name)
    keys = [item.columns for item in subject.both_of("unique", *name)]
    for index in subject.both_of("index", *name):
        if index.unique and index.predicate is None:
            keys.append(tuple(key.column for key in index.keys))
    return any(
        all(column in columns and not columns[column].nullable for column in key) for key in keys
    )


ADVISOR = Advisor(RULE, advise)
