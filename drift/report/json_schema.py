"""Makes the JSON Schema of version 1 of the report: `python -m drift.report.json_schema`.

Most of it comes from the structs of `shape_v1`. This module adds that every field is written, and
the facts of each kind of object.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from drift.kinds import KINDS
from drift.kinds.facts import Facts
from drift.kinds.foreign_key.foreign_key import KeyEnds, KeyTypes
from drift.kinds.not_null import NotNullFacts
from drift.report.shape_v1 import Report

JsonSchema = dict[str, Any]
_FACTS: Mapping[str, type[Facts]] = {kind.name: kind.facts for kind in KINDS} | {
    "not-null": NotNullFacts
}
_OTHER_SIDE = {"unique": "index", "index": "unique"}
"""Kinds of which the other side can be of another kind: either keeps rows unique."""


def json_schema() -> JsonSchema:
    """Return the schema of the whole document, by JSON Schema's draft 2020-12."""
    structs = dict.fromkeys((Report, *_FACTS.values(), KeyEnds, KeyTypes))
    (root, *_), definitions = msgspec.json.schema_components(structs, ref_template="#/$defs/{name}")
    for name, definition in definitions.items():
        require_all(definition)
        if name in {"Finding", "IgnoredFinding"}:
            definition["allOf"] = [{"$ref": "#/$defs/FactsByKind"}]
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Report of drift, version 1",
        **root,
        "$defs": {**dict(sorted(definitions.items())), "FactsByKind": _facts_by_kind()},
    }
    return portable(schema)


def require_all(definition: JsonSchema) -> None:
    """Require every field: defaults are for reports that an older drift wrote."""
    if properties := definition.get("properties"):
        definition["required"] = list(properties)
        for field in properties.values():
            field.pop("default", None)


def _facts_by_kind() -> JsonSchema:
    conditions = [_of_kind(kind) for kind in _FACTS]
    types = {
        "if": {"properties": {"rule": {"const": "foreign-key-type-mismatch"}}},
        "then": {
            "properties": {"expected": _reference(KeyEnds), "actual": _reference(KeyTypes)},
        },
    }
    return {
        "description": "The facts that an object of each kind has on either side.",
        "allOf": [*conditions, types],
    }


def _of_kind(name: str) -> JsonSchema:
    """Return the facts of one kind, and the keys that its changes have."""
    kinds = [name, *filter(None, [_OTHER_SIDE.get(name)])]
    sides = {"anyOf": [*(_reference(_FACTS[kind]) for kind in kinds), {"type": "null"}]}
    changes = [*_FACTS[name].__struct_fields__, *_other_changes(name)]
    pattern = rf"^({'|'.join(sorted(set(changes)))})(\..*)?$"
    return {
        "if": {
            "properties": {
                "object": {"properties": {"kind": {"const": name}}},
                "rule": {"not": {"const": "foreign-key-type-mismatch"}},
            }
        },
        "then": {
            "properties": {
                "expected": sides,
                "actual": sides,
                "changes": {"propertyNames": {"pattern": pattern}},
            }
        },
    }


def _other_changes(name: str) -> Iterable[str]:
    return {"name"} | {key for kind in KINDS if kind.name == name for key in kind.other_changes}


def _reference(struct: type[Facts]) -> JsonSchema:
    return {"$ref": f"#/$defs/{struct.__name__}"}


def portable(schema: JsonSchema) -> JsonSchema:
    r"""Return a schema with patterns as ECMAScript writes them: `^` for `\A`, `$` for `\Z`."""
    result: JsonSchema = _portable(schema)
    return result


def _portable(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _portable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_portable(item) for item in value]
    if isinstance(value, str):
        return value.replace(r"\A", "^").replace(r"\Z", "$")
    return value


def written(schema: JsonSchema) -> str:
    """Return a schema as its file holds it."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def text() -> str:
    """Return the schema as `config/report.schema.json` holds it."""
    return written(json_schema())


if __name__ == "__main__":
    sys.stdout.write(text())
