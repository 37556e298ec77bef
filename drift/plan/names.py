"""Names of objects that a plan makes: as PostgreSQL would call them, or temporary ones."""

from __future__ import annotations

import hashlib
from typing import Any

from drift.kinds import KINDS
from drift.kinds.metadata.names import generated_name

_LONGEST = 63
"""Bytes of an identifier; PostgreSQL cuts longer ones."""
_KINDS = {kind.name: kind for kind in KINDS}


def name_of(kind: str, item: Any) -> str:
    """Return the name that an object has, or that PostgreSQL gives it."""
    return item.name or item.called or _KINDS[kind].label(item)


def temporary(name: str) -> str:
    """Return a name for an object that takes the place of another one later."""
    return shortened(name, "_drift_new")


def not_null_name(table: str, column: str) -> str:
    """Return the name that PostgreSQL 18 gives to the NOT NULL constraint of a column.

    A long one has a checksum: PostgreSQL would number those that it cuts to the same bytes.
    """
    whole = f"{table}_{column}_not_null"
    if len(whole.encode()) <= _LONGEST:
        return whole
    return shortened(f"{table}_{column}", "_not_null")


def sequence_name(table: str, column: str) -> str:
    """Return the name that PostgreSQL gives to the sequence of a SERIAL column."""
    return generated_name(table, (column,), "seq")


def shortened(name: str, suffix: str) -> str:
    """Return a name with a suffix, in the bytes that PostgreSQL keeps.

    A name that is cut gets a checksum, or two long names could become the same.
    """
    if len(name.encode()) + len(suffix) <= _LONGEST:
        return name + suffix
    end = f"_{hashlib.sha256(name.encode()).hexdigest()[:8]}{suffix}"
    return name.encode()[: _LONGEST - len(end)].decode(errors="ignore") + end
