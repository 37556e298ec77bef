"""Writes a snapshot as JSON that is pleasant to compare: one object per line, no default."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import msgspec

from drift import redaction, texts
from drift.sources.snapshot.shape_v1 import Bind, Objects, Part, Snapshot, Variant

_BROKEN = (Snapshot, Part, Bind, Variant, Objects)
"""Structs whose fields get lines of their own, as do the items of their lists."""


def text(snapshot: Snapshot) -> str:
    """Return the document, without secrets that are known, and with a line break at its end.

    The comma stands before an item, so that another item at the end of a list adds one line and
    changes none.
    """
    return _lines(texts.changed(snapshot, redaction.known().text)) + "\n"


def _lines(value: Any) -> str:
    if isinstance(value, _BROKEN):
        fields = [f"{_inline(name)}: {_lines(each)}" for name, each in _fields(value)]
        return "{\n" + ",\n".join(fields) + "\n}" if fields else "{}"
    if isinstance(value, tuple) and value:
        return "[\n " + "\n,".join(map(_item, value)) + "\n]"
    if isinstance(value, Mapping) and value:
        items = (f"{_inline(str(key))}: {_item(each)}" for key, each in value.items())
        return "{\n" + ",\n".join(items) + "\n}"
    return _inline(value)


def _item(value: Any) -> str:
    return _lines(value) if isinstance(value, _BROKEN) else _inline(value)


def _inline(value: Any) -> str:
    return json.dumps(_plain(value), ensure_ascii=False)


def _plain(value: Any) -> Any:
    if isinstance(value, msgspec.Struct):
        return {name: _plain(each) for name, each in _fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    return str(value) if isinstance(value, str) else value


def _fields(struct: msgspec.Struct) -> Iterator[tuple[str, Any]]:
    """Yield the fields that do not have their default, by their names in JSON."""
    for name, encoded, default in _defaults(type(struct)):
        value = getattr(struct, name)
        if type(value) is not type(default) or value != default:
            yield encoded, value


@cache
def _defaults(struct: type[msgspec.Struct]) -> tuple[tuple[str, str, Any], ...]:
    """Return the name, the name in JSON and the default of each field."""
    return tuple(
        (
            field.name,
            field.encode_name,
            field.default
            if field.default_factory is msgspec.NODEFAULT
            else field.default_factory(),
        )
        for field in msgspec.structs.fields(struct)
    )
