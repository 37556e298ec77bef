"""The JSON Schema of the report is the one that the structs make, and it says all there is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from drift.formats import Options, resolve
from drift.kinds import KINDS
from drift.model import ObjectRef
from drift.report import json_schema
from drift.report.report import Report
from tests.report.contract import SCHEMA, json_report, validator
from tests.report.examples import FACTS, Failure, Ignored, check, finding, report

Document = dict[str, Any]


def document(report: Report) -> Document:
    return json_report(resolve("json")(report, Options()))


def in_any_order(schema: Any) -> Any:
    """Return a schema without the order of its alternatives, which msgspec's version decides."""
    if isinstance(schema, dict):
        return {key: in_any_order(value) for key, value in schema.items()}
    return sorted(map(in_any_order, schema), key=repr) if isinstance(schema, list) else schema


def test_the_stored_schema_is_the_one_that_the_structs_make() -> None:
    command = "python -m drift.report.json_schema > config/report.schema.json"
    made = json.loads(json_schema.text())
    assert in_any_order(json.loads(SCHEMA.read_text())) == in_any_order(made), command


def test_the_schema_is_valid() -> None:
    Draft202012Validator.check_schema(json.loads(SCHEMA.read_text()))


def test_every_object_of_the_schema_is_described() -> None:
    definitions = json.loads(SCHEMA.read_text())["$defs"]
    assert not [name for name, definition in definitions.items() if "description" not in definition]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_every_kind_has_facts_in_the_schema(kind: Any) -> None:
    schema = json.loads(SCHEMA.read_text())
    definition = schema["$defs"][kind.facts.__name__]
    assert list(definition.get("properties", ())) == list(kind.facts.__struct_fields__)
    kinds = [rule["if"]["properties"].get("object") for rule in _conditions(schema)]
    assert {"properties": {"kind": {"const": kind.name}}} in kinds


def _conditions(schema: Document) -> Iterator[Document]:
    yield from schema["$defs"]["FactsByKind"]["allOf"]


def test_a_report_with_every_part_is_valid() -> None:
    ignored = (Ignored(finding=finding("z"), reason="known"),)
    failures = (Failure(target="other", reason="gone"),)
    checked = check(finding(), ignored=ignored, not_compared={"view": 3}, notes=("n",))
    assert document(Report(checks=(checked,), failures=failures, shard="2/4"))["checks"]


INVALID = {
    "an internal field": {"expected": FACTS | {"hidden": False}},
    "a fact of another kind": {"expected": {"labels": ["a"]}},
    "a fact that is left out": {"expected": {"type": "text"}},
    "a value of another type": {"expected": FACTS | {"nullable": "no"}},
    "a change of an unknown fact": {"changes": {"columns.2": (None, "c")}},
}


@pytest.mark.parametrize("changes", INVALID.values(), ids=INVALID)
def test_a_breach_of_the_contract_is_noticed(changes: Document) -> None:
    written = json.loads(resolve("json")(report(finding(**changes)), Options()))
    assert list(validator().iter_errors(written))


def test_a_dot_leads_into_a_fact() -> None:
    document(report(finding(changes={"identity.start": (1, 5), "name": ("a", "b")})))


def test_a_kind_that_the_schema_does_not_know_may_have_any_facts() -> None:
    unknown = finding(
        object=ObjectRef("statistics", "public", "t", "x"), expected={"event": "INSERT"}
    )
    document(report(unknown))
