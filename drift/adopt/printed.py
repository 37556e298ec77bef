"""The code for a person to write, for changes that drift does not make by itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from drift.adopt.draft import Sides
from drift.adopt.group import Group
from drift.kinds import KINDS
from drift.sqlalchemy_code.code import Code
from drift.sqlalchemy_code.columns import column_code
from drift.sqlalchemy_code.constraints import (
    check_code,
    exclusion_code,
    foreign_key_code,
    primary_key_code,
    unique_code,
)
from drift.sqlalchemy_code.indexes import index_code
from drift.sqlalchemy_code.style import Style
from drift.sqlalchemy_code.tables import sequence_code, table_code
from drift.sqlalchemy_code.types import domain_code, enum_code

_WRITERS: dict[str, Callable[[Any, Sides, Style], Code | None]] = {
    "check": lambda item, _, style: check_code(item, style),
    "column": lambda item, sides, style: column_code(item, sides.live, style, key=True),
    "domain": lambda item, sides, style: domain_code(item, sides.live, style),
    "enum": lambda item, sides, style: enum_code(item, sides.live.default_schema, style),
    "exclusion": lambda item, _, style: exclusion_code(item, style),
    "foreign-key": lambda item, sides, style: foreign_key_code(
        item, sides.live.default_schema, style
    ),
    "index": lambda item, _, style: index_code(item, style),
    "primary-key": lambda item, _, style: primary_key_code(item, style),
    "sequence": lambda item, sides, style: sequence_code(item, sides.live.default_schema, style),
    "table": lambda item, sides, style: table_code(item, sides.live, style),
    "unique": lambda item, _, style: unique_code(item, style),
}


def printed(group: Group, sides: Sides) -> str:
    """Return the code of the live object; "" without one, or if SQLAlchemy cannot say it."""
    writer = _WRITERS.get(kind_of(group.live))
    if writer is None or (group.kind == "table" and group.declared is not None):
        return ""
    style = Style(core="", dialect="", quote='"', version=sides.version, creates_parts=True)
    code = writer(group.live, sides, style)
    return code.laid_out() if code else ""


def kind_of(item: Any) -> str:
    """Return the name of the kind of a struct; "" for None."""
    return next((kind.name for kind in KINDS if type(item) is kind.struct), "")
