"""The SQL of a plan on a real server, by a real psql, whatever the names and texts are."""

from __future__ import annotations

from pathlib import Path

import pytest
from psycopg import sql

from drift.formats.plan.sql import STOP, render_sql
from drift.formats.plan.sql_layout import statement
from drift.kinds.column.column import Column
from drift.kinds.sql import types
from drift.kinds.sql.text import string_literal
from drift.plan.operation import Operation, Work
from drift.plan.operations import columns
from drift.plan.proof import Proof
from drift.plan.step import Phase, Plan, Precheck, Step
from tests.formats.plan.hostile import hostile, hostile_proof
from tests.formats.plan.plans import plan, whole
from tests.formats.plan.psql import psql
from tests.formats.readers import OBEYED
from tests.formats.test_hostile import IN_POSTGRESQL, named
from tests.servers import Database

TEXTS = IN_POSTGRESQL | {
    "command of psql": "\\! touch pwned\n\\! touch pwned\n",
    "ends a comment": "a */ DROP TABLE kept; /* b\n; DROP TABLE kept; --",
    "ends a statement": "'; DROP TABLE kept; --\n\";\nDROP TABLE kept;",
    "dollar tags": "$drift$ ; DROP TABLE kept; $drift2$ $$ $",
    "backslashes": "\\'; DROP TABLE kept; -- \\\\' \\",
    "a variable of psql": ":DBNAME :'DBNAME' :\"DBNAME\" ::x",
    "the fingerprint": "\n-- drift plan fingerprint: evil\ndrift plan fingerprint: evil",
    "an instruction": "squawk-ignore-file\n-- squawk-ignore-file",
}


@pytest.mark.parametrize("key", TEXTS)
def test_a_name_or_text_is_only_data_to_psql(key: str, database: Database, tmp_path: Path) -> None:
    text = TEXTS[key]
    name = named(text)
    called = sql.Identifier(name)
    create = sql.SQL("CREATE TABLE public.{0} ({0} text)").format(called)
    database.execute(create.as_string(None) + "; CREATE TABLE kept ()")
    before = set(tmp_path.iterdir())
    of = hostile(name, text)
    script = render_sql(of, hostile_proof(of, text)).replace(STOP, "")
    for _ in range(2):
        done = psql(database, script, tmp_path)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert {path.name for path in set(tmp_path.iterdir()) - before} == {"plan.sql"}
    assert not Path("pwned").exists()
    assert database.fetch("SELECT relname FROM pg_class WHERE relname = 'kept'")
    [(comment,)] = database.fetch(
        "SELECT description FROM pg_description WHERE objsubid = 1 AND objoid > 16383"
    )
    assert comment == text
    constraints = database.fetch("SELECT conname FROM pg_constraint WHERE conrelid > 16383")
    assert (name,) in constraints
    indexes = set(database.fetch("SELECT relname FROM pg_class WHERE relkind = 'i'"))
    assert {("index_of_it",), ("other_index",)} <= indexes


