"""Plans databases of tests, and runs the steps as a person would."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from drift.check.planned import Made, planned
from drift.check.target import examine
from drift.config import Target
from drift.formats.plan.sql import render_sql
from drift.plan.context import Options
from drift.plan.step import Hazard, Plan
from drift.sources.models.loader import Models
from tests.formats.plan.psql import psql
from tests.plan.answers import answers
from tests.servers import Database

SMALL, LARGE = 1 << 40, 0
"""Sizes below which every table, or none, is changed the short way."""


def plan_of(url: str, *metadatas: Any, **options: Any) -> Made:
    """Return the plan of a database; hazards are allowed unless `allow` says otherwise."""
    target = Target(name="test", database=url)
    options.setdefault("allow", frozenset(Hazard))
    examined = examine(target, note=lambda _text: None, expected=Models("test", metadatas))
    return planned(target, examined, examined.report.findings, Options(**options))


def answered(url: str, *metadatas: Any, **options: Any) -> Made:
    """Return the plan of a database after an answer to each of its questions."""
    made = plan_of(url, *metadatas, **options)
    given = answers(made)
    return plan_of(url, *metadatas, decisions=given, **options) if given else made


def run(database: Database, plan: Plan, folder: Path, *, times: int = 1) -> None:
    """Run a plan's SQL file with psql; a second time, it must change nothing and not fail."""
    for _ in range(times):
        done = psql(database, render_sql(plan), folder)
        assert done.returncode == 0, done.stderr


def titles(made: Made) -> list[str]:
    """Return the titles of the steps that are run."""
    return [step.title for step in made.plan.running]
