"""Relationships to one row that may be many."""

from __future__ import annotations

from collections.abc import Iterator

from drift.kinds.advice.access import accesses
from drift.kinds.advice.base import Advice, Advisor, Subject, advice_rule
from drift.kinds.advice.delete_rules import reference
from drift.kinds.advice.mappings import Relationship
from drift.kinds.constraint import names

RULE = advice_rule(
    id="scalar-relationship-without-unique",
    summary="A relationship expects one row, and nothing in the database keeps a second one out.",
    impact="With two rows, the ORM warns and returns any of them; the other one is never seen.",
    remedy="Add a unique constraint over the columns of the foreign key once duplicates are gone, "
    "or make the relationship a list.",
)


def advise(subject: Subject) -> Iterator[Advice]:
    """Yield the scalar relationships from one to many whose columns are not unique."""
    own = {(table.schema, table.name) for table in subject.tables}
    for item in subject.mappings.relationships:
        table = item.child_schema, item.child_table
        plain = item.scalar and item.plain and not item.view_only
        if plain and table in own and not _is_unique(subject, item):
            detail = (
                f"expects one {item.child} (uselist=False), and {item.child_table} "
                f"({names(item.columns)}) is not unique"
            )
            yield Advice(ref=reference(item), detail=detail)


def _is_unique(subject: Subject, item: Relationship) -> bool:
    """Return whether at most one row has the same values, by any constraint or index.

    A partial one counts: its condition may be that of a filter which all queries have.
    """
    columns = set(item.columns)
    for access in accesses(subject, item.child_schema, item.child_table):
        exclusive = access.unique or access.method == "gist"
        if exclusive and access.columns and set(access.columns) <= columns:
            return True
    return False


ADVISOR = Advisor(RULE, advise)
