"""The JSON Schema of snapshots is the one that the structs make, and snapshots fulfil it."""

from __future__ import annotations

import json
from pathlib import Path

import sqlalchemy as sa
from jsonschema import Draft202012Validator

from drift.demo.models import Base
from drift.sources.models.loader import Models
from drift.sources.snapshot import json_schema
from tests.check.test_binds import per_table
from tests.sources.snapshot.freezing import written
from tests.sources.snapshot.test_round_trip import MODELS

SCHEMA = Path(__file__).parents[3] / "config" / "snapshot.schema.json"


def test_the_stored_schema_is_the_one_that_the_structs_make() -> None:
    command = "python -m drift.sources.snapshot.json_schema > config/snapshot.schema.json"
    assert SCHEMA.read_text() == json_schema.text(), f"regenerate it: {command}"


def test_the_schema_is_valid_and_describes_every_object_of_the_document() -> None:
    schema = json.loads(SCHEMA.read_text())
    Draft202012Validator.check_schema(schema)
    assert not [name for name, each in schema["$defs"].items() if "description" not in each]


def test_snapshots_fulfil_it(tmp_path: Path) -> None:
    validator = Draft202012Validator(json.loads(SCHEMA.read_text()))
    metadatas = [[Base.metadata], per_table()]
    for declare in MODELS:
        metadatas.append([sa.MetaData()])
        declare(metadatas[-1][0])
    for number, each in enumerate(metadatas):
        path = written(Models("m", each), tmp_path / f"{number}.json")
        validator.validate(json.loads(path.read_text()))
