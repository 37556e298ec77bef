"""A hand-written check runs on mutations, and is counted as its messages say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.benchmarks.handwritten.adapter import Adapter, load_all
from tests.benchmarks.handwritten.lines import count
from tests.benchmarks.handwritten.run import Runner
from tests.mutations import CASES

_ADAPTER = '''
"""A check that compares the names of columns."""
import psycopg
REPOSITORY, PATH, RUNS, ADAPTED = "owner/name", "check.py", "pytest", ""
FILES = ("adapter.py",)  # itself
OURS = {"fail_on": "error"}

def check(live, metadata, reference):
    with psycopg.connect(live) as connection:
        rows = connection.execute("SELECT attrelid::regclass::text, attname FROM pg_attribute")
        live_columns = set(rows)
    # A comment.
    return [
        f"{table.name}.{column.name}"
        for table in metadata.tables.values()
        for column in table.columns
        if (table.name, column.name) not in live_columns
    ]
'''


@pytest.fixture
def adapter(tmp_path: Path) -> Adapter:
    (tmp_path / "names" / "after").mkdir(parents=True)
    (tmp_path / "names" / "adapter.py").write_text(_ADAPTER)
    (tmp_path / "names" / "after" / "check.sh").write_text("# Why.\n\ndrift check\n")
    (made,) = load_all(tmp_path, "names")
    return made


@pytest.fixture
def runner(admin: psycopg.Connection[Any], dsn: str) -> Runner:
    return Runner(admin, dsn)


def test_lines_are_counted_without_comments_and_docstrings(adapter: Adapter) -> None:
    assert (adapter.before, adapter.after) == (14, 1)


def test_sql_and_text_have_no_docstrings(tmp_path: Path) -> None:
    (tmp_path / "schema.sql").write_text('"""\nSELECT 1;\n# no code\n')
    assert count(tmp_path / "schema.sql") == 2


@pytest.mark.parametrize(
    ("case", "theirs", "ours"),
    [
        ("column: no change", "silent", "silent"),
        ("column: dropped", "caught", "caught"),
        ("column: an array becomes a scalar", "missed", "caught"),
        ("column: comment changed", "missed", "missed"),
    ],
)
def test_an_outcome_is_what_a_check_says_more_than_before(
    case: str,
    theirs: str,
    ours: str,
    adapter: Adapter,
    runner: Runner,
) -> None:
    (mutation,) = (each for each in CASES if each.id == case)
    ((left, right),) = runner.outcomes(mutation, [adapter])
    assert (left.verdict, right.verdict) == (theirs, ours)
