"""The plan as JSON: the stored schema is that of the structs, and everything is in the document."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator

from drift.formats.options import Options
from drift.formats.plan import render
from drift.formats.plan.json import VERSION
from drift.plan.proof import Proof, StepProof
from drift.plan.step import Plan, Step
from drift.report import plan_schema, plan_shape_v1
from tests.formats.plan.contract import SCHEMA, json_plan
from tests.formats.plan.plans import plan, proof, whole


def document(of: Plan, evidence: Proof | None = None) -> dict[str, Any]:
    return json_plan(render("json", of, evidence, Options()))


def test_the_stored_schema_is_the_one_that_the_structs_make() -> None:
    command = "python -m drift.report.plan_schema > config/plan.schema.json"
    assert SCHEMA.read_text() == plan_schema.text(), f"regenerate it: {command}"
    Draft202012Validator.check_schema(json.loads(SCHEMA.read_text()))


def test_every_object_of_the_schema_is_described() -> None:
    definitions = json.loads(SCHEMA.read_text())["$defs"]
    assert not [name for name, definition in definitions.items() if "description" not in definition]


RENAMED = {"operations", "blocked", "sizes", "titles", "guarded"}
"""Fields with another name in the document, in another field, or about revisions only."""


@pytest.mark.parametrize("struct", [Plan, Step, Proof, StepProof])
def test_every_field_is_in_the_document(struct: type[msgspec.Struct]) -> None:
    shape: Any = getattr(plan_shape_v1, struct.__name__)
    assert set(struct.__struct_fields__) - RENAMED <= set(shape.__struct_fields__)


def test_a_whole_plan_is_in_the_document() -> None:
    written = document(whole(), proof("bad"))
    assert written["version"] == VERSION
    assert written["complete"] is False
    assert [step["runs"] for step in written["steps"]] == [True] * 5 + [False] * 2
    index, drop = written["steps"][3], written["steps"][6]
    assert index["statements"][0]["transactional"] is False
    assert index["locks"] == [
        {
            "schema": "public",
            "table": "users",
            "lock": "SHARE UPDATE EXCLUSIVE",
            "effect": "reads and writes go on; other schema changes and VACUUM wait",
        }
    ]
    assert index["prechecks"][0]["early"] is True
    [hazard] = drop["hazards"]
    assert (hazard["name"], hazard["allowed"]) == ("drop", False)
    assert written["steps"][5]["decision"]["choices"][0]["option"].startswith("--fill")
    assert written["tables"][0] == {"schema": "public", "table": "users", "bytes": 1_300_000_000}
    assert written["refusals"][0]["path"] == "public.events"
    assert (written["proof"]["proven"], written["proof"]["problems"]) == (False, ["bad"])
    assert written["downgrade"][0]["title"] == "Drop the column public.users.role"


def test_an_empty_plan_is_valid() -> None:
    written = document(plan())
    assert (written["complete"], written["proof"]) == (True, None)
