"""Several differences at once: a plan works from wherever it stopped, and back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest

from drift.check.planned import Made, planned
from drift.check.target import examine
from drift.config import Target
from drift.formats.plan.sql import render_sql
from drift.plan.context import Options
from drift.plan.step import Hazard, Step
from drift.sources.database.source import DatabaseSide
from drift.sources.interface import Expected
from tests.formats.plan.psql import psql
from tests.plan.combined import CASES, Combined
from tests.plan.running import LARGE, SMALL
from tests.servers import Database


@pytest.fixture
def wanted(admin: psycopg.Connection[Any], dsn: str) -> Iterator[Database]:
    """Yield a second database, which has what is expected."""
    made = Database(admin, dsn)
    try:
        yield made
    finally:
        made.drop()


@pytest.mark.parametrize("small", [SMALL, LARGE], ids=["small", "large"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_plan_that_stops_after_any_step_can_be_run_again(
    case: Combined, small: int, database: Database, wanted: Database, tmp_path: Path
) -> None:
    expected = _prepared(case, database, wanted)
    before = _differences(database, expected)
    plan = _plan(database, expected, small, case).plan
    if (("large", "small")[bool(small)]) in case.refused:
        assert plan.refusals
        assert not plan.running
        return
    assert plan.complete, (plan.refusals, [step.title for step in plan.steps if not step.runs])
    rows = _rows(database)

    _run_every_prefix(database, plan, plan.steps, tmp_path)
    assert _differences(database, expected) == []
    assert case.refused or _leftovers(database) == []
    assert {name: _rows(database)[name] for name in rows} == rows

    _run_every_prefix(database, plan, plan.downgrade, tmp_path)
    assert len(_differences(database, expected)) == len(before) - len(plan.kept)


def _prepared(case: Combined, database: Database, wanted: Database) -> Expected:
    wanted.execute(case.both + case.wanted)
    database.execute(case.both + case.live + case.rows)
    return DatabaseSide(Target(name="wanted", database=wanted.url)).expected()


def _examined(database: Database, expected: Expected) -> tuple[Target, Any]:
    target = Target(name="test", database=database.url)
    return target, examine(target, note=lambda _text: None, expected=expected)


def _plan(
    database: Database, expected: Expected, small: int, case: Combined, **answers: str
) -> Made:
    target, examined = _examined(database, expected)
    given = dict(case.answers) | {
        f"public.{each.object.table}.{each.object.name}": "convert"
        for each in examined.report.findings
        if each.rule == "column-type-mismatch"
    }
    options = Options(small=small, allow=frozenset(Hazard), decisions=given | answers)
    return planned(target, examined, examined.report.findings, options)


def _run_every_prefix(database: Database, plan: Any, steps: tuple[Step, ...], folder: Path) -> None:
    """Run the first step, then the first two from the top, and so on; then all of them again."""
    numbers = (*range(1, len(steps) + 1), len(steps))
    parts = [msgspec.structs.replace(plan, steps=steps[:n], downgrade=()) for n in numbers]
    done = psql(database, "".join(map(render_sql, parts)), folder)
    assert done.returncode == 0, done.stderr


def _differences(database: Database, expected: Expected) -> list[str]:
    findings = _examined(database, expected)[1].report.findings
    return [f"{each.rule} {each.object.path}" for each in findings]


def _rows(database: Database) -> dict[str, int]:
    tables = database.fetch(
        "SELECT oid::regclass::text FROM pg_class WHERE relkind = 'r'"
        " AND relnamespace = 'public'::regnamespace"
    )
    return {name: database.fetch(f"SELECT count(*) FROM {name}")[0][0] for (name,) in tables}


def _leftovers(database: Database) -> list[tuple[str]]:
    """Return what plans make for a time."""
    return database.fetch(
        "SELECT conname::text FROM pg_constraint WHERE conname ~ '_drift_'"
        " UNION ALL SELECT relname FROM pg_class WHERE relname ~ '_drift_'"
        " UNION ALL SELECT typname FROM pg_type WHERE typname ~ '_drift_'"
        " UNION ALL SELECT proname FROM pg_proc WHERE proname ~ '_drift_'"
        " UNION ALL SELECT tgname FROM pg_trigger WHERE tgname ~ '_drift_'"
        " UNION ALL SELECT attname FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid"
        " WHERE attname ~ '_drift_' AND NOT attisdropped AND relkind = 'r'"
    )


def test_sequences_of_others_stay(database: Database, wanted: Database, tmp_path: Path) -> None:
    case = next(case for case in CASES if "sequences of others" in case.name)
    expected = _prepared(case, database, wanted)
    database.execute("SELECT setval('s', 1000)")
    plan = _plan(database, expected, SMALL, case).plan
    _run_every_prefix(database, plan, plan.steps, tmp_path)
    assert database.fetch("SELECT nextval('q'), nextval('s')") == [(70, 1001)]
    owners = database.fetch(
        "SELECT refobjid::regclass::text FROM pg_depend WHERE deptype = 'a'"
        " AND objid IN ('q'::regclass, 's'::regclass)"
    )
    assert owners == [("o",)]


def test_an_update_of_a_published_table_works_after_the_swap(
    database: Database, wanted: Database, tmp_path: Path
) -> None:
    case = next(case for case in CASES if "replica identity" in case.name)
    expected = _prepared(case, database, wanted)
    plan = _plan(database, expected, LARGE, case).plan
    _run_every_prefix(database, plan, plan.steps, tmp_path)
    assert database.fetch("SELECT indexrelid::regclass::text FROM pg_index WHERE indisreplident")


def test_a_new_column_of_a_domain_with_constraints_copies_the_table(
    database: Database, wanted: Database
) -> None:
    case = Combined(
        "",
        "CREATE DOMAIN d AS int CHECK (VALUE > 0); CREATE DOMAIN e AS d; CREATE DOMAIN f AS int;"
        "CREATE TABLE t (id int);",
        "",
        "ALTER TABLE t ADD a d, ADD b e NOT NULL DEFAULT 1, ADD c f, ADD h d[]",
    )
    plan = _plan(database, _prepared(case, database, wanted), LARGE, case).plan
    rewrites = [op.sql for step in plan.steps for op in step.operations if op.work == "rewrite"]
    assert [sql.rpartition("EXISTS ")[2] for sql in rewrites] == [
        "a public.d",
        "b public.e DEFAULT 1 NOT NULL",
    ]
    assert all(Hazard.REWRITE in step.hazards for step in plan.steps if step.work == "rewrite")


def test_what_needs_a_column_that_the_plan_does_not_add_waits(
    database: Database, wanted: Database
) -> None:
    case = Combined(
        "",
        "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE t (id int PRIMARY KEY);",
        "",
        "ALTER TABLE t ADD c int REFERENCES p; CREATE INDEX i ON t (id) WHERE c > 1;"
        "ALTER TABLE t ADD CONSTRAINT k CHECK (c > 0)",
    )
    target, examined = _examined(database, _prepared(case, database, wanted))
    findings = examined.report.findings
    chosen = [each for each in findings if each.object.kind != "column"]
    plan = planned(target, examined, chosen, Options()).plan
    assert {step.waits for step in plan.steps} == {"public.t.c"}
    assert plan.running == ()
    assert planned(target, examined, findings, Options()).plan.complete
