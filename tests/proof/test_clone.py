"""The clone of a reflected schema is the live schema: a comparison finds no difference."""

from __future__ import annotations

import psycopg
import pytest

from drift.plan.surroundings import Extension
from drift.proof.clone import Builder, create_extensions
from drift.proof.sandbox import Sandboxes
from tests.check.two_sides import compare, reflected
from tests.proof.live import read
from tests.servers import Database

LIVE = """
CREATE SCHEMA app; CREATE SCHEMA ext; CREATE SCHEMA other;
CREATE EXTENSION hstore SCHEMA ext; CREATE EXTENSION pg_trgm SCHEMA ext;
CREATE EXTENSION btree_gist;
CREATE TYPE app.mood AS ENUM ('sad', 'it''s');
CREATE DOMAIN app.positive AS int DEFAULT 5 NOT NULL CONSTRAINT above CHECK (VALUE > 0);
ALTER DOMAIN app.positive ADD CONSTRAINT below CHECK (VALUE < 1000) NOT VALID;
CREATE DOMAIN app.code AS text COLLATE "C" CHECK (VALUE ~ '^[a-z]*$');
CREATE SEQUENCE app.alone AS smallint INCREMENT 5 MINVALUE 5 MAXVALUE 500 CYCLE;
CREATE SEQUENCE app.shared;
CREATE SEQUENCE other.far;
CREATE TABLE app.users (
  id bigserial PRIMARY KEY, email app.code NOT NULL, m app.mood DEFAULT 'sad', n app.positive,
  h ext.hstore, t text COLLATE "C", b varchar(20) COLLATE "POSIX" DEFAULT 'x',
  s int DEFAULT nextval('app.shared'), f int DEFAULT nextval('other.far'),
  boss bigint CONSTRAINT own REFERENCES app.users ON DELETE SET NULL ON UPDATE CASCADE,
  tags text[] DEFAULT '{}', j jsonb DEFAULT '{"a": [1]}', at timestamptz DEFAULT now(),
  CONSTRAINT mail UNIQUE (email, m) DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT grown CHECK (n > 2 OR t IS NULL)) WITH (fillfactor = 70);
COMMENT ON TABLE app.users IS 'it''s';
COMMENT ON COLUMN app.users.t IS E'a\\nb';
CREATE INDEX tri ON app.users USING gin (t ext.gin_trgm_ops) WITH (fastupdate = off);
CREATE UNIQUE INDEX low ON app.users (lower(b) DESC NULLS LAST, n) INCLUDE (t) WHERE n > 3;
CREATE TABLE app.orders (
  id int GENERATED ALWAYS AS IDENTITY (START 5 INCREMENT 2) PRIMARY KEY,
  uid bigint, g int GENERATED ALWAYS AS (id * 2) STORED, during tstzrange,
  CONSTRAINT apart EXCLUDE USING gist (uid WITH =, during WITH &&) WHERE (uid > 3));
ALTER TABLE app.orders ADD CONSTRAINT fk FOREIGN KEY (uid) REFERENCES app.users NOT VALID;
ALTER TABLE app.orders ADD CONSTRAINT old CHECK (uid > 0) NOT VALID;
CREATE UNLOGGED TABLE app.fast (a int, b int NOT NULL, UNIQUE NULLS NOT DISTINCT (a));
CREATE TABLE app.parent (id int NOT NULL CHECK (id > 0) NO INHERIT, v text DEFAULT 'p');
CREATE TABLE app.child (x int, PRIMARY KEY (x) INCLUDE (v)) INHERITS (app.parent);
CREATE TABLE app.part (id int, k date NOT NULL, v text, PRIMARY KEY (id, k),
  CONSTRAINT long CHECK (v <> 'no'), FOREIGN KEY (id) REFERENCES app.orders)
  PARTITION BY RANGE (k);
CREATE INDEX part_v ON app.part (v);
CREATE TABLE app.part_1 PARTITION OF app.part FOR VALUES FROM ('2021-01-01') TO ('2021-02-01')
  WITH (fillfactor = 80);
CREATE INDEX only_1 ON app.part_1 (id);
CREATE TABLE app.part_2 PARTITION OF app.part FOR VALUES FROM ('2022-01-01') TO ('2022-02-01')
  PARTITION BY LIST (id);
CREATE TABLE app.part_2a PARTITION OF app.part_2 FOR VALUES IN (1, 2);
CREATE TABLE app.part_d PARTITION OF app.part DEFAULT;
CREATE VIEW app.late AS SELECT 1 AS one;
CREATE VIEW app.early AS SELECT one FROM app.late;
CREATE OR REPLACE VIEW app.late AS SELECT id::int AS one FROM app.users;
CREATE MATERIALIZED VIEW app.sums AS SELECT uid, count(*) AS n FROM app.orders GROUP BY uid;
CREATE UNIQUE INDEX ON app.sums (uid);
COMMENT ON VIEW app.early IS 'view';
CREATE TABLE app."we""ird
name" ("a ""b" int PRIMARY KEY, "c'd" text DEFAULT E'\\n''');
ALTER TABLE app.orders DISABLE TRIGGER ALL;
"""
NEWER = """
CREATE TABLE app.new (a int, v int GENERATED ALWAYS AS (a + 1) VIRTUAL,
  CONSTRAINT lax CHECK (a > 0) NOT ENFORCED);
ALTER TABLE app.new ADD CONSTRAINT nn NOT NULL a NOT VALID;
ALTER TABLE app.new ADD CONSTRAINT up FOREIGN KEY (a) REFERENCES app.orders NOT ENFORCED;
"""
SCHEMAS = ("app", "public", "other", "ext")


