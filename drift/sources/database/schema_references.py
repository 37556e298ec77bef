"""References to an object's own schema, which differ between tenants that are equal otherwise.

A reference is the value of a key that holds a schema's name, or stands in SQL text before a dot.
Names, labels, comments and string literals are never references: `acme` may be a
column of the tenant `acme`, and 'acme.com' a default. `neutral` replaces references in Python; with
`PATTERN` and `PLAIN_KEYS` the server does the same in `tenant_groups`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

PLAIN_KEYS = (
    "name table called comment collation method target_table match on_delete on_update relation "
    "managed labels column columns include inherits target_columns delete_columns operators roles "
    "entries unvalidated"
).split()
"""Keys of plain text, and of lists of it, in the objects of any kind."""

PATTERN = r"'{}((?:[^']|'')*'::reg\w+)|('(?:[^']|'')*')|(^|[^\w$.\\\"\u0001]|[^\\]\"){}"
"""An object's name in a literal, such as 'acme.t_id_seq'::regclass; any other literal; a name.

`{}` stands for the schema and its dot. The second alternative comes before the third, so that
literals are skipped. No name begins after a dot, nor after `MARK`."""
MARK = r"\u0001"
"""A character that may stand for the schema and its dot: JSON never has it as it is."""


def neutral(value: Any, schema: str) -> Any:
    """Return an object's JSON with `*` instead of every reference to `schema`.

    >>> neutral({"type": "acme.mood", "comment": "of acme."}, "acme")
    {'type': '*.mood', 'comment': 'of acme.'}
    """
    return renamed(value, schema, "*", "*")


def renamed(value: Any, schema: str, new: str, quoted: str) -> Any:
    """Return an object's JSON with another name in every reference to `schema`.

    `quoted` is the new name as SQL text has it.
    """
    if isinstance(value, Mapping):
        return {key: _value_of(key, item, schema, new, quoted) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [renamed(item, schema, new, quoted) for item in value]
    return _text(value, schema, quoted) if isinstance(value, str) else value


def _value_of(key: str, value: Any, schema: str, new: str, quoted: str) -> Any:
    if key.endswith("schema"):
        return new if value == schema else value
    return value if key in PLAIN_KEYS else renamed(value, schema, new, quoted)


def _text(text: str, schema: str, new: str) -> str:
    quoted = '"' + schema.replace('"', '""') + '"'
    for prefix in (f"{schema}.", f"{quoted}."):
        if prefix in text:
            pattern = PATTERN.replace("{}", re.escape(prefix))
            text = re.sub(pattern, lambda match: _replacement(match, new), text)
    return text


def _replacement(match: re.Match[str], new: str) -> str:
    """Return a reference with another name."""
    literal, other, before = match.group(1, 2, 3)
    if literal is not None:
        return "'" + new.replace("'", "''") + f".{literal}"
    return f"{before}{new}." if other is None else other
