"""A schema that was read from a database, expected on another one.

All mutations are tested between two databases in `tests/mutations`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import psycopg
import pytest

from tests.check.two_sides import between, reflected
from tests.servers import Database
from tests.system.checking import brief

Databases = Callable[[], Database]


@pytest.fixture
def databases(admin: psycopg.Connection[Any], dsn: str) -> Iterator[Databases]:
    made: list[Database] = []

    def create() -> Database:
        made.append(Database(admin, dsn))
        return made[-1]

    yield create
    for database in made:
        database.drop()


class Case(NamedTuple):
    """The SQL of both sides and the findings; those of the sides in exchanged places after them."""

    left: str
    right: str
    findings: tuple[str, ...] = ()
    exchanged: tuple[str, ...] | None = None


TABLE = "CREATE TABLE t (id int PRIMARY KEY, n int);"
CHECK = "ALTER TABLE t ADD CONSTRAINT c CHECK (n > 0)"
CASES = {
    "a constraint is NOT VALID on both sides": Case(
        f"{TABLE} {CHECK} NOT VALID", f"{TABLE} {CHECK} NOT VALID"),
    "a constraint is NOT VALID on one side": Case(
        f"{TABLE} {CHECK}", f"{TABLE} {CHECK} NOT VALID",
        ("warning not-validated-constraint public.t.c",),
        ("info not-validated-constraint public.t.c",)),
    "a disabled foreign key on both sides": Case(
        f"{TABLE} ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (n) REFERENCES t;"
        "ALTER TABLE t DISABLE TRIGGER ALL",
        f"{TABLE} ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (n) REFERENCES t;"
        "ALTER TABLE t DISABLE TRIGGER ALL"),
    "a domain's check is NOT VALID on both sides": Case(
        "CREATE DOMAIN d AS int; ALTER DOMAIN d ADD CONSTRAINT c CHECK (value > 0) NOT VALID",
        "CREATE DOMAIN d AS int; ALTER DOMAIN d ADD CONSTRAINT c CHECK (value > 0) NOT VALID"),
    "storage parameters": Case(
        f"{TABLE} ALTER TABLE t SET (fillfactor = 70)", TABLE,
        ("info table-mismatch public.t",)),
    "the sequence of a SERIAL column is called otherwise": Case(
        "CREATE TABLE t (id serial)", "CREATE TABLE t (id serial);"
        "ALTER SEQUENCE t_id_seq RENAME TO other"),
    "the sequence of a SERIAL column has the same options": Case(
        "CREATE TABLE t (id serial); ALTER SEQUENCE t_id_seq INCREMENT 5",
        "CREATE TABLE t (id serial); ALTER SEQUENCE t_id_seq INCREMENT 5"),
    "the sequence of a SERIAL column has other options": Case(
        "CREATE TABLE t (id serial); ALTER SEQUENCE t_id_seq INCREMENT 5",
        "CREATE TABLE t (id serial)", ("warning sequence-mismatch public.t_id_seq",)),
    "the sequence of a SERIAL column ends elsewhere": Case(
        "CREATE TABLE t (id serial)",
        "CREATE TABLE t (id serial); ALTER SEQUENCE t_id_seq AS bigint",
        ("warning sequence-mismatch public.t_id_seq",)),
    "two columns share a sequence": Case(
        "CREATE TABLE t (id serial, n int DEFAULT nextval('t_id_seq'))",
        "CREATE TABLE t (id serial, n int DEFAULT nextval('t_id_seq'))"),
    "one side shares a sequence": Case(
        "CREATE TABLE t (id serial, n serial)",
        "CREATE TABLE t (id serial, n serial); ALTER TABLE t ALTER n SET DEFAULT "
        "nextval('t_id_seq'); DROP SEQUENCE t_n_seq",
        ("warning column-default-mismatch public.t.n",)),
    "a default calls a sequence by its name": Case(
        "CREATE SEQUENCE s; CREATE TABLE t (n int DEFAULT nextval('s'::text))",
        "CREATE SEQUENCE s; CREATE TABLE t (n int DEFAULT nextval('s'::text))"),
    "a sequence is used on one side only": Case(
        "CREATE SEQUENCE s; CREATE TABLE t (n int DEFAULT nextval('s'))",
        "CREATE SEQUENCE s; CREATE TABLE t (n int)",
        ("warning column-default-mismatch public.t.n",)),
    "SERIAL and an identity": Case(
        "CREATE TABLE t (id serial)", "CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY)",
        ("error column-identity-mismatch public.t.id",)),
    "inherited columns and constraints": Case(
        f"{TABLE} {CHECK}; CREATE TABLE u (m int) INHERITS (t)",
        f"{TABLE} {CHECK}; CREATE TABLE u (m int) INHERITS (t)"),
    "partitions are no difference": Case(
        "CREATE TABLE t (d date) PARTITION BY RANGE (d)",
        "CREATE TABLE t (d date) PARTITION BY RANGE (d);"
        "CREATE TABLE t_1 PARTITION OF t DEFAULT"),
    "the same UNIQUE twice": Case(
        "CREATE TABLE t (n int); ALTER TABLE t ADD CONSTRAINT a UNIQUE (n);"
        "ALTER TABLE t ADD CONSTRAINT b UNIQUE (n)",
        "CREATE TABLE t (n int CONSTRAINT a UNIQUE)", ("info missing-unique public.t.b",)),
    "a table in another schema": Case(
        "CREATE SCHEMA s; CREATE TABLE s.t (n int)", "CREATE SCHEMA s",
        ("error missing-table s.t",), ("warning extra-table s.t",)),
    "views are not compared": Case("CREATE VIEW v AS SELECT 1 AS n", ""),
    "an empty database": Case(TABLE, "", ("error missing-table public.t",)),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_two_databases(case: Case, databases: Databases) -> None:
    left, right = databases(), databases()
    left.execute(case.left)
    right.execute(case.right)
    assert brief(between(left.url, right.url)) == sorted(case.findings)
    if case.exchanged is not None:
        assert brief(between(right.url, left.url)) == sorted(case.exchanged)
    assert not between(left.url, left.url)


DDL = """
CREATE TYPE {0}mood AS ENUM ('a', 'b');
CREATE DOMAIN {0}word AS text CHECK (value <> '');
CREATE SEQUENCE {0}numbers START 5;
CREATE FUNCTION {0}twice(n int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT n * 2';
CREATE TABLE {0}users (
  id serial PRIMARY KEY, m {0}mood DEFAULT 'a', w {0}word, moods {0}mood[],
  n int DEFAULT nextval('{0}numbers'), g int GENERATED ALWAYS AS (n * 2) STORED,
  i int GENERATED BY DEFAULT AS IDENTITY (START 7),
  CHECK (m <> 'b'), CHECK ({0}twice(n) > 0));
CREATE TABLE {0}posts (
  id bigserial PRIMARY KEY, "user" int REFERENCES {0}users ON DELETE CASCADE, title varchar(20),
  at timestamptz DEFAULT now(), CHECK (title IN ('x', 'y') AND char_length(title) BETWEEN 1 AND 9));
CREATE INDEX posts_title ON {0}posts (lower(title)) WHERE title <> 'x'::varchar;
COMMENT ON TABLE {0}users IS 'of {0}users';
"""


def test_the_default_schema_may_have_another_name(databases: Databases) -> None:
    left, right = databases(), databases()
    left.execute(DDL.format("").replace("'of users'", "'same'"))
    right.admin("ALTER DATABASE {} SET search_path = app", right.name)
    right.execute("CREATE SCHEMA app;")
    right.execute(DDL.format("").replace("'of users'", "'same'"))
    assert reflected(right.url).schemas == (None,)
    assert not between(left.url, right.url)
    assert not between(right.url, left.url)


def test_the_same_ddl_on_another_version(databases: Databases, second_server: str) -> None:
    left = databases()
    left.execute(DDL.format(""))
    with psycopg.connect(second_server, autocommit=True) as other:
        other.execute(DDL.format("").encode())
    assert not between(left.url, second_server)
    assert not between(second_server, left.url)


def test_a_locked_table_hides_no_difference_and_makes_none(databases: Databases) -> None:
    left, right = databases(), databases()
    for database in (left, right):
        database.execute(
            "CREATE TABLE t (n int, g int GENERATED ALWAYS AS (n + 1) STORED);"
            "CREATE INDEX i ON t ((n + 1)) WHERE n > 0;"
            "CREATE TABLE p (n int) PARTITION BY HASH (n)"
        )
    with psycopg.connect(left.url) as session:
        session.execute("LOCK TABLE t, p IN ACCESS EXCLUSIVE MODE")
        assert not between(left.url, right.url)
        assert not between(right.url, left.url)
