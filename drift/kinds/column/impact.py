"""The severity and impact of a difference in one column: of the case at hand, not of the rule."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from drift.kinds.column.column import Column
from drift.kinds.sequence.impact import of_option
from drift.kinds.type_impact import impact_of_type
from drift.model import Severity

_NO_VALUE = "Inserts without a value fail: null value violates the not-null constraint."


def of_extra(live: Column) -> str:
    """Return the impact of a column that no model declares."""
    if live.identity or live.generated or live.serial or live.default:
        return "No effect today: the database fills the column on every INSERT by the model."
    if live.nullable:
        return "No effect today: the column stays NULL on every INSERT by the model."
    return "Every INSERT by the model fails: the column is NOT NULL and has no default."


def of_change(change: str, declared: Column, live: Column) -> str:
    """Return the impact of one changed attribute; "" if the rule's own impact says it."""
    attribute, _, option = change.partition(".")
    if attribute == "identity" and option not in {"", "always"}:
        return of_option(option, declared.identity, live.identity)
    impact = _IMPACTS.get(attribute)
    return impact(declared, live) if impact else ""


def _of_type(declared: Column, live: Column) -> str:
    return impact_of_type(declared.type, live.type)


def _of_collation(_declared: Column, _live: Column) -> str:
    return "Values sort and compare in another order than the model declares."


def _of_nullability(declared: Column, _live: Column) -> str:
    if declared.nullable:
        return "Inserts and updates by the model that leave the column NULL fail."
    return "NULLs can get in, and reach code that does not expect them."


def _of_default(declared: Column, live: Column) -> str:
    if declared.default is None and not declared.serial:
        return "Inserts that leave the column out get a value that the model does not know of."
    if live.default is not None or live.serial:
        return "Inserts that leave the column out get another value than the model declares."
    return _without_value(declared, live)


def _without_value(declared: Column, live: Column) -> str:
    """Return the impact if the database no longer makes a value."""
    others = "get NULL." if live.nullable else "fail: null value violates the not-null constraint."
    if declared.client_default:
        return f"No effect on the model, which sends a value; inserts by other code {others}"
    return f"Inserts that leave the column out {others}"


def _of_identity(declared: Column, live: Column) -> str:
    if live.identity is None:
        if live.serial:
            return "No effect on inserts: the default of a sequence makes the numbers."
        return _without_value(declared, live)
    if live.identity.always:
        return "Inserts that give a value of their own fail: the column is GENERATED ALWAYS."
    if declared.identity:
        return "Inserts can give a value of their own, which the model's GENERATED ALWAYS refuses."
    if declared.serial:
        return "No effect on inserts: an identity makes the numbers."
    return "Inserts that leave the column out get a number that the model does not know of."


def _of_generated(declared: Column, live: Column) -> str:
    if live.generated is None:
        empty = live.nullable or live.default is not None
        return (
            "The database no longer computes the column: it keeps whatever is written."
            if empty
            else f"The database no longer computes the column. {_NO_VALUE}"
        )
    if declared.generated is None:
        return "Writes to the column by the model fail: the database computes it."
    if declared.stored == live.stored or declared.stored is None:
        return "The database computes other values than the model declares."
    if live.stored:
        return "The values are as declared; they take up space, and are computed on each write."
    return "The values are as declared; they take up no space, and are computed on each read."


_IMPACTS: Mapping[str, Callable[[Column, Column], str]] = {
    "type": _of_type,
    "nullable": _of_nullability,
    "default": _of_default,
    "identity": _of_identity,
    "generated": _of_generated,
    "stored": _of_generated,
    "collation": _of_collation,
    "collation_schema": _of_collation,
}


def severity_of_default(declared: Column, live: Column) -> Severity:
    """Return an error if an insert that counts on the default fails, else a warning.

    The models' own default, if there is one, is sent with every insert.
    """
    lost = (declared.default is not None or declared.serial) and not declared.client_default
    kept = live.default is not None or live.serial
    return Severity.ERROR if lost and not kept and not live.nullable else Severity.WARNING


def severity_of_identity(change: str, declared: Column, live: Column) -> Severity:
    """Return an error if inserts fail: no number is made, or a given one is refused."""
    if change == "identity" and live.identity is None:
        filled = live.serial or declared.client_default
        return Severity.WARNING if filled else Severity.ERROR
    if change == "identity.cache":
        return Severity.INFO
    if change in {"identity", "identity.always"} and live.identity and live.identity.always:
        return Severity.ERROR
    return Severity.WARNING
