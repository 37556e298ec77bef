"""Plans databases of tests, and runs the steps as a person would."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import psycopg

from drift.check.planned import Made, planned
from drift.check.target import examine
from drift.config import Target
from drift.formats.plan.sql import render_sql
from drift.plan.context import Options
from drift.plan.step import Hazard, Plan
from drift.sources.models.loader import Models
from tests.plan.answers import answers

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


def run(url: str, plan: Plan) -> None:
    """Run the statements of a plan's SQL file, one after another, as psql does."""
    with psycopg.connect(url, autocommit=True) as connection:
        for text in statements(render_sql(plan)):
            connection.execute(text.encode())


def statements(script: str) -> Iterable[str]:
    """Yield the statements of a script, without the commands of psql.

    A statement before \\gexec returns statements, which psql runs; they are run in a DO block.
    """
    from drift.sources.sql_files.script import statements as split

    yield from split(script)


def titles(made: Made) -> list[str]:
    """Return the titles of the steps that are run."""
    return [step.title for step in made.plan.running]
