"""The declared keys, from the annotations of the settings' structs.

A field with a description is a key of the file. Other fields are filled in by the program.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from msgspec import inspect


class Declaration(msgspec.Struct, frozen=True, kw_only=True):
    """The type of a value without its wrappers, and everything that was declared with it.

    `parse` converts the text of a scalar, and `expected` names such a value in messages. Other
    messages are for a key with nothing after it (`empty`), and for a required one that is
    `missing`. Of a key, `field` is the struct's field that it fills.
    """

    type: inspect.Type
    schema: Mapping[str, Any]
    parse: Callable[..., Any] = str
    expected: str = "a string"
    empty: str = ""
    missing: str = ""
    suggest_default: bool = True
    fails_alone: bool = False
    field: str = ""
    required: bool = False
    default: Any = None


def key(description: str, **messages: Any) -> msgspec.Meta:
    """Return the annotation that makes a field a key of the file."""
    return msgspec.Meta(description=description, extra=messages)


@cache
def keys_of(section: type[msgspec.Struct]) -> Mapping[str, Declaration]:
    """Return the keys that a section of the file may hold, by the name that is written there."""
    from msgspec import inspect

    keys = {}
    for field in inspect.type_info(section).fields:  # type: ignore[attr-defined]
        key = declared(field.type, field=field.name, required=field.required, default=field.default)
        if "description" in key.schema:
            keys[field.encode_name] = key
    return keys


def declared(wrapped: inspect.Type, **more: Any) -> Declaration:
    """Return the declaration of a type; an outer annotation wins over an inner one."""
    from msgspec import inspect

    extra, schema = more, dict[str, Any]()
    while True:
        match wrapped:
            case inspect.Metadata(type=inner):
                extra = {**(wrapped.extra or {}), **extra}
                schema = {**(wrapped.extra_json_schema or {}), **schema}
            case inspect.UnionType(types=(inner, inspect.NoneType())):
                pass
            case _:
                return Declaration(type=wrapped, schema=schema, **extra)
        wrapped = inner
