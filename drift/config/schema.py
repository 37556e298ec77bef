"""The JSON Schema of the configuration, for editors: made from the declaration that validates.

`python -m drift.config.schema > config/drift.schema.json` writes it again. It follows draft 7,
which is the newest that the usual language servers for YAML read.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import msgspec
from msgspec import inspect

from drift.config.declaration import Declaration, declared, keys_of
from drift.config.settings import Document

FILE_NAME = "drift.schema.json"


def text() -> str:
    """Return the schema as the text of a file."""
    schema = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Configuration of drift",
        "type": "object",
        "properties": {name: _property(key) for name, key in keys_of(Document).items()},
        "additionalProperties": False,
    }
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _section(section: type[msgspec.Struct]) -> dict[str, Any]:
    keys = keys_of(section)
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {name: _reference(name, key) or _property(key) for name, key in keys.items()},
        "additionalProperties": False,
    }
    if required := [name for name, key in keys.items() if key.required]:
        schema["required"] = required
    return schema


def _reference(name: str, key: Declaration) -> dict[str, Any] | None:
    """Point to the key of the top level that means the same, as those of a target do."""
    same = keys_of(Document).get(name) == key
    return {"$ref": f"#/properties/{name}"} if same else None


def _property(key: Declaration) -> dict[str, Any]:
    """Return the schema of a key; most may have nothing after them."""
    schema = _value(key)
    if not (key.required or key.empty or key.field == "targets"):
        schema = _either(schema, {"type": "null"})
    if isinstance(key.default, str | int | float):
        schema["default"] = key.default
    return {"description": key.schema["description"], **schema}


def _value(declaration: Declaration) -> dict[str, Any]:
    own = {name: value for name, value in declaration.schema.items() if name != "description"}
    match declaration.type:
        case inspect.StructType(cls=section):
            return _section(section)
        case inspect.DictType(key_type=key, value_type=value):
            values = _value(declared(value))
            if isinstance(value, inspect.StructType):  # a target may say nothing for itself
                values = _either(values, {"type": "null"})
            return {
                "type": "object",
                "propertyNames": dict(declared(key).schema),
                "additionalProperties": values,
            }
        case inspect.VarTupleType(item_type=item):
            items = _value(declared(item))
            array = {"type": "array", "items": items}
            only_list = isinstance(item, inspect.StructType)
            return array if only_list else _either(items, array)
        case inspect.StrType() | inspect.DateType():
            return {"type": "string", **own}
    return own


def _either(*schemas: dict[str, Any]) -> dict[str, Any]:
    """Return a schema of values that match any of the schemas."""
    choices: list[dict[str, Any]] = []
    for schema in schemas:
        choices += schema["anyOf"] if schema.keys() == {"anyOf"} else [schema]
    return {"anyOf": choices}


if __name__ == "__main__":
    sys.stdout.write(text())
