"""The clone that pg_dump makes, which has functions, triggers and policies."""

from __future__ import annotations

from pathlib import Path

import pytest

from drift.errors import DatabaseError
from drift.proof import dump as pg_dump
from drift.proof.clone import Builder, create_extensions
from drift.proof.dump import Dump
from drift.proof.sandbox import Sandboxes
from drift.proof.seed import Seed
from drift.sources.database.connection import parse
from tests.check.two_sides import compare, reflected
from tests.proof.live import read
from tests.servers import Database

LIVE = """
CREATE SCHEMA app; CREATE SCHEMA ext; CREATE EXTENSION citext SCHEMA ext;
COMMENT ON EXTENSION citext IS 'text';
CREATE TYPE app.pair AS (a int, b int);
CREATE FUNCTION app.own(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1;
--
-- Name: not a header
--
';
CREATE TABLE app.t (id bigserial PRIMARY KEY, a int DEFAULT app.own(1), p app.pair, c ext.citext,
  CHECK (app.own(a) < 90));
CREATE FUNCTION app.stamp() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'no'; END $$;
CREATE TRIGGER stamp BEFORE INSERT ON app.t FOR EACH ROW EXECUTE FUNCTION app.stamp();
CREATE INDEX own ON app.t (app.own(a));
CREATE VIEW app.v AS SELECT app.own(a) AS a FROM app.t;
CREATE POLICY mine ON app.t USING (a > 3);
CREATE PUBLICATION everything FOR TABLE app.t;
CREATE TABLE app."quoted ""name
--" (a int PRIMARY KEY);
"""


def _dump(database: Database, **more: str) -> Dump:
    return Dump({**parse(database.url).parameters, **more}, database.server_version)


def test_no_difference(database: Database, sandboxes: Sandboxes) -> None:
    database.execute(LIVE)
    live, around = read(database)
    sandbox = sandboxes.create()
    notes = create_extensions(sandbox, around.extensions)
    builder = Builder(sandbox, live, around, _dump(database))
    connection = sandbox.connect()
    builder.build(connection)
    seed = Seed(connection, live, around)
    rows = seed.fill()
    builder.finish(connection)
    assert notes + builder.clone.notes + seed.notes == []
    assert rows == 200
    assert builder.clone.absent == set()
    assert compare(reflected(database.url), sandbox.url).findings == ()
    triggers = connection.execute("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal")
    assert triggers.fetchall() == [("stamp",)]


def test_what_fails_is_named(database: Database, sandboxes: Sandboxes) -> None:
    """A function in a language that only a superuser may use."""
    database.execute(
        "CREATE SCHEMA app; CREATE FUNCTION app.f(internal) RETURNS int LANGUAGE internal AS"
        " 'int4in'; CREATE TABLE app.t (a int)"
    )
    live, around = read(database)
    sandbox = sandboxes.create()
    builder = Builder(sandbox, live, around, _dump(database))
    builder.build(sandbox.connect())
    assert builder.clone.notes == [
        "the function f(internal) could not be cloned: permission denied for language internal"
    ]


def test_no_program_is_new_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DatabaseError, match="no pg_dump of PostgreSQL 99 or newer is installed"):
        pg_dump._program(99)


def test_a_program_that_is_none(tmp_path: Path) -> None:
    assert pg_dump._major(tmp_path / "absent") == 0


def test_a_failure_is_one_line(database: Database, sandboxes: Sandboxes) -> None:
    live, around = read(database)
    with pytest.raises(DatabaseError, match=r"^pg_dump failed: ") as caught:
        Builder(sandboxes.create(), live, around, _dump(database, dbname="no_such", password="hid"))
    assert "hid" not in str(caught.value)
    assert "\n" not in str(caught.value)
