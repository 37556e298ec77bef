"""The keys of indexes and exclusion constraints."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import msgspec

from drift.kinds.index.key import IndexKey
from drift.kinds.sql import types
from drift.sqlalchemy_code.code import Code
from drift.sqlalchemy_code.style import Style

_WORD = re.compile(r"[A-Za-z_][\w.]*|[-+]?\d+(?:\.\d+)?")
"""A name or a value that is written as it is: storage parameters, and those of operator classes."""


def is_word(text: str) -> bool:
    """Return whether text can stand in SQL as it is: SQLAlchemy does not quote parameters."""
    return _WORD.fullmatch(text) is not None


def key_codes(keys: Sequence[IndexKey], style: Style) -> tuple[list[Code], dict[str, Code]] | None:
    """Return the keys, and the operator classes of those that are columns and nothing more.

    A column is its name, anything else SQL. None if a key cannot be said, or was not read.
    """
    number = Counter(key.column for key in keys)
    codes, classes = [], {}
    for key in keys:
        opclass = operator_class(key)
        if opclass is None or (key.column is None and not key.expression):
            return None
        ordered = key.descending or key.nulls_first or key.collation
        if key.column is None or ordered or (opclass and number[key.column] > 1):
            codes.append(style.sql(_sql(key, opclass)))
            continue
        codes.append(style.string(key.column))
        if opclass:
            classes[key.column] = style.string(opclass)
    return codes, classes


def operator_class(key: IndexKey) -> str | None:
    """Return the operator class with its parameters, "" for the usual; None if it is no SQL."""
    if not all(is_word(word) for pair in key.parameters for word in pair):
        return None
    name = key.opclass or (key.default_opclass if key.parameters else "") or ""
    if not key.parameters:
        return name and types.quote(name)
    inside = ", ".join(f"{name} = {value}" for name, value in key.parameters)
    return f"{types.quote(name)} ({inside})" if name else None


def _sql(key: IndexKey, opclass: str) -> str:
    """Return a key as SQL; of `text`, only the operator class and the order are replaced."""
    plain = msgspec.structs.replace(key, opclass=None, parameters=(), descending=False)
    head = msgspec.structs.replace(plain, nulls_first=False, default_opclass=None).text
    order = ["DESC"] if key.descending else []
    if key.nulls_first != key.descending:
        order.append("NULLS FIRST" if key.nulls_first else "NULLS LAST")
    return " ".join(filter(None, (head, opclass, *order)))
