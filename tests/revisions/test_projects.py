"""Revisions of a plan run in projects of three kinds, up and down."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from drift import demo
from drift.demo.models import Base
from drift.model import Schema
from drift.plan.context import SMALL, Options
from drift.plan.step import Hazard
from drift.revisions.language import Language
from drift.revisions.write import write_plan
from tests.revisions.plans import Shop, before, models, plan
from tests.revisions.projects import Project
from tests.revisions.running import LANGUAGE, plan_for
from tests.sqlalchemy_code.executing import live_schema
from tests.system.checking import brief, found


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


@pytest.mark.parametrize("small", [0, SMALL])
def test_the_plan_of_the_demo(small: int, tmp_path: Path, database: Any) -> None:
    """The steps of the audited database, with a key that changes its type in five tables."""
    database.execute((Path(demo.__file__).parent / "production.sql").read_text())
    database.execute("DROP TABLE alembic_version")
    keys = ("analyses.batch_id", "batches.user_id", "batches.id", "users.id")
    options = Options(
        small=small,
        allow=frozenset(Hazard),
        decisions={f"public.{key}": "convert" for key in keys},
    )
    made = plan_for(database.url, Base.metadata, options)
    assert made.plan.complete
    text = "from drift.demo.models import Base\nmetadata = Base.metadata\n"
    project = Project(tmp_path, "async", text, database.url)
    write_plan(made.plan, project.environment(), Language(types=made.declared))
    project.alembic("upgrade", "head")
    assert found(database.url, Base.metadata) == []
    assert "No new upgrade operations" in project.alembic("check")
    project.alembic("downgrade", "base")
    assert found(database.url, Base.metadata) == brief(made.findings)
