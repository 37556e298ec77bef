"""The effect of a difference in one column: of the case at hand, not of the whole rule."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from drift.kinds.base import Effect
from drift.kinds.column.column import Column
from drift.kinds.sequence.impact import of_option
from drift.kinds.type_impact import impact_of_type, severity_of_type
from drift.model import Severity

ERROR, WARNING, INFO = Severity.ERROR, Severity.WARNING, Severity.INFO


def of_extra(live: Column) -> Effect:
    """Return the effect of a column that no model declares."""
    if live.identity or live.generated or live.serial or live.default:
        impact = "No effect today: the database fills the column on every INSERT by the model."
        return Effect(WARNING, impact)
    if live.nullable:
        impact = "No effect today: the column stays NULL on every INSERT by the model."
        return Effect(WARNING, impact)
    impact = "Every INSERT by the model fails: the column is NOT NULL and has no default."
    return Effect(ERROR, impact)


def of_change(change: str, declared: Column, live: Column) -> Effect:
    """Return the effect of one changed attribute."""
    attribute, _, option = change.partition(".")
    if attribute == "identity" and option not in {"", "always"}:
        impact = of_option(option, declared.identity, live.identity)
        return Effect(INFO if option == "cache" else WARNING, impact)
    effect = _EFFECTS.get(attribute)
    return effect(declared, live) if effect else Effect()


def _of_type(declared: Column, live: Column) -> Effect:
    types = declared.type, live.type
    return Effect(severity_of_type(*types), impact_of_type(*types))


def _of_collation(_declared: Column, _live: Column) -> Effect:
    return Effect(WARNING, "Values sort and compare in another order than the model declares.")


def _of_nullability(declared: Column, _live: Column) -> Effect:
    if declared.nullable:
        impact = "Inserts and updates by the model that leave the column NULL fail."
        return Effect(ERROR, impact)
    return Effect(WARNING, "NULLs can get in, and reach code that does not expect them.")


def _of_default(declared: Column, live: Column) -> Effect:
    if declared.default is None and not declared.serial:
        impact = "Inserts that leave the column out get a value that the model does not know of."
        return Effect(WARNING, impact)
    if live.default is not None or live.serial:
        impact = "Inserts that leave the column out get another value than the model declares."
        return Effect(WARNING, impact)
    filled = declared.client_default or live.nullable
    return Effect(WARNING if filled else ERROR, _without_value(declared, live))


def _without_value(declared: Column, live: Column) -> str:
    """Return the impact if the database no longer makes a value."""
    outcome = "get NULL." if live.nullable else "fail: null value violates the not-null constraint."
    if declared.client_default:
        return f"No effect on the model, which sends a value; inserts by other code {outcome}"
    return f"Inserts that leave the column out {outcome}"


def _of_identity(declared: Column, live: Column) -> Effect:
    if live.identity is None and not live.serial:
        severity = WARNING if declared.client_default else ERROR
        return Effect(severity, _without_value(declared, live))
    if live.identity is None:
        impact = "No effect on inserts: the default of a sequence makes the numbers."
    elif live.identity.always:
        impact = "Inserts that give a value of their own fail: the column is GENERATED ALWAYS."
        return Effect(ERROR, impact)
    elif declared.identity:
        impact = (
            "Inserts can give a value of their own, which the model's GENERATED ALWAYS refuses."
        )
    elif declared.serial:
        impact = "No effect on inserts: an identity makes the numbers."
    else:
        impact = "Inserts that leave the column out get a number that the model does not know of."
    return Effect(WARNING, impact)


def _of_generated(declared: Column, live: Column) -> Effect:
    if live.generated is None:
        impact = "The database no longer computes the column"
        if live.nullable or live.default is not None:
            return Effect(ERROR, f"{impact}: it keeps any value that is written.")
        failure = "Inserts without a value fail: null value violates the not-null constraint."
        return Effect(ERROR, f"{impact}. {failure}")
    if declared.generated is None:
        impact = "Writes to the column by the model fail: the database computes it."
    elif declared.stored == live.stored or declared.stored is None:
        impact = "The database computes other values than the model declares."
    elif live.stored:
        impact = "The values are as declared; they take up space, and are computed on each write."
    else:
        impact = "The values are as declared; they take up no space, and are computed on each read."
    return Effect(ERROR, impact)


def _of_storage(declared: Column, live: Column) -> Effect:
    return Effect(WARNING, _of_generated(declared, live).impact)


_EFFECTS: Mapping[str, Callable[[Column, Column], Effect]] = {
    "type": _of_type,
    "nullable": _of_nullability,
    "default": _of_default,
    "identity": _of_identity,
    "generated": _of_generated,
    "stored": _of_storage,
    "collation": _of_collation,
    "collation_schema": _of_collation,
}
