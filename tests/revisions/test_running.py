"""How revisions behave when they run: checks, timeouts, commits, interruptions, drivers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest

from drift.kinds.check import Check
from drift.kinds.column.column import Column
from drift.kinds.enum import Enum
from drift.kinds.index.index import Index
from drift.kinds.index.key import IndexKey
from drift.kinds.table.table import Table
from drift.plan.operation import Operation
from drift.plan.operations import columns, constraints, indexes, relations
from drift.plan.step import Choice, Decision, Hazard, Plan, Precheck, Refusal
from drift.revisions import guards
from drift.revisions.language import Language
from drift.revisions.plan_revisions import Revision, revisions
from drift.revisions.write import write_plan
from tests.revisions.plans import before, models, plan, step
from tests.revisions.projects import Project
from tests.revisions.running import LANGUAGE, lines_for, offline, online
from tests.revisions.test_projects import language
from tests.versions import DRIVER

HOSTILE = 'it\'s a:b ::c :d %s %(x)s %% \\ \\:e """'
DRIVERS = tuple(dict.fromkeys((DRIVER, "psycopg2", "asyncpg")))


@pytest.mark.parametrize("driver", DRIVERS)
def test_every_driver_runs_hostile_texts(driver: str, database: Any) -> None:
    literal = "'" + HOSTILE.replace("'", "''") + "'"
    t: Any = {"schema": "public", "table": "t"}
    odd = Column(**t, name="c :x %s", type="text", nullable=True, default=literal, comment=HOSTILE)
    operations = [
        relations.create_table(Table(schema="public", name="t"), [odd], []),
        columns.add(msgspec.structs.replace(odd, name="d")),
        columns.comment(odd),
        relations.comment_on_table(Table(schema="public", name="t", comment=HOSTILE)),
        columns.set_default(msgspec.structs.replace(odd, name="d"), literal),
        constraints.add(Check(**t, expression=f'"c :x %s" <> {literal}'), "ck %s :x"),
        indexes.create(
            Index(**t, name="i", keys=(IndexKey(column="d"),), predicate=f"d <> {literal}"),
            "i %s :x",
            concurrently=False,
        ),
        relations.create_enum(Enum(schema="public", name="e :x", labels=(HOSTILE,))),
        Operation(sql=f'COMMENT ON TYPE "e :x" IS {literal}'),
    ]
    for operation in operations:
        online(lines_for(operation), database.url, driver)
        if operation.done or not operation.sql.startswith("ALTER TABLE public.t ADD CONSTR"):
            online(lines_for(operation, again=True), database.url, driver)
    rows = database.fetch(
        "SELECT col_description('t'::regclass, 1), obj_description('t'::regclass),"
        ' obj_description(\'"e :x"\'::regtype), (enum_range(NULL::"e :x"))[1]::text'
    )
    assert rows == [(HOSTILE,) * 4]
    defaults = database.fetch("SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef")
    assert [database.fetch(f"SELECT {text}") for (text,) in defaults] == [[(HOSTILE,)]] * 2


@pytest.mark.parametrize("driver", DRIVERS)
def test_a_precheck_names_the_number_and_three_examples(driver: str, database: Any) -> None:
    database.execute(
        "CREATE TABLE t AS SELECT n AS drift_count, n AS found, n FROM generate_series(1, 9) n"
    )
    query = "SELECT found || '%s:x' AS value FROM t WHERE drift_count > 4"
    check = Precheck(problem=HOSTILE, query=query)
    code = "\n".join(_lines(guards.check(check)))
    with pytest.raises(Exception, match="5 rows, such as 5%s:x, 6%s:x, 7%s:x") as caught:
        online(code, database.url, driver)
    assert HOSTILE in str(caught.value)
    database.execute("DELETE FROM t WHERE n > 4")
    online(code, database.url, driver)


def _lines(sql: str) -> list[str]:
    return lines_for(Operation(sql=sql)).split("\n")


@pytest.fixture
def shop(tmp_path: Path, database: Any) -> Project:
    database.execute(before("public"))
    project = Project(tmp_path, "sync", models("public"), database.url)
    write_plan(plan("public"), project.environment(), language("public"))
    return project


def _current(database: Any) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = database.fetch("SELECT version_num FROM alembic_version")
    return rows


def test_an_early_precheck_stops_before_any_change(shop: Project, database: Any) -> None:
    database.execute("INSERT INTO orders VALUES (99, 77, 1)")
    done = shop.run("upgrade", "head")
    assert done.returncode == 1
    assert "orders.user_id has values that users.id has not: 1 rows, such as 99" in done.stderr
    assert database.fetch("SELECT to_regclass('tags'), to_regclass('alembic_version')") == [
        (None, None)
    ]


def test_an_upgrade_that_stops_goes_on_or_back(shop: Project, database: Any) -> None:
    """What ran before is committed with its version, though env.py has one transaction for all."""
    long = "INSERT INTO orders VALUES (99, 1, 1); UPDATE orders SET total = -1 WHERE id = 99;"
    database.execute(long)
    done = shop.run("upgrade", "head")
    assert done.returncode == 1
    assert "ck_total" in done.stderr
    assert _current(database) != []
    assert database.fetch("SELECT count(*) FROM users WHERE city = 'x:y'") == [(0,)]
    assert database.fetch("SELECT to_regclass('ix_users_email') IS NOT NULL") == [(True,)]
    shop.alembic("downgrade", "base")
    assert database.fetch("SELECT to_regclass('ix_users_email')") == [(None,)]
    shop.run("upgrade", "head")
    database.execute("DELETE FROM orders WHERE id = 99")
    shop.alembic("upgrade", "head")
    assert "No new upgrade operations" in shop.alembic("check")
    shop.alembic("downgrade", "-2")
    shop.alembic("upgrade", "head")
    assert "No new upgrade operations" in shop.alembic("check")


