"""The rows of version tables come with the catalog statement; it never fails, and never waits."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from drift.sources.database.connection import Timeouts, connect, parse
from drift.sources.database.reflection import reflect
from drift.sources.database.scope import Scope
from tests.servers import Database

TIMES = Timeouts(5, 5, 5)
TABLE = "CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY);"
EVIL = """
CREATE FUNCTION evil() RETURNS boolean LANGUAGE plpgsql VOLATILE AS
  $$ BEGIN RAISE EXCEPTION 'the code of a user ran'; END $$;
"""
Rows = list[tuple[str, str, str, tuple[str, ...]]]


def rows(url: str, **scope: Any) -> Rows:
    with connect(parse(url), TIMES) as connection:
        reflection = reflect(connection, Scope(revisions=True, **scope), TIMES)
    return sorted((r.schema, r.name, r.obstacle, r.revisions) for r in reflection.revisions)


def only(obstacle: str = "", *revisions: str, schema: str = "public") -> Rows:
    return [(schema, "alembic_version", obstacle, revisions)]


CASES: dict[str, tuple[str, Rows]] = {
    "none": ("", []),
    "empty": (TABLE, only()),
    "one": (TABLE + "INSERT INTO alembic_version VALUES ('3f2a8c')", only("", "3f2a8c")),
    "two": (TABLE + "INSERT INTO alembic_version VALUES ('b'), ('a')", only("", "a", "b")),
    "as they are": (
        TABLE + r"INSERT INTO alembic_version VALUES ('it''s \ :1A,2'), ('É %s $1'), (' '), "
        "(E'a\\nb')",
        only("", " ", "a\nb", r"it's \ :1A,2", "É %s $1"),
    ),
    "no text": (
        "CREATE TABLE alembic_version (version_num varchar);"
        "INSERT INTO alembic_version VALUES (NULL), (''), ('a')",
        only("", "a"),
    ),
    "a huge row": (
        "CREATE TABLE alembic_version (version_num varchar);"
        "INSERT INTO alembic_version VALUES (repeat('é', 1000000))",
        only("", "é" * 255),
    ),
    "another schema": (
        "CREATE SCHEMA s; CREATE TABLE s.alembic_version (version_num varchar(32));"
        "INSERT INTO s.alembic_version VALUES ('a')",
        only("", "a", schema="s"),
    ),
    "more columns": (
        "CREATE TABLE alembic_version (id int, version_num varchar(32), at timestamptz);"
        "INSERT INTO alembic_version VALUES (1, 'a', now())",
        only("", "a"),
    ),
    "names in quotes": (
        """CREATE SCHEMA "a""b'%s"; CREATE TABLE "a""b'%s"."v""'; DROP" (version_num varchar(32));
        INSERT INTO "a""b'%s"."v""'; DROP" VALUES ('a')""",
        [("a\"b'%s", "v\"'; DROP", "", ("a",))],
    ),
    "children": (
        TABLE + "CREATE TABLE child () INHERITS (alembic_version);"
        "INSERT INTO child VALUES ('b'); INSERT INTO alembic_version VALUES ('a')",
        [("public", "alembic_version", "", ("a",)), ("public", "child", "", ("b",))],
    ),
    "a view": (
        EVIL + "CREATE VIEW alembic_version AS SELECT 'a'::varchar AS version_num WHERE evil()",
        only("kind"),
    ),
    "a materialized view": (
        "CREATE MATERIALIZED VIEW alembic_version AS SELECT 'a'::varchar AS version_num",
        only("kind"),
    ),
    "partitions": (
        "CREATE TABLE alembic_version (version_num varchar) PARTITION BY LIST (version_num)",
        only("kind"),
    ),
    "another type": ("CREATE TABLE alembic_version (version_num text)", only("column")),
    "a domain": (
        EVIL + "CREATE DOMAIN d AS varchar CHECK (evil());"
        "CREATE TABLE alembic_version (version_num d)",
        only("column"),
    ),
    "a generated column": (
        "CREATE TABLE alembic_version (a varchar, "
        "version_num varchar GENERATED ALWAYS AS (a) STORED)",
        only("column"),
    ),
    "row security": (
        EVIL + TABLE + "ALTER TABLE alembic_version ENABLE ROW LEVEL SECURITY;"
        "CREATE POLICY p ON alembic_version USING (evil())",
        only("row-security"),
    ),
    "a table without the column": ("CREATE TABLE alembic_version (id int)", []),
    "a column that was dropped": (TABLE + "ALTER TABLE alembic_version DROP version_num", []),
    "functions of the same names": (
        TABLE + "INSERT INTO alembic_version VALUES ('a');" + EVIL
        + "CREATE FUNCTION ts_stat(text) RETURNS boolean LANGUAGE sql AS 'SELECT evil()';"
        "CREATE FUNCTION array_to_tsvector(varchar[]) RETURNS boolean LANGUAGE sql "
        "AS 'SELECT evil()'; CREATE FUNCTION ne(varchar, varchar) RETURNS boolean LANGUAGE sql "
        "AS 'SELECT evil()'; CREATE OPERATOR <> (LEFTARG = varchar, RIGHTARG = varchar, "
        "FUNCTION = ne)",
        only("", "a"),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("ddl", "expected"), CASES.values(), ids=CASES)
def test_rows_are_read_or_the_reason_is_known(database: Database, ddl: str, expected: Rows) -> None:
    database.execute(ddl)
    assert rows(database.url) == expected


def test_no_more_rows_are_read_than_needed(database: Database) -> None:
    database.execute(TABLE)
    database.execute("INSERT INTO alembic_version SELECT n::text FROM generate_series(1, 100000) n")
    [(*_, revisions)] = rows(database.url)
    assert len(revisions) == 101


def test_nothing_is_read_unless_it_is_asked_for(database: Database) -> None:
    database.execute(TABLE)
    with connect(parse(database.url), TIMES) as connection:
        assert reflect(connection, Scope(), TIMES).revisions == ()


RIGHTS = {
    "no grant": ("", "privilege"),
    "the table": ("GRANT SELECT ON s.alembic_version TO {0}", "privilege"),
    "the schema": ("GRANT USAGE ON SCHEMA s TO {0}", "privilege"),
    "both": ("GRANT USAGE ON SCHEMA s TO {0}; GRANT SELECT ON s.alembic_version TO {0}", ""),
    "the column": (
        "GRANT USAGE ON SCHEMA s TO {0}; GRANT SELECT (version_num) ON s.alembic_version TO {0}",
        "",
    ),
    "another column": (
        "GRANT USAGE ON SCHEMA s TO {0}; GRANT SELECT (id) ON s.alembic_version TO {0}",
        "privilege",
    ),
}


@pytest.mark.parametrize(("grants", "obstacle"), RIGHTS.values(), ids=RIGHTS)
def test_a_role_reads_what_it_may(database: Database, grants: str, obstacle: str) -> None:
    role = database.role("reader")
    database.execute(
        "CREATE SCHEMA s; CREATE TABLE s.alembic_version (id int, version_num varchar(32));"
        "INSERT INTO s.alembic_version VALUES (1, 'a');" + grants.format(role)
    )
    try:
        expected = only(obstacle, *(() if obstacle else ("a",)), schema="s")
        assert rows(database.url_for(role)) == expected
    finally:
        database.execute(f"DROP OWNED BY {role}")


@pytest.mark.parametrize("mode", ["ACCESS EXCLUSIVE", "EXCLUSIVE"])
def test_a_locked_table_is_not_waited_for(database: Database, mode: str) -> None:
    database.execute(TABLE + "INSERT INTO alembic_version VALUES ('a')")
    with psycopg.connect(database.url) as other:
        other.execute(f"LOCK TABLE alembic_version IN {mode} MODE".encode())
        expected = only("", "a") if mode == "EXCLUSIVE" else only("locked")
        assert rows(database.url) == expected


def test_a_temporary_table_of_the_session_is_not_read(database: Database) -> None:
    database.execute(TABLE + "INSERT INTO alembic_version VALUES ('a')")
    with connect(parse(database.url), TIMES) as connection:
        connection.execute(
            "CREATE TEMP TABLE alembic_version (version_num varchar); "
            "INSERT INTO alembic_version VALUES ('b')"
        )
        connection.execute("COMMIT")
        reflection = reflect(connection, Scope(revisions=True), TIMES)
    assert [(r.schema, r.revisions) for r in reflection.revisions] == [("public", ("a",))]


def test_rows_of_tenants_leave_their_groups_as_they_are(database: Database) -> None:
    for number in range(3):
        database.execute(
            f"CREATE SCHEMA t{number}; SET search_path = t{number}; {TABLE}"
            f"INSERT INTO alembic_version VALUES ('{number}')"
        )
    with connect(parse(database.url), TIMES) as connection:
        reflection = reflect(connection, Scope(revisions=True, tenants=("t*",)), TIMES)
    assert [group.schemas for group in reflection.tenants] == [("t0", "t1", "t2")]
    found = sorted((r.schema, r.revisions) for r in reflection.revisions)
    assert found == [("t0", ("0",)), ("t1", ("1",)), ("t2", ("2",))]
