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


ALLOWED = "a person allowed it"
SMALL = "the table is small, or a person allowed to lock it"
DECLARED = "the models declare it"
DROP_DEFAULT = {"ban-drop-default": "the models declare no default"}
DROP_NOT_NULL = {"ban-drop-not-null": "the models allow NULL"}
DROP_COLUMN = {"ban-drop-column": "a person allowed it, or a column is made again"}
DROP_CONSTRAINT = {"ban-drop-constraint": "a person allowed it, or another one takes its place"}
FILLED = {"adding-field-with-default": SMALL}
NOT_NULL = {"adding-not-nullable-field": "a valid check spares the reading, or the table is small"}
IDENTITY = {"ban-alter-identity": DECLARED}
RENAMED = {"renaming-object": "no query names it"}
SHORT_INDEX = {"require-concurrent-index-creation": SMALL}
SHORT_DROP = {"require-concurrent-index-deletion": "the table is small, or the index is not valid"}
OF_DOMAIN = {
    "ban-alter-domain-with-add-constraint": DECLARED,
    "ban-create-domain-with-constraint": DECLARED,
}


def of_constraint(struct: str, *, valid: bool) -> dict[str, str]:
    """Return the rules against a constraint that is valid at once, by the name of its struct."""
    rules = {
        "PrimaryKey": ("constraint-missing-not-valid", "adding-serial-primary-key-field"),
        "Unique": ("constraint-missing-not-valid", "disallowed-unique-constraint"),
        "ForeignKey": ("constraint-missing-not-valid", "adding-foreign-key-constraint"),
    }
    names = rules.get(struct, ("constraint-missing-not-valid",))
    return dict.fromkeys(names, SMALL) if valid else {}


def of_drop(word: str) -> dict[str, str]:
    """Return the rule against the drop of a table, a view, a type, a domain or a sequence."""
    return {f"ban-drop-{word.lower().rpartition(' ')[2]}": ALLOWED}


def of_type_name() -> dict[str, str]:
    """Return the rules against a new type in the place of an old one."""
    return {"renaming-object": "the new type takes its name", **OF_DOMAIN}
