"""Fills in the parts of a column that a model leaves open, as PostgreSQL does."""

from __future__ import annotations

from typing import Any

import msgspec

from drift.kinds.column.column import Column, Identity
from drift.kinds.column.wording import OWN_SEQUENCE
from drift.kinds.metadata.unwritable import LEFT_OPEN
from drift.kinds.sequence.options import BITS, complete
from drift.kinds.sql import types
from drift.lazy_regex import lazy_regex

ANYTHING = LEFT_OPEN
"""The default of a column whose model only declares that the server makes a value."""
LATE = lazy_regex(r"nextval\(\(('(?:[^']|'')*')::text\)::regclass\)")
"""The next value of a sequence that is looked up by name at each call, as PostgreSQL 8.0 dumped
it."""


def assumed_type(declared: Column, live: Column) -> dict[str, Any]:
    """Return the live type and collation, as far as the model leaves them open."""
    changes: dict[str, Any] = {}
    declared_types = {declared.other_type, declared.type}
    if live.type in declared_types or types.bare(live.type) in declared_types:
        changes["type"] = live.type
    if declared.collation == live.collation and declared.collation_schema is None:
        changes["collation_schema"] = live.collation_schema
    if declared.collation == "default" and live.collation is None:
        changes["collation"] = None
    if declared.type == LEFT_OPEN:
        changes |= {"type": live.type, "collation": live.collation}
        changes["collation_schema"] = live.collation_schema
    return changes


def assumed_value(declared: Column, live: Column) -> dict[str, Any]:
    """Return the live default, identity and generation, as far as the model leaves them open."""
    changes: dict[str, Any] = {}
    if declared.default == ANYTHING:
        changes |= {"default": live.default, "serial": live.serial}
    if declared.serial and live.default and LATE.fullmatch(live.default):
        changes |= {"default": live.default, "serial": False}
    if (declared.serial and live.identity) or (declared.identity and live.serial):
        changes |= {"default": live.default, "serial": live.serial}
    if declared.serial and live.serial:
        changes["default"] = _assumed_number(declared, live)
    if declared.identity and live.identity and declared.type != live.type in BITS:
        # PostgreSQL gives the sequence the column's type: its limits are no second difference
        changes["identity"] = _limited(declared.identity, live.type)
    if live.hidden:
        changes["generated"] = None
    if declared.hidden:
        changes["generated"] = live.generated
    if declared.stored is None and declared.generated:
        changes["stored"] = live.stored
    return changes


def _assumed_number(declared: Column, live: Column) -> str | None:
    """Return the default of a SERIAL column: the live name of its sequence means nothing.

    A column that was read from a server may share the sequence of another column, too.
    """
    if declared.sequence and (shares(declared) or shares(live)):
        return declared.default
    return OWN_SEQUENCE if shares(live) else live.default


def _limited(identity: Identity, type_: str) -> Identity:
    return msgspec.structs.replace(identity, **msgspec.structs.asdict(complete(identity, type_)))


def shares(item: Column) -> bool:
    """Return whether a column uses the sequence of another column that is not its parent's."""
    return bool(item.sequence and item.sequence.owner and not item.inherited)
