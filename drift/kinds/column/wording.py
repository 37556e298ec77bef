"""Columns as SQL, for messages and for the cells that reports show side by side."""

from __future__ import annotations

import msgspec

from drift.kinds.column.column import Column
from drift.kinds.metadata.unwritable import LEFT_OPEN
from drift.kinds.sql.text import plain
from drift.kinds.sql_words import identity_text

OWN_SEQUENCE = "SERIAL (a sequence of its own)"
"""The default of a SERIAL column, if the other side has another one."""

_CELLS = {
    "nullable": "null",
    "validated": "null",
    "identity": "default",
    "generated": "default",
    "stored": "default",
    "collation_schema": "collation",
}


def describe(item: Column) -> str:
    """Return type, nullability and value as a short text."""
    null = "" if item.nullable else "NOT NULL"
    value = "" if item.default == LEFT_OPEN else clause(item)
    return " ".join(filter(None, (item.type, null, value)))


def cells(item: Column) -> dict[str, str]:
    """Return the texts that reports show next to the other side's."""
    unchecked = " NOT VALID" if item.unvalidated else ""
    cells = {
        "type": item.type,
        "null": "NULL" if item.nullable else f"NOT NULL{unchecked}",
        "default": clause(item),
    }
    collation = ".".join(filter(None, (item.collation_schema, item.collation)))
    more = {"collation": collation, "comment": item.comment}
    return cells | {name: text for name, text in more.items() if text}


def cell(change: str) -> str:
    """Return the name of the cell that shows a changed attribute."""
    attribute = change.partition(".")[0]
    return _CELLS.get(attribute, attribute)


def clause(item: Column) -> str:
    """Return the clauses for the value that the database gives: default, identity, generation."""
    clauses = []
    if item.serial or item.default is not None:
        clauses.append("DEFAULT " + ("nextval(…)" if item.serial else str(item.default)))
    if item.identity:
        clauses.append(identity_text(msgspec.structs.asdict(item.identity)))
    if item.generated:
        stored = {True: " STORED", False: " VIRTUAL", None: ""}[item.stored]
        clauses.append(f"GENERATED ALWAYS AS ({plain(item.generated)}){stored}")
    return " ".join(clauses)


def default(item: Column) -> str | None:
    """Return the default as reports show it; a declared SERIAL has none in the model."""
    return OWN_SEQUENCE if item.serial and item.default is None else item.default
