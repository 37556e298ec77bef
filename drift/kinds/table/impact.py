"""The impact of a relation that is not as declared: of the case at hand."""

from __future__ import annotations

from drift.kinds.shared_impacts import Cases, of_flag
from drift.kinds.table.table import Table

_FLAGS: Cases = {
    "unlogged": (
        "A crash of the server empties the table, and replicas have no rows of it.",
        "Writes are slower than declared: they go to the write-ahead log.",
    )
}
_OTHERS = {
    "inherits": "Queries of the parent tables return other rows than the models expect.",
    "storage": "No effect on results; vacuum and space on disk follow other settings.",
}

_VIEWS = {
    "view": "Reads run the view's query each time, and REFRESH MATERIALIZED VIEW fails.",
    "materialized view": "Reads return the rows of the last REFRESH.",
}


def of_change(change: str, declared: Table, live: Table) -> str:
    """Return the impact of one changed attribute."""
    attribute = change.partition(".")[0]
    if attribute == "relation":
        return _of_relation(declared, live)
    if attribute == "partition_key":
        return _of_partitions(declared, live)
    return _OTHERS.get(attribute) or of_flag(_FLAGS, attribute, live)


def _of_relation(declared: Table, live: Table) -> str:
    if declared.stores_rows and live.stores_rows:
        return _of_partitions(declared, live)
    if not declared.stores_rows:
        return _VIEWS.get(live.relation, "Reads do not follow the view's query.")
    if live.insertable:
        return (
            f"No effect on queries; a {live.relation} has no constraints and indexes as declared."
        )
    return f"Every INSERT by the model fails: a {live.relation} takes the place of the table."


def _of_partitions(declared: Table, live: Table) -> str:
    if live.relation != "partitioned table":
        return "Migrations that create partitions of the table fail."
    if declared.relation != "partitioned table":
        return "Inserts of rows that have no partition fail."
    return "Rows are divided by another key: queries by the declared key read every partition."
