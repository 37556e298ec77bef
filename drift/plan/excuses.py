"""Why a statement breaks a rule of squawk: the models ask for it, or a person allowed it."""

from __future__ import annotations

from drift.kinds.sql import types
from drift.plan.operation import Work

_OF_TYPES = {
    "integer": "prefer-bigint-over-int",
    "smallint": "prefer-bigint-over-smallint",
    "character": "ban-char-field",
    "timestamp without time zone": "prefer-timestamp-tz",
}
_DECLARED = "the models declare the type"


def of_type(text: str) -> dict[str, str]:
    """Return the rule against a type."""
    base = types.family(text)
    if base == "character varying" and text != base:
        return {"prefer-text-field": _DECLARED}
    return {_OF_TYPES[base]: _DECLARED} if base in _OF_TYPES else {}


def of_conversion(work: Work) -> dict[str, str]:
    """Return the rule against a new type of a column."""
    if work is Work.CATALOG:
        return {"changing-column-type": "PostgreSQL changes the catalog only"}
    return {"changing-column-type": "the table is small, or a person allowed to lock it"}


DROP_DEFAULT = {"ban-drop-default": "the models declare no default"}
DROP_NOT_NULL = {"ban-drop-not-null": "the models allow NULL"}
DROP_COLUMN = {"ban-drop-column": "a person allowed it, or a column is made again"}
DROP_TABLE = {"ban-drop-table": "a person allowed it"}
DROP_CONSTRAINT = {"ban-drop-constraint": "a person allowed it, or another one takes its place"}
SCAN = "the table is small, or a person allowed to lock it"
