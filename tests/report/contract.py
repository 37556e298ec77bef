"""Holds JSON reports against the published JSON Schema, strictly: no field may be unknown to it."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

SCHEMA = Path(__file__).parents[2] / "config" / "report.schema.json"


def json_report(text: str | bytes) -> dict[str, Any]:
    """Return a JSON report that drift wrote; fail if it breaks the contract."""
    document: dict[str, Any] = json.loads(text)
    errors = sorted(validator().iter_errors(document), key=lambda error: list(error.path))
    assert not errors, "\n".join(f"{error.json_path}: {error.message[:300]}" for error in errors)
    return document


@cache
def validator() -> Draft202012Validator:
    return Draft202012Validator(
        strict(json.loads(SCHEMA.read_text())),
        format_checker=Draft202012Validator.FORMAT_CHECKER,
    )


def strict(schema: Any) -> Any:
    """Return a schema whose objects have no other fields than those that it names."""
    if isinstance(schema, list):
        return [strict(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: strict(value) for key, value in schema.items()}
    if "title" in schema and "properties" in schema:
        closed["additionalProperties"] = False
    return closed
