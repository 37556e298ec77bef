"""A hostile live schema: what it holds runs on the scratch server, as a role that may do little."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import psycopg
import pytest

from drift.plan.operation import Operation
from drift.plan.step import Phase, Plan, Step
from drift.proof.clone import Builder
from drift.proof.dump import Dump
from drift.proof.prove import prove
from drift.proof.sandbox import Sandboxes, as_superuser
from drift.proof.seed import Seed
from drift.scratch import Scratch
from drift.sources.database.connection import parse
from tests.proof.live import read
from tests.servers import Database

PROGRAM = """
CREATE SCHEMA app;
CREATE FUNCTION app.evil() RETURNS int LANGUAGE plpgsql AS $$
BEGIN
  RESET ROLE; RESET SESSION AUTHORIZATION;
  EXECUTE 'COPY (SELECT 1) TO PROGRAM ''touch {file}''';
  RETURN 1;
END $$;
CREATE FUNCTION app.read() RETURNS text LANGUAGE sql AS 'SELECT pg_read_file(''PG_VERSION'')';
CREATE FUNCTION app.trap() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM app.evil(); RETURN new; END $$;
CREATE TABLE app.t (id int PRIMARY KEY, a int DEFAULT app.evil(), b text DEFAULT app.read(),
  CHECK (a < 5 OR app.evil() > 0));
CREATE TRIGGER trap BEFORE INSERT OR UPDATE ON app.t FOR EACH ROW EXECUTE FUNCTION app.trap();
"""


def _dump(database: Database) -> Dump:
    return Dump(parse(database.url).parameters, database.server_version)


def _step(sql: str) -> Step:
    operation = Operation(sql=sql, transactional=not sql.startswith("ALTER SYSTEM"))
    return Step(title="s", operations=(operation,), phase=Phase.COLUMNS)


@pytest.mark.parametrize("sql", [
    "INSERT INTO app.t DEFAULT VALUES",
    "INSERT INTO app.t (id, b) VALUES (1000, app.read())",
    "UPDATE app.t SET a = 3",
    "COPY app.t TO PROGRAM 'touch {file}'",
    "COPY app.t TO '{file}'",
    "SELECT pg_read_file('PG_VERSION')",
    "SELECT lo_export(lo_create(0), '{file}')",
    "CREATE ROLE other SUPERUSER",
    "ALTER ROLE CURRENT_USER SUPERUSER",
    "SET SESSION AUTHORIZATION postgres",
    "ALTER SYSTEM SET work_mem = '1MB'",
    "CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION app.trap()",
    "UPDATE pg_catalog.pg_authid SET rolsuper = true",
])  # fmt: skip
def test_nothing_runs_outside_of_the_database(
    database: Database, scratch: Scratch, temp: Path, sql: str
) -> None:
    file = temp / "made"
    database.execute(PROGRAM.format(file=file))
    live, around = read(database)
    plan = Plan(target="", steps=(_step(sql.format(file=file)),), default_schema="app")
    proof = prove(
        plan, live, around, scratch=scratch, check_again=lambda _: ["x"], dump=_dump(database)
    )
    assert any("it failed: " in problem for problem in proof.problems)
    assert any(
        word in " ".join(proof.problems)
        for word in ("permission denied", "must be superuser", "Only roles with", "superuser")
    )
    assert proof.rows > 0
    assert not file.exists()


def test_triggers_do_not_run_while_rows_are_made(
    database: Database, sandboxes: Sandboxes, temp: Path
) -> None:
    file = temp / "made"
    database.execute(PROGRAM.format(file=file))
    live, around = read(database)
    sandbox = sandboxes.create()
    builder = Builder(sandbox, live, around, _dump(database))
    connection = sandbox.connect()
    builder.build(connection)
    seed = Seed(connection, live, around)
    assert seed.fill() > 0
    builder.finish(connection)
    assert builder.clone.notes == []
    assert builder.clone.source.startswith("pg_dump 1")
    assert not file.exists()


def test_a_schema_that_sleeps_ends(database: Database, scratch: Scratch) -> None:
    """A check that sets the timeout aside and sleeps: the time of the whole proof ends it."""
    database.execute("""
        CREATE SCHEMA app;
        CREATE TABLE app.t (a int CHECK (
          set_config('statement_timeout', '0', false) IS NULL OR pg_sleep(60) IS NULL));
    """)
    live, around = read(database)
    start = time.monotonic()
    proof = prove(
        Plan(target="", steps=(_step("SELECT 1"),)), live, around, scratch=scratch,
        check_again=lambda _: ["x"], seconds=4,
    )  # fmt: skip
    assert "the proof was not finished: it took longer than 4 s" in proof.problems
    assert time.monotonic() - start < 15


def test_the_role_is_gone_afterwards(admin: psycopg.Connection[Any], scratch: Scratch) -> None:
    with Sandboxes(scratch, 60) as sandboxes:
        url = sandboxes.create().url
        with psycopg.connect(url) as connection:
            row = connection.execute(
                "SELECT rolname, rolsuper, rolcreaterole, rolcreatedb, rolvaliduntil > now()"
                " FROM pg_roles WHERE rolname = session_user"
            ).fetchone()
        assert row is not None
        assert row[1:] == (False, False, False, True)
    roles = admin.execute("SELECT FROM pg_roles WHERE rolname = %s", [row[0]])
    assert roles.fetchone() is None


def test_a_role_that_is_no_superuser_is_used_itself(database: Database, dsn: str) -> None:
    """On a server that a user names, and whose states of the catalog cannot be changed."""
    role = database.role("maker", "LOGIN CREATEDB")
    database.execute(
        "CREATE SCHEMA app; CREATE TABLE app.t (id int PRIMARY KEY REFERENCES app.t);"
        "ALTER TABLE app.t DISABLE TRIGGER ALL"
    )
    live, around = read(database)
    with Scratch(database.url_for(role)) as scratch, Sandboxes(scratch, 60) as sandboxes:
        sandbox = sandboxes.create()
        builder = Builder(sandbox, live, around)
        connection = sandbox.connect()
        builder.build(connection)
        builder.finish(connection)
        assert connection.info.user == role
        assert builder.clone.notes == [
            "the disabled triggers of app.t_id_fkey could not be cloned: the role of the scratch"
            " server is not a superuser"
        ]
        assert sandboxes.copy(sandbox).connect().info.user == role


def test_the_owners_search_path_does_not_reach_the_superusers_sessions(
    sandboxes: Sandboxes,
) -> None:
    """An operator of the owner's would run with the superuser's privileges."""
    sandbox = sandboxes.create()
    with sandbox.connect() as connection:
        for statement in (
            "CREATE SCHEMA evil",
            "CREATE TABLE evil.seen (who text)",
            "CREATE FUNCTION evil.other(int, int) RETURNS bool LANGUAGE plpgsql AS $$ BEGIN"
            " INSERT INTO evil.seen VALUES (current_user); RETURN $1 OPERATOR(pg_catalog.<>) $2;"
            " END $$",
            "CREATE OPERATOR evil.<> (LEFTARG = int, RIGHTARG = int, FUNCTION = evil.other)",
            f'ALTER DATABASE "{sandbox.name}" SET search_path = evil, pg_catalog',
        ):
            connection.execute(statement.encode())
    with as_superuser(sandbox.database.url) as session:
        assert session.execute("SHOW search_path").fetchone() == ("pg_catalog,pg_temp",)
    sandboxes._end()  # as the clock does it
    with sandbox.connect() as connection:
        assert connection.execute("SELECT who FROM evil.seen").fetchall() == []
