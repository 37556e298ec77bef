"""What a plan knows of a database beyond the compared objects."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from drift.plan.surroundings import (
    Dependent,
    DomainCheck,
    Extension,
    Partition,
    Relation,
    Surroundings,
    TypeUse,
    View,
)
from drift.sources.database import surroundings
from drift.sources.database.connection import Timeouts, connect, parse
from tests.servers import Database

SQL = """
CREATE SCHEMA app; CREATE SCHEMA other; CREATE SCHEMA ext;
CREATE EXTENSION hstore SCHEMA ext;
CREATE TYPE app.mood AS ENUM ('a');
CREATE DOMAIN app.positive AS int CONSTRAINT above CHECK (VALUE > 0);
ALTER DOMAIN app.positive ADD CONSTRAINT below CHECK (VALUE < 9) NOT VALID;
CREATE TABLE app.t (id int PRIMARY KEY, a int, b int, c int, d int, e int, f int, m app.mood,
  g int GENERATED ALWAYS AS (a * 2) STORED);
CREATE TABLE other.u (ms app.mood[], p app.positive);
CREATE TABLE app.p (k int, "odd ""name" int) PARTITION BY LIST (k);
CREATE TABLE app.p1 PARTITION OF app.p FOR VALUES IN (1);
CREATE TABLE other.p2 PARTITION OF app.p FOR VALUES IN (2) PARTITION BY LIST (k);
CREATE TABLE other.p2a PARTITION OF other.p2 FOR VALUES IN (2);
CREATE VIEW other.v AS SELECT a FROM app.t;
CREATE VIEW other.whole AS SELECT count(*) AS n FROM app.t;
CREATE MATERIALIZED VIEW app.mv AS SELECT "odd ""name" FROM app.p;
CREATE RULE r AS ON UPDATE TO app.t WHERE new.b > 3 DO NOTHING;
CREATE FUNCTION app.f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
CREATE TRIGGER "of" BEFORE UPDATE OF c ON app.t FOR EACH ROW EXECUTE FUNCTION app.f();
CREATE TRIGGER plain BEFORE INSERT ON app.t FOR EACH ROW EXECUTE FUNCTION app.f();
CREATE POLICY mine ON app.t USING (d > 3);
CREATE PUBLICATION pub FOR TABLE app.t (id, e);
CREATE PUBLICATION everything FOR TABLE app.t;
CREATE FUNCTION app.body() RETURNS bigint LANGUAGE sql
  BEGIN ATOMIC SELECT sum(f) FROM app.t; END;
CREATE TABLE app.big AS SELECT n AS id, repeat('x', 100) AS v FROM generate_series(1, 1000) n;
"""


def _read(database: Database, url: str = "", schemas: tuple[str, ...] = ("app",)) -> Surroundings:
    timeouts = Timeouts()
    with connect(parse(url or database.url), timeouts) as connection:
        return surroundings.read(connection, schemas, timeouts)


def test_everything(database: Database) -> None:
    if database.server_version < 150000:
        pytest.skip("publications of columns need PostgreSQL 15")
    database.execute(SQL)
    with psycopg.connect(database.url, autocommit=True) as connection:
        connection.execute("INSERT INTO app.p SELECT 1 + n % 2, n FROM generate_series(1, 10) n")
        connection.execute("VACUUM ANALYZE")
    around = _read(database)
    relations = around.by_name()
    assert relations["app", "big"].rows == 1000
    assert relations["app", "big"].bytes >= 128 * 1024
    assert relations["app", "p"] == Relation(
        schema="app", name="p", bytes=16384, rows=10, nested=True,
        partitions=(("app", "p1"), ("other", "p2a")),
    )  # fmt: skip
    assert relations["app", "p1"] == Relation(schema="app", name="p1", bytes=8192, rows=5)
    assert ("other", "u") not in relations
    assert around.dependents == tuple(
        Dependent(schema="app", table=table, column=column, kind=kind, name=name)
        for table, column, kind, name in (
            ("p", 'odd "name', "materialized view", "app.mv"),
            ("t", "", "view", "other.whole"),
            ("t", "a", "view", "other.v"),
            ("t", "b", "rule", "app.t.r"),
            ("t", "c", "trigger", "app.t.of"),
            ("t", "d", "policy", "app.t.mine"),
            ("t", "e", "publication", "pub"),
            ("t", "f", "function", "app.body"),
            ("t", "id", "publication", "pub"),
        )
    )
    assert around.type_uses == (
        TypeUse(type_schema="app", type_name="mood", schema="app", table="t", column="m"),
        TypeUse(type_schema="app", type_name="mood", schema="other", table="u", column="ms",
                array=True),
        TypeUse(type_schema="app", type_name="positive", schema="other", table="u", column="p"),
    )  # fmt: skip
    assert around.domain_checks == (
        DomainCheck(schema="app", domain="positive", name="above", expression="(VALUE > 0)"),
        DomainCheck(schema="app", domain="positive", name="below", expression="(VALUE < 9)",
                    validated=False),
    )  # fmt: skip
    assert around.partitions == (
        Partition(schema="app", name="p1", parent_schema="app", parent="p",
                  bound="FOR VALUES IN (1)"),
    )  # fmt: skip
    view = around.views[0]
    assert view == View(schema="app", name="mv", materialized=True, query=view.query)
    assert '"odd ""name"' in str(view.query)
    assert around.extensions == (Extension(schema="ext", name="hstore"),)


def test_sizes_that_nobody_counted(database: Database) -> None:
    database.execute("CREATE SCHEMA app; CREATE TABLE app.t (a int)")
    assert _read(database).relations == (Relation(schema="app", name="t"),)


def test_a_role_that_may_only_connect(database: Database) -> None:
    database.execute(SQL if database.server_version >= 150000 else "CREATE SCHEMA app")
    role = database.role("reader")
    assert _read(database, database.url_for(role)) == _read(database)


def test_locks_of_others_are_not_waited_for(database: Database, admin: Any) -> None:
    database.execute("CREATE SCHEMA app; CREATE TABLE app.p (k int) PARTITION BY LIST (k);"
                     "CREATE TABLE app.p1 PARTITION OF app.p FOR VALUES IN (1);"
                     "CREATE VIEW app.v AS SELECT 1 AS one")  # fmt: skip
    with psycopg.connect(database.url) as other:
        other.execute("LOCK TABLE app.p, app.p1")
        around = _read(database)
    assert [part.bound for part in around.partitions] == [None]
    assert [view.query for view in around.views] == [None]


def test_no_lock_on_tables_and_no_transaction_is_left(database: Database) -> None:
    database.execute("CREATE SCHEMA app; CREATE TABLE app.t (a int)")
    timeouts = Timeouts()
    with connect(parse(database.url), timeouts) as connection:
        surroundings.read(connection, ("app",), timeouts)
        assert connection.info.transaction_status.name == "IDLE"


def test_a_name_that_is_no_utf_8(database: Database, admin: Any) -> None:
    admin.execute(f"DROP DATABASE {database.name}")
    admin.execute(f"CREATE DATABASE {database.name} TEMPLATE template0 ENCODING SQL_ASCII")
    with psycopg.connect(database.url, client_encoding="SQL_ASCII") as connection:
        connection.execute(b'CREATE SCHEMA app; CREATE TABLE app."caf\xe9" (a int)')
    assert [relation.name for relation in _read(database).relations] == ["caf\ufffd"]
