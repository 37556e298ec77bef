"""Makes the JSON Schema of version 1 of a snapshot: `python -m drift.sources.snapshot.json_schema`.

Objects may have more attributes in a snapshot that a newer drift wrote.
"""

from __future__ import annotations

import sys

import msgspec

from drift.report.json_schema import JsonSchema, portable, written
from drift.sources.snapshot.shape_v1 import VERSION, Snapshot


def json_schema() -> JsonSchema:
    """Return the schema of the whole document, by JSON Schema's draft 2020-12."""
    (root,), definitions = msgspec.json.schema_components([Snapshot], ref_template="#/$defs/{name}")
    for definition in definitions.values():
        for field in definition.get("properties", {}).values():
            if isinstance(field.get("default"), dict):
                del field["default"]  # it would repeat another definition
    return portable({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"Snapshot of drift, version {VERSION}",
        **root,
        "$defs": dict(sorted(definitions.items())),
    })  # fmt: skip


def text() -> str:
    """Return the schema as `config/snapshot.schema.json` holds it."""
    return written(json_schema())


if __name__ == "__main__":
    sys.stdout.write(text())
