"""A database that is made by a baseline equals the one that it was made from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from drift import demo
from drift.errors import UsageError
from drift.model import Schema
from drift.revisions.baseline import baseline
from drift.revisions.language import Language
from drift.revisions.plan_revisions import Revision
from drift.revisions.surroundings import Surroundings, read
from drift.revisions.write import write_baseline
from drift.sources.database.connection import Timeouts, connect, parse
from drift.sources.database.reflection import reflect
from drift.sources.database.scope import Scope
from tests.check.two_sides import between
from tests.mutations import CASES
from tests.mutations.case import Case
from tests.revisions.projects import Project
from tests.revisions.running import LANGUAGE, online
from tests.servers import Database, create_all
from tests.sqlalchemy_code.test_round_trip import NEWER, SQL
from tests.versions import DRIVER, SQLALCHEMY

FIRST = {(case.metadata, case.before): case for case in reversed(CASES) if not case.sql}

MORE = r"""
CREATE SCHEMA other;
CREATE EXTENSION citext SCHEMA other;
CREATE TYPE "Mood %s:x" AS ENUM ('a:b', 'it''s %', E'back\\slash');
CREATE DOMAIN other.base AS text CHECK (VALUE <> 'a:b %(x)s');
CREATE DOMAIN over AS other.base NOT NULL DEFAULT 'x';
CREATE TABLE a (id int PRIMARY KEY, b_id int, m "Mood %s:x", o over, c other.citext);
CREATE TABLE b (id int PRIMARY KEY, a_id int REFERENCES a);
ALTER TABLE a ADD CONSTRAINT a_to_b FOREIGN KEY (b_id) REFERENCES b;
CREATE TABLE other.self (id int PRIMARY KEY, up int REFERENCES other.self, n serial);
CREATE TABLE z_parent (id int PRIMARY KEY, CHECK (id > 0));
CREATE TABLE a_child (extra text) INHERITS (z_parent);
CREATE SEQUENCE lonely START 7;
CREATE SEQUENCE owned AS integer;
CREATE TABLE owner (id int DEFAULT nextval('owned'), day date NOT NULL) PARTITION BY RANGE (day);
ALTER SEQUENCE owned OWNED BY owner.id;
CREATE INDEX ON owner (day);
CREATE TABLE owner_2024 PARTITION OF owner FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE owner_rest PARTITION OF owner DEFAULT PARTITION BY LIST (id);
CREATE TABLE owner_one PARTITION OF owner_rest FOR VALUES IN (1);
CREATE TABLE "Odd ""name"" %s :x" (
  "Col %d :y" text DEFAULT 'a:b %(x)s' CHECK ("Col %d :y" <> ':z'));
COMMENT ON TABLE "Odd ""name"" %s :x" IS E'two\nlines :x %s \\';
CREATE VIEW v AS SELECT 1 AS one;
CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';
"""


@pytest.fixture
def other(admin: psycopg.Connection[Any], dsn: str) -> Iterator[Database]:
    made = Database(admin, dsn)
    try:
        yield made
    finally:
        made.drop()


def read_live(url: str) -> tuple[Schema, Surroundings]:
    with connect(parse(url), Timeouts()) as connection:
        live = reflect(connection, Scope(everywhere=True), Timeouts()).schema
        around = read(connection)
        connection.execute("ROLLBACK")
    return live, around


def revision(url: str) -> Revision:
    live, around = read_live(url)
    language = Language(style=LANGUAGE.style, default_schema=live.default_schema, types=live)
    return baseline(live, around, language)


def run(made: Revision, url: str, name: str, driver: str = DRIVER) -> None:
    body = getattr(made, name)
    imports = "\n".join(sorted({each.statement for each in body.imports}))
    function = f"def {name}():\n    {body.text}\n"
    online(f"import sqlalchemy as sa\n{imports}\n{function}{name}()", url, driver)


def verify(database: Database, other: Database) -> Revision:
    made = revision(database.url)
    run(made, other.url, "upgrade")
    assert not between(database.url, other.url)
    assert not between(other.url, database.url)
    assert _partitions(database) == _partitions(other)
    run(made, other.url, "downgrade")
    assert not _left(other)
    return made


def _partitions(database: Database) -> list[tuple[Any, ...]]:
    return database.fetch(
        "SELECT oid::regclass::text, pg_get_expr(relpartbound, oid) FROM pg_class"
        " WHERE relispartition AND relkind IN ('r', 'p') ORDER BY 1"
    )


def _left(database: Database) -> list[tuple[Any, ...]]:
    """Return the relations, enums and domains that are left."""
    return database.fetch(
        "SELECT relname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace"
        " WHERE nspname !~ '^(pg_|information_schema)'"
        " UNION SELECT typname FROM pg_type t JOIN pg_namespace n ON n.oid = typnamespace"
        " WHERE nspname !~ '^(pg_|information_schema)' AND typtype IN ('e', 'd')"
    )


@pytest.mark.parametrize("case", FIRST.values(), ids=lambda case: case.id)
def test_a_baseline_makes_the_same_database(case: Case, database: Any, other: Any) -> None:
    if case.server * 10000 > database.server_version or case.sqlalchemy > SQLALCHEMY:
        pytest.skip("needs another version")
    database.execute(case.before)
    create_all(case.metadata(), database.url)
    verify(database, other)


def test_everything_at_once(database: Any, other: Any) -> None:
    database.execute(SQL)
    if database.server_version >= 150000 and SQLALCHEMY >= (2, 0, 41):
        database.execute(NEWER)
    database.execute(MORE)
    made = verify(database, other)
    assert "# Not part of this revision: the view public.v\n" in made.upgrade.text
    assert "# Not part of this revision: functions (1)\n" in made.upgrade.text


def test_a_baseline_is_the_first_revision_of_a_project(
    tmp_path: Path, database: Any, other: Any
) -> None:
    database.execute((Path(demo.__file__).parent / "production.sql").read_text())
    database.execute("CREATE VIEW v AS SELECT 1 AS x")
    project = Project(tmp_path, "sync", "metadata = None", other.url)
    live, around = read_live(database.url)
    language = Language(style=LANGUAGE.style, types=live)
    environment = project.environment()
    written = write_baseline(live, around, environment, language)
    (file,) = written.files
    assert written.notes == (
        "mark the database, which has all this already: alembic stamp " + file.revision,
        "not in the revision: the view public.v",
    )
    project.alembic("upgrade", "head")
    assert not between(database.url, other.url)
    with pytest.raises(UsageError, match="the project has revisions already"):
        write_baseline(live, around, environment, language)
    project.alembic("downgrade", "base")
    assert {name for (name,) in _left(other)} == {"alembic_version", "alembic_version_pkc"}
    project.alembic("stamp", file.revision)
    assert file.revision in project.alembic("current")