def test_a_long_lock_ends_the_step_and_it_can_be_run_again(shop: Project, database: Any) -> None:
    with psycopg.connect(database.url) as connection:
        connection.execute("LOCK TABLE orders IN ROW SHARE MODE; SELECT * FROM orders")
        done = shop.run("upgrade", "head")
        assert done.returncode == 1
        assert "canceling statement due to lock timeout" in done.stderr
        assert _current(database) != []
    shop.alembic("upgrade", "head")
    assert "No new upgrade operations" in shop.alembic("check")


def test_offline_sql_makes_the_same(shop: Project, database: Any) -> None:
    text = shop.alembic("upgrade", "head", "--sql")
    script = [_without_log(part) for part in text.split(";\n\n")]
    with psycopg.connect(database.url, autocommit=True) as connection:
        for statement in filter(None, script):
            connection.execute(statement.encode())
    assert "No new upgrade operations" in shop.alembic("check")


def _without_log(text: str) -> str:
    lines = (line for line in text.split("\n") if not line.startswith(("INFO ", "--")))
    return "\n".join(lines).strip()


def made(what: Plan) -> tuple[Revision, ...]:
    return revisions(what, LANGUAGE)


def test_what_is_left_open_is_named_first() -> None:
    blocked = step("Drop x", Operation(sql="DROP TABLE x\n; DROP y"), blocked=(Hazard.DROP,))
    choice = Choice(option="--decide t.c=0", effect="fills 0")
    decision = Decision(question="Which value?", choices=(choice,))
    open_ = step("Fill c", Operation(sql="UPDATE t SET c = ?"), decision=decision)
    refusal = Refusal(finding="f", path="public.t", reason="is a view")
    text = made(
        Plan(
            target="t",
            steps=(step("Add x", Operation(sql="SELECT 1")), blocked, open_, step("Ask")),
            refusals=(refusal,),
        )
    )[0].upgrade.text  # fmt: skip
    lines = [line.strip() for line in text.split("\n")]
    assert lines[:9] == [
        "# This plan is not complete. The revisions leave out:",
        "# - Drop x: removes an object that only the database has (--allow drop)",
        "#     DROP TABLE x",
        "# ; DROP y;",
        "# - Fill c: Which value? (--decide t.c=0: fills 0)",
        "#     UPDATE t SET c = ?;",
        "# - Ask: to be done by hand",
        "# - public.t: is a view",
        "op.execute(\"SET LOCAL statement_timeout = '10s'\")",
    ]


def test_a_search_path_is_brought_back(tmp_path: Path, database: Any) -> None:
    database.execute("CREATE SCHEMA a; CREATE TABLE a.t (x int)")
    steps = (
        step("Add y", Operation(sql="ALTER TABLE t ADD COLUMN IF NOT EXISTS y int"),
             prechecks=(Precheck(problem="p", query="SELECT x::text AS value FROM t"),)),
        step("Index", Operation(sql="CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON t (x)",
                                transactional=False)),
    )  # fmt: skip
    back = (step("Drop y", Operation(sql="ALTER TABLE t DROP COLUMN IF EXISTS y")),)
    what = Plan(target="t", steps=steps, downgrade=back, search_path=("a", "public"))
    project = Project(tmp_path, "sync", "metadata = None", database.url)
    write_plan(what, project.environment(), Language())
    project.alembic("upgrade", "head")
    assert database.fetch("SELECT to_regclass('a.i') IS NOT NULL, to_regclass('alembic_version')"
                          " IS NOT NULL") == [(True, True)]  # fmt: skip
    project.alembic("downgrade", "base")
    assert database.fetch("SELECT count(*) FROM pg_attribute WHERE attname = 'y'") == [(0,)]


def test_a_label_is_not_used_in_its_own_transaction() -> None:
    mood = Enum(schema="public", name="mood", labels=("a", "b"))
    use = columns.set_default(
        Column(schema="public", table="t", name="m", type="mood", nullable=True), "'b'"
    )
    label = relations.add_label(mood, "b", "AFTER 'a'")
    assert len(made(Plan(target="t", steps=(step("A", label), step("B", use))))) == 2
    assert len(made(Plan(target="t", steps=(step("A", label), step("B", label))))) == 1


def test_an_irreversible_plan_says_why() -> None:
    what = Plan(target="t", steps=(step("A", Operation(sql="SELECT 1")),), irreversible=("lost",))
    code = f"if True:\n    {made(what)[0].downgrade.text}"
    with pytest.raises(NotImplementedError, match="lost"):
        offline(code)


def test_settings_end_with_the_last_revision() -> None:
    zone = Operation(sql="SET LOCAL TimeZone = 'UTC'")
    (text,) = offline(
        f"if True:\n    {made(Plan(target='t', steps=(step('A', zone),)))[0].upgrade.text}"
    )[-1:]
    assert text == "SET LOCAL TimeZone TO DEFAULT"
