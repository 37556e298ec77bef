"""Compares a database with another one, as `drift diff` does."""

from __future__ import annotations

from drift.check.reading import Manner
from drift.check.session import compare_with_database
from drift.compare.comparator import Comparison
from drift.config import Target
from drift.kinds.sides import Sides
from drift.report.finding import Finding
from drift.sources.database.connection import parse
from drift.sources.database.source import DatabaseSide
from drift.sources.reflected import Reflected

SIDES = Sides(expected="left", actual="right")


def reflected(url: str, name: str = "left") -> Reflected:
    """Return all schemas of a database as the expected side."""
    side = DatabaseSide(Target(name=name, database=url))
    return Reflected(side.reflection(everywhere=True).schema, "database", name)


def compare(expected: Reflected, url: str) -> Comparison:
    """Compare an expected side with all schemas of a database."""
    manner = Manner(sides=SIDES, needs_tables=False, everywhere=True)
    target = Target(name="right", database=url)
    return compare_with_database(target, expected, parse(url), 10, manner).variants[0].comparison


def between(left: str, right: str) -> tuple[Finding, ...]:
    """Return the findings between two databases."""
    return compare(reflected(left), right).findings