@pytest.mark.parametrize("key", TEXTS)
def test_a_copy_of_the_wrapped_and_indented_lines_runs(
    key: str, database: Database, tmp_path: Path
) -> None:
    name, text = named(TEXTS[key]), TEXTS[key]
    path = f"public.{types.quote(name)}"
    lines = statement(f"CREATE TABLE {path} ({types.quote(name)} text)", 40)
    lines += statement(f"COMMENT ON TABLE {path} IS {string_literal(text)}", 40)
    assert not OBEYED.search("\n".join(lines).replace("\n", ""))
    done = psql(database, "".join(f"      {line}\n" for line in lines), tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    found = database.fetch("SELECT relname, obj_description(oid) FROM pg_class"
                           " WHERE relnamespace = 'public'::regnamespace")  # fmt: skip
    assert found == [(name, text)]


@pytest.mark.parametrize("early", [True, False])
def test_a_precheck_stops_the_file_with_the_count_and_three_examples(
    early: bool, database: Database, tmp_path: Path
) -> None:
    database.execute("CREATE TABLE t (violations text); INSERT INTO t VALUES ('a'), ('b'), (NULL),"
                     " (E'\\x1b[31m'), ('e')")  # fmt: skip
    check = Precheck(
        problem="100% of t's rows", query="SELECT violations AS value FROM t", early=early
    )
    step = Step(
        title="x",
        phase=Phase.TABLES,
        prechecks=(check,),
        operations=(Operation(sql="CREATE TABLE made ()"),),
    )
    done = psql(database, render_sql(plan(step)), tmp_path)
    assert done.returncode == 3
    assert "ERROR:  100% of t's rows (violations: 5)" in done.stderr
    assert "For example: a, b" in done.stderr
    assert "[31m" not in done.stderr
    assert "e\n" not in done.stderr.partition("For example")[2].partition("CONTEXT")[0]
    assert database.fetch("SELECT to_regclass('made')") == [(None,)]


def test_a_plan_is_run_and_can_be_run_again(database: Database, tmp_path: Path) -> None:
    database.execute("CREATE TABLE users (id int, email text, old int); CREATE TABLE orders ()")
    script = render_sql(whole())
    for _ in range(2):
        done = psql(database, script, tmp_path)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    columns = database.fetch("SELECT attname FROM pg_attribute WHERE attrelid = 'users'::regclass"
                             " AND attnum > 0 AND NOT attisdropped ORDER BY attnum")  # fmt: skip
    assert columns == [("id",), ("email",), ("old",), ("role",)]
    keys = database.fetch("SELECT conname, convalidated FROM pg_constraint"
                          " WHERE conrelid = 'users'::regclass ORDER BY conname")  # fmt: skip
    assert keys == [("users_email_key", True), ("users_role_not_null", True)]


def test_a_precheck_is_skipped_once_its_step_was_run(database: Database, tmp_path: Path) -> None:
    database.execute("CREATE TABLE t (old int)")
    done = "NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = 't'::regclass AND attname='old')"
    step = Step(
        title="x",
        phase=Phase.TABLES,
        prechecks=(Precheck(problem="p", query="SELECT old::text AS value FROM t"),),
        operations=(Operation(sql="ALTER TABLE t RENAME old TO renamed", done=done),),
    )
    for _ in range(2):
        assert psql(database, render_sql(plan(step)), tmp_path).returncode == 0


FUNCTION = """CREATE OR REPLACE FUNCTION public.both() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  -- a comment; $drift$ \\! touch pwned
  NEW.note := 'a
::error::b' || E'\\t';
\tRETURN NEW;
END
$body$"""
STATEMENTS: dict[str, str | Operation] = {
    "function": FUNCTION,
    "guarded function": Operation(sql=FUNCTION, done="to_regproc('public.both') IS NOT NULL"),
    "batches": "DO $do$ BEGIN FOR n IN 1..2 LOOP COMMIT; END LOOP; END $do$",
    "guarded query": Operation(sql="SELECT 1", done="false"),
    "guarded update": Operation(sql="UPDATE t SET a = '{}' WHERE found = 'x'", done="false"),
    "slice": 'ALTER TABLE t ADD CHECK (a[1:"DBNAME"] IS NOT NULL)',
    "line comment": "CREATE TABLE made () -- ; DROP TABLE t",
    "block comment": "CREATE TABLE made () /* a /* b */ \\! touch pwned\n */",
    "guarded comment": Operation(
        sql="CREATE TABLE made () /* a /* b */ c */", done="to_regclass('made') IS NOT NULL"
    ),
    "not transactional": Operation(
        sql="VACUUM t /* x */", transactional=False, done="to_regclass('none') IS NOT NULL"
    ),
    "casts": "SELECT '1'  ::text::int",
}


@pytest.mark.parametrize("guards", [True, False])
@pytest.mark.parametrize("key", STATEMENTS)
def test_any_statement_can_be_a_step(
    key: str, guards: bool, database: Database, tmp_path: Path
) -> None:
    database.execute('CREATE TABLE t (a int[], "DBNAME" int, found text)')
    given = STATEMENTS[key]
    operation = given if isinstance(given, Operation) else Operation(
        sql=given, transactional=key != "batches"
    )  # fmt: skip
    of = Plan(target="t", steps=(Step(title="x", phase=Phase.TABLES, operations=(operation,)),))
    done = psql(database, render_sql(of, guards=guards), tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert not Path("pwned").exists()
    if "function" in key:
        [(body,)] = database.fetch("SELECT prosrc FROM pg_proc WHERE proname = 'both'")
        assert r"E'a\x0a::error::b'" in body or "'a\n::error::b'" in body


def test_a_statement_that_is_no_statement_is_given_to_the_server_as_a_text(
    database: Database, tmp_path: Path
) -> None:
    for text in ("\\! touch pwned", "SELECT '", "SELECT $x$", 'SELECT "', "SELECT \x1b"):
        step = Step(title="x", phase=Phase.TABLES, operations=(Operation(sql=text),))
        done = psql(database, render_sql(plan(step)), tmp_path)
        assert done.returncode == 3, text
        assert "ERROR" in done.stderr
    assert not Path("pwned").exists()


def test_a_waiting_lock_ends_the_file_and_it_can_be_run_again(
    database: Database, tmp_path: Path
) -> None:
    import psycopg

    database.execute("CREATE TABLE users (id int, email text, old int); CREATE TABLE orders ()")
    with psycopg.connect(database.url) as other:
        other.execute("LOCK TABLE users IN ACCESS SHARE MODE")
        done = psql(database, render_sql(whole()), tmp_path)
        assert done.returncode == 3
        assert "canceling statement due to lock timeout" in done.stderr
    assert psql(database, render_sql(whole()), tmp_path).returncode == 0


@pytest.mark.parametrize(
    ("type_", "collation", "live"),
    [
        ("uuid", None, "text"),
        ("character varying(36)", None, "uuid"),
        ("public.mood", None, "text"),
        ("text", "C", "text"),
        ("text", None, 'text COLLATE "C"'),
    ],
)
def test_a_type_is_changed_once(
    type_: str, collation: str | None, live: str, database: Database, tmp_path: Path
) -> None:
    database.execute("CREATE TYPE mood AS ENUM ('0e37df36-f698-11e6-8dd4-cb9ced3df976')")
    database.execute(f"CREATE TABLE t (id {live})")
    database.execute("INSERT INTO t VALUES ('0e37df36-f698-11e6-8dd4-cb9ced3df976')")
    item = Column(
        schema="public", table="t", name="id", type=type_, nullable=True, collation=collation
    )
    check = Precheck(
        problem="p",
        query=f"SELECT id::text AS value FROM t WHERE id <> id::{live[:4]}",
    )
    operations = (
        Operation(sql="SET LOCAL TimeZone = 'UTC'"),
        columns.set_type(item, f"id::text::{type_}", Work.REWRITE, {}),
    )
    step = Step(title="x", phase=Phase.CONVERT, prechecks=(check,), operations=operations)
    files = []
    for _ in range(2):
        done = psql(database, render_sql(plan(step)), tmp_path)
        assert (done.returncode, done.stderr) == (0, "")
        files += database.fetch("SELECT relfilenode FROM pg_class WHERE relname = 't'")
    assert files[0] == files[1]
    [(now,)] = database.fetch("SELECT format_type(atttypid, atttypmod) FROM pg_attribute"
                              " WHERE attrelid = 't'::regclass AND attnum = 1")  # fmt: skip
    assert now == type_.removeprefix("public.")


def test_a_plan_whose_proof_failed_stops_before_its_first_step(
    database: Database, tmp_path: Path
) -> None:
    database.execute("CREATE TABLE public.users (id int)")
    of = plan(
        Step(title="add a", phase=Phase.COLUMNS, operations=(
            Operation(sql="ALTER TABLE public.users ADD a int"),))
    )  # fmt: skip
    failed = Proof(server_version="18", clone="the catalog", problems=("add a: it failed",))
    script = render_sql(of, failed)
    done = psql(database, script, tmp_path)
    assert done.returncode == 3
    assert "this plan failed its proof: do not run it" in done.stderr
    assert database.fetch("SELECT FROM pg_attribute WHERE attname = 'a'") == []
    assert STOP not in render_sql(of, None)
