"""Objects of many megabytes, on either side: the check stays quick, and its reports stay small."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import sqlalchemy as sa

from drift.formats import FORMATS
from tests.servers import Database, create_all
from tests.system.checking import drift

MANY, LONG, DEEP = 10_000, 10_485_760, 20_000
SECONDS = 20
"""Far more than any of these takes, and far less than it took when time grew with the square."""


@pytest.fixture(autouse=True)
def in_an_empty_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def labelled() -> sa.MetaData:
    metadata = sa.MetaData()
    labels = [f"mine{number}" for number in range(MANY)]
    sa.Table("t", metadata, sa.Column("e", sa.Enum(*labels, name="e")))
    return metadata


def commented(*, lines: bool = False) -> sa.MetaData:
    metadata = sa.MetaData()
    text = ("model\n" if lines else "model ") * (LONG // 6)
    sa.Table("t", metadata, sa.Column("n", sa.Integer, comment=text), comment=text)
    return metadata


def nested() -> sa.MetaData:
    metadata = sa.MetaData()
    text = "(" * DEEP + "n > 0" + ")" * DEEP
    sa.Table("t", metadata, sa.Column("n", sa.Integer), sa.CheckConstraint(text, name="c"))
    return metadata


MANY_LABELS = (
    "DO $$ BEGIN EXECUTE (SELECT 'CREATE TYPE e AS ENUM (' || string_agg(quote_literal("
    f"'theirs' || n), ',' ORDER BY n) || ')' FROM generate_series(1, {MANY}) n); END $$;"
    "CREATE TABLE t (e e)"
)
LONG_COMMENTS = (
    "CREATE TABLE t (n integer); DO $$ BEGIN EXECUTE 'COMMENT ON TABLE t IS ' || quote_literal("
    f"repeat(E'live\\n', {LONG} / 5)); EXECUTE 'COMMENT ON COLUMN t.n IS ' || quote_literal("
    f"repeat('live ', {LONG} / 5)); END $$"
)


@pytest.mark.parametrize(
    ("metadata", "sql", "words"),
    [
        pytest.param(labelled, MANY_LABELS, "10,000 in all", id="labels"),
        pytest.param(commented, LONG_COMMENTS, "characters)", id="comments"),
        pytest.param(
            lambda: commented(lines=True), LONG_COMMENTS, "characters)", id="comments with lines"
        ),
        pytest.param(
            nested, "CREATE TABLE t (n integer CONSTRAINT c CHECK (n > 1))", "c", id="parentheses"
        ),
    ],
)
def test_large_objects_are_compared_and_reported_in_seconds(
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    metadata: Callable[[], sa.MetaData],
    sql: str,
    words: str,
) -> None:
    monkeypatch.setitem(sys.modules, "large_models", _module(metadata()))
    database.execute(sql)
    outputs = [word for name in FORMATS for word in ("--output", f"{name}={name}.out")]
    began = time.process_time()
    outcome = drift(
        *("check", "--models", "large_models:metadata", "--fail-on", "info", "-v", *outputs),
        DATABASE_URL=database.url,
        COLUMNS="99999999",
    )
    assert time.process_time() - began < SECONDS
    assert outcome.exit_code == 1, outcome.output[:1000]
    assert words in outcome.stdout
    assert max(map(len, outcome.stdout.splitlines())) <= 200
    for name in FORMATS:
        assert Path(f"{name}.out").stat().st_size < 2_000_000, name


def _module(metadata: sa.MetaData) -> Any:
    module: Any = ModuleType("large_models")
    module.metadata = metadata
    return module


def test_show_cuts_what_is_too_long(database: Database) -> None:
    default = "x" * 1_000_000
    metadata = sa.MetaData()
    sa.Table("t", metadata, sa.Column("n", sa.Text, server_default=default))
    create_all(metadata, database.url)
    outcome = drift("show", DATABASE_URL=database.url)
    assert outcome.exit_code == 0
    assert len(outcome.stdout) < 3_000
    assert "… (1,000," in outcome.stdout
