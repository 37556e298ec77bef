"""The impact of a missing, extra or different foreign key: of the case at hand."""

from __future__ import annotations

from drift.kinds.foreign_key.foreign_key import ForeignKey
from drift.kinds.shared_impacts import RENAMED, Cases, of_flag

_GONE = {
    "CASCADE": "deletes no longer cascade",
    "SET NULL": "deletes no longer set the reference to NULL",
    "SET DEFAULT": "deletes no longer set the reference to its default",
}
_DELETES = {
    "CASCADE": "Deletes of referenced rows delete the rows that refer to them.",
    "SET NULL": "Deletes of referenced rows set the reference to NULL.",
    "SET DEFAULT": "Deletes of referenced rows set the reference to its default.",
}
_UPDATES = {
    "CASCADE": "Updates of a referenced key update the rows that refer to it.",
    "SET NULL": "Updates of a referenced key set the reference to NULL.",
    "SET DEFAULT": "Updates of a referenced key set the reference to its default.",
}
_REFUSED = "{} fail while other rows refer to them."
_ELSEWHERE = "References are checked against other rows than the models declare."
_OTHERS = {
    "name": RENAMED,
    "delete_columns": "Deletes of referenced rows change other columns than the models declare.",
    "columns": _ELSEWHERE,
    "target": _ELSEWHERE,
    "target_columns": _ELSEWHERE,
}
_FLAGS: Cases = {
    "deferrable": (
        "No effect by itself: a transaction can defer the check to COMMIT.",
        "No transaction can defer the check: rows must come in the order of their references.",
    ),
    "initially_deferred": (
        "Rows that point at nothing are refused at COMMIT, and not by the statement.",
        "Rows that point at nothing are refused by the statement, and not at COMMIT.",
    ),
    "enforced": (
        "Inserts and deletes that the models allow can be refused.",
        "PostgreSQL checks nothing: rows can point at nothing.",
    ),
}


def of_missing(item: ForeignKey) -> str:
    """Return the impact of a missing key."""
    gone = _GONE.get(item.on_delete, "deletes of referenced rows are no longer refused")
    return f"Rows can point at nothing, and {gone}."


def of_extra(live: ForeignKey) -> str:
    """Return the impact of a key that no model declares."""
    refused = "Inserts of rows that point at nothing fail"
    if live.on_delete in _DELETES:
        return f"{refused}. {_DELETES[live.on_delete]}"
    return f"{refused}, and so do deletes of referenced rows."


def of_change(change: str, live: ForeignKey) -> str:
    """Return the impact of one changed attribute."""
    if change == "on_delete":
        return _DELETES.get(live.on_delete, _REFUSED.format("Deletes of referenced rows"))
    if change == "on_update":
        return _UPDATES.get(live.on_update, _REFUSED.format("Updates of referenced keys"))
    if change == "match":
        return _of_match(live)
    return _OTHERS.get(change) or of_flag(_FLAGS, change, live)


def _of_match(live: ForeignKey) -> str:
    if live.match == "FULL":
        return "Inserts of a key of which only some columns are NULL fail."
    return "A key of which only some columns are NULL is accepted, and not checked."
