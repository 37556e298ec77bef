"""Makes the JSON Schema of version 1 of a plan: `python -m drift.report.plan_schema`."""

from __future__ import annotations

import sys

import msgspec

from drift.report.json_schema import JsonSchema, portable, require_all, written
from drift.report.plan_shape_v1 import Plan


def json_schema() -> JsonSchema:
    """Return the schema of the whole document, by JSON Schema's draft 2020-12."""
    (root,), definitions = msgspec.json.schema_components([Plan], ref_template="#/$defs/{name}")
    for definition in definitions.values():
        require_all(definition)
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Plan of drift, version 1",
        **root,
        "$defs": dict(sorted(definitions.items())),
    }
    return portable(schema)


def text() -> str:
    """Return the schema as `config/plan.schema.json` holds it."""
    return written(json_schema())


if __name__ == "__main__":
    sys.stdout.write(text())
