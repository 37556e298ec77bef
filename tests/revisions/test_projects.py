"""Revisions of a plan run in projects of three kinds, up and down."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from drift.model import Schema
from drift.revisions.language import Language
from drift.revisions.write import write_plan
from tests.revisions.plans import Shop, before, models, plan
from tests.revisions.projects import Project
from tests.revisions.running import LANGUAGE
from tests.sqlalchemy_code.executing import live_schema


def language(schema: str) -> Language:
    """Return how the revisions name things, with the types of the plan."""
    objects = {"enum": (Shop(schema).mood,)}
    types = Schema(source="models", name="t", default_schema="public", objects=objects)
    return Language(style=LANGUAGE.style, types=types)


@pytest.mark.parametrize(
    ("kind", "schema"), [("sync", "public"), ("async", "public"), ("schemas", "app")]
)
def test_revisions_run_up_and_down(kind: str, schema: str, tmp_path: Path, database: Any) -> None:
    database.execute(before(schema))
    project = Project(tmp_path, kind, models(schema), database.url)
    first = _objects(database.url)
    written = write_plan(plan(schema), project.environment(), language(schema))
    assert {Path(file.path) for file in written.files} == {*project.scripts()}
    project.alembic("upgrade", "head")
    assert "No new upgrade operations" in project.alembic("check")
    last = _objects(database.url)
    assert last != first
    project.alembic("downgrade", "base")
    assert _objects(database.url) == first
    if kind == "sync":
        project.alembic("upgrade", "head")
        assert _objects(database.url) == last


def _objects(url: str) -> dict[str, Any]:
    """Return all objects but the version table, and the enum: its labels cannot be removed."""
    return {
        kind: tuple(each for each in items if "alembic" not in f"{each.table} {each.name}")
        for kind, items in live_schema(url, "app").objects.items()
        if kind != "enum"
    }
