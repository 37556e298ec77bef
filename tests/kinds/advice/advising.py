"""Asks for advice about a database that SQL makes."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from drift.check import target as app
from drift.config import Target
from drift.report.report import Check
from drift.sources.database.source import DatabaseSide


class Case(NamedTuple):
    """The SQL that makes a database, and the paths of the objects that a rule has advice about."""

    name: str
    sql: str
    paths: tuple[str, ...] = ()
    server: int = 14


def parameters(cases: list[Case]) -> pytest.MarkDecorator:
    """Return the cases as parameters of a test; silent ones must be at least as many."""
    loud = sum(bool(case.paths) for case in cases)
    assert loud <= len(cases) - loud
    return pytest.mark.parametrize("case", cases, ids=lambda case: case.name)


def advised(database: Any, *rules: str, **target: Any) -> Check:
    """Check a database against itself: nothing differs, and the rules say what they know."""
    side = Target(name="test", database=database.url)
    expected = DatabaseSide(side).expected()
    return app.check(
        Target(name="test", database=database.url, advice=rules or ("*",), **target),
        note=lambda _text: None,
        expected=expected,
    )


def verify(case: Case, database: Any, rule: str) -> Check:
    """Make the case's database, and compare the paths of the rule's advice with the case's."""
    if case.server * 10000 > database.server_version:
        pytest.skip(f"needs PostgreSQL {case.server}")
    database.execute(case.sql)
    outcome = advised(database, rule)
    assert outcome.in_sync
    assert sorted(finding.object.path for finding in outcome.advice) == sorted(case.paths)
    return outcome
