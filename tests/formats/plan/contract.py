"""Holds plans in JSON against the published JSON Schema, strictly."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from tests.report.contract import strict

SCHEMA = Path(__file__).parents[3] / "config" / "plan.schema.json"


def json_plan(text: str) -> dict[str, Any]:
    """Return a plan that drift wrote; fail if it breaks the contract."""
    document: dict[str, Any] = json.loads(text)
    validator = Draft202012Validator(strict(json.loads(SCHEMA.read_text())))
    errors = [f"{error.json_path}: {error.message[:300]}" for error in
              validator.iter_errors(document)]  # fmt: skip
    assert not errors, "\n".join(errors)
    return document