def _cloned(database: Database, sandboxes: Sandboxes) -> tuple[str, list[str]]:
    live, around = read(database, SCHEMAS)
    sandbox = sandboxes.create()
    notes = create_extensions(sandbox, around.extensions)
    builder = Builder(sandbox, live, around)
    connection = sandbox.connect()
    builder.build(connection)
    builder.finish(connection)
    return sandbox.url, notes + builder.clone.notes


def test_no_difference(database: Database, sandboxes: Sandboxes) -> None:
    database.execute(LIVE)
    if database.server_version >= 180000:
        database.execute(NEWER)
    with psycopg.connect(database.url, autocommit=True) as connection:
        connection.execute("INSERT INTO app.fast VALUES (1, 1), (2, 1)")
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("CREATE UNIQUE INDEX CONCURRENTLY broken ON app.fast (b)")
    url, notes = _cloned(database, sandboxes)
    assert notes == []
    findings = [
        f"{f.object.path} {f.rule} {f.message}"
        for f in compare(reflected(database.url), url).findings
    ]
    assert findings == []


def test_what_cannot_be_cloned_is_named(database: Database, sandboxes: Sandboxes) -> None:
    database.execute("""
        CREATE SCHEMA app; CREATE EXTENSION postgres_fdw;
        CREATE FUNCTION app.own(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1';
        CREATE TYPE app.pair AS (a int, b int);
        CREATE TABLE app.t (a int DEFAULT app.own(1), b int GENERATED ALWAYS AS (app.own(a)) STORED,
          c int CHECK (app.own(c) > 0), d int);
        CREATE INDEX idx ON app.t (app.own(d));
        CREATE TABLE app.gone (p app.pair, PRIMARY KEY (p));
        CREATE VIEW app.v AS SELECT app.own(a) AS a FROM app.t;
        CREATE SERVER s FOREIGN DATA WRAPPER postgres_fdw;
        CREATE FOREIGN TABLE app.far (a int) SERVER s;
    """)
    live, around = read(database)
    sandbox = sandboxes.create()
    notes = create_extensions(
        sandbox, [*around.extensions, Extension(schema="x y", name="no such")]
    )
    builder = Builder(sandbox, live, around)
    connection = sandbox.connect()
    builder.build(connection)
    builder.finish(connection)
    assert builder.clone.absent == {("app", "gone"), ("app", "far"), ("app", "v")}
    assert builder.clone.partial == {("app", "t")}
    assert builder.clone.lacks([("app", "t"), ("app", "far"), ("app", "x")]) == {
        ("app", "t"), ("app", "far"),
    }  # fmt: skip
    assert [note.partition(":")[0] for note in notes] == [
        'the extension "no such" could not be created'
    ]
    subjects = {note.partition(" could")[0].partition(" was")[0] for note in builder.clone.notes}
    assert subjects == {
        "app.far", "the default of app.t.a", "the expression that generates app.t.b",
        "the constraint t_c_check of app.t", "the index app.idx", "the table app.gone",
        "the view app.v",
    }  # fmt: skip


def test_hidden_parts_are_named(database: Database, sandboxes: Sandboxes) -> None:
    """A lock of another session hides the key of a partitioned table, and all views."""
    database.execute(
        "CREATE SCHEMA app; CREATE TABLE app.p (a int) PARTITION BY LIST (a);"
        "CREATE TABLE app.p1 PARTITION OF app.p FOR VALUES IN (1);"
        "CREATE VIEW app.v AS SELECT 1 AS a"
    )
    with psycopg.connect(database.url) as other:
        other.execute("LOCK TABLE app.p, app.p1")
        live, around = read(database)
    sandbox = sandboxes.create()
    builder = Builder(sandbox, live, around)
    builder.build(sandbox.connect())
    assert sorted(builder.clone.notes) == [
        "app.p was not cloned: a lock of another session hides its partition key",
        "app.p1 was not cloned: its bounds as a partition are not known",
        "app.v was not cloned: locks of other sessions hide its query",
    ]
