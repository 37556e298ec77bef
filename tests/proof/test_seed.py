"""Synthetic rows: every type, and the constraints that they have to satisfy."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from drift.proof.clone import Builder, create_extensions
from drift.proof.sandbox import Sandboxes
from drift.proof.seed import Seed
from tests.proof.live import read
from tests.servers import Database

TYPES = (
    "smallint", "integer", "bigint", "numeric", "numeric(5,2)", "numeric(2,2)", "numeric(3,0)",
    "real", "double precision", "money", "boolean", "text", "varchar", "varchar(1)", "varchar(2)",
    "varchar(5)", "varchar(40)", "char", "char(3)", "char(12)", "name", '"char"', "bytea", "date",
    "timestamp", "timestamp(3)", "timestamptz", "time", "time(2)", "timetz", "interval",
    "interval day to second", "uuid", "json", "jsonb", "inet", "cidr", "macaddr", "macaddr8",
    "bit", "bit(3)", "bit(70)", "varbit(9)", "bit varying", "point", "line", "lseg", "box", "path",
    "polygon", "circle", "tsvector", "tsquery", "jsonpath", "oid", "xid8", "pg_lsn",
    "pg_snapshot", "regclass", "regtype", "regrole", "int4range", "int8range", "numrange",
    "daterange", "tsrange", "tstzrange", "int4multirange", "tstzmultirange", "integer[]", "text[]",
    "varchar(3)[]", "timestamptz[]", "app.mood", "app.mood[]", "app.positive", "app.positive[]",
    "app.code", "app.pair", "app.fruit", "app.citext", "app.hstore", "app.ltree", "app.cube",
)  # fmt: skip
TYPES_SQL = """
CREATE SCHEMA app;
CREATE EXTENSION citext SCHEMA app; CREATE EXTENSION hstore SCHEMA app;
CREATE EXTENSION ltree SCHEMA app; CREATE EXTENSION cube SCHEMA app;
CREATE TYPE app.mood AS ENUM ('sad', 'it''s', 'ok');
CREATE TYPE app.fruit AS ENUM ('only');
CREATE DOMAIN app.positive AS integer CHECK (VALUE > 10) CHECK (VALUE < 5000);
CREATE DOMAIN app.code AS varchar(8) NOT NULL CHECK (VALUE ~ '^[A-Z]{2,3}$');
CREATE DOMAIN app.pair AS app.positive CHECK (VALUE % 2 = 0);
"""


class Case(NamedTuple):
    """DDL in the schema `app`, and the rows that each table has at least."""

    name: str
    sql: str
    least: dict[str, int]


CASES = [
    Case("names with quotes and newlines",
         'CREATE TABLE app."a ""b""\nc" ("x \'y\'" int PRIMARY KEY, "d\n$drift$" text NOT NULL'
         ' CHECK ("d\n$drift$" <> \'\'\'\'));', {'a "b"\nc': 100}),
    Case("parents first", "CREATE TABLE app.z (id int PRIMARY KEY);"
         "CREATE TABLE app.a (id int PRIMARY KEY, z int NOT NULL REFERENCES app.z);",
         {"a": 100, "z": 100}),
    Case("a table of pairs", "CREATE TABLE app.z (id int PRIMARY KEY);"
         "CREATE TABLE app.y (id uuid PRIMARY KEY);"
         "CREATE TABLE app.a (z int REFERENCES app.z, y uuid REFERENCES app.y,"
         " PRIMARY KEY (z, y));",
         {"a": 100}),
    Case("a reference to itself", "CREATE TABLE app.t (id int PRIMARY KEY, up int REFERENCES app.t,"
         " top int NOT NULL REFERENCES app.t);", {"t": 100}),
    Case("a cycle", "CREATE TABLE app.a (id int PRIMARY KEY, b int NOT NULL);"
         "CREATE TABLE app.b (id int PRIMARY KEY, a int NOT NULL REFERENCES app.a);"
         "ALTER TABLE app.a ADD FOREIGN KEY (b) REFERENCES app.b DEFERRABLE;", {"a": 50, "b": 50}),
    Case("keys that share a column", "CREATE TABLE app.tenant (id int PRIMARY KEY);"
         "CREATE TABLE app.u (t int REFERENCES app.tenant, id int, PRIMARY KEY (t, id));"
         "CREATE TABLE app.g (t int REFERENCES app.tenant, id int, PRIMARY KEY (t, id));"
         "CREATE TABLE app.m (id int PRIMARY KEY, t int NOT NULL REFERENCES app.tenant,"
         " u int, g int, FOREIGN KEY (t, u) REFERENCES app.u,"
         " FOREIGN KEY (t, g) REFERENCES app.g);",
         {"m": 100}),
    Case("MATCH FULL", "CREATE TABLE app.p (a int, b int, PRIMARY KEY (a, b));"
         "CREATE TABLE app.c (id int PRIMARY KEY, a int, b int,"
         " FOREIGN KEY (a, b) REFERENCES app.p MATCH FULL);", {"c": 80}),
    Case("labels in a check", "CREATE TABLE app.t (id int PRIMARY KEY, s text NOT NULL"
         " CHECK (s IN ('new', 'it''s', 'done')), n int CHECK (n = ANY (ARRAY[7, 9])));",
         {"t": 100}),
    Case("ranges of numbers", "CREATE TABLE app.t (a int CHECK (a BETWEEN 1000 AND 1010),"
         " b numeric(4,3) NOT NULL CHECK (b > 0.25 AND b < 0.75), c int CHECK (c < -5),"
         " d double precision CHECK (d >= 1e6));", {"t": 90}),
    Case("checks over several columns", "CREATE TABLE app.t (a date NOT NULL, b date NOT NULL,"
         " lo int NOT NULL, hi int NOT NULL, CHECK (a < b), CHECK (lo < hi), CHECK (hi <= 12),"
         " state text NOT NULL, at timestamptz,"
         " CHECK ((state = 'done') = (at IS NOT NULL)), CHECK (state IN ('open', 'done')));",
         {"t": 100}),
    Case("lengths and patterns", "CREATE TABLE app.t (a text NOT NULL CHECK (length(a) = 36),"
         " b varchar(10) CHECK (b ~ '^[a-z]+$'), c text CHECK (c LIKE '%@%.%'), d char(2)"
         " CHECK (d = upper(d)), e text CHECK (char_length(e) >= 3 AND char_length(e) <= 5),"
         " u text NOT NULL UNIQUE CHECK (u ~ '^[^@]+@[^@]+$'));", {"t": 90}),
    Case("exactly one of two", "CREATE TABLE app.t (a int, b int,"
         " CHECK (num_nonnulls(a, b) = 1));", {"t": 100}),
    Case("unique values of few", "CREATE TABLE app.t (b boolean UNIQUE NOT NULL, c text);",
         {"t": 2}),
    Case("deferrable unique", "CREATE TABLE app.t (b boolean NOT NULL,"
         " UNIQUE (b) DEFERRABLE);", {"t": 2}),
    Case("partial and expression indexes", "CREATE TABLE app.t (a int, b text);"
         "CREATE UNIQUE INDEX ON app.t (lower(b)) WHERE a > 3;", {"t": 100}),
    Case("nulls not distinct",
         "CREATE TABLE app.t (a int, b int, UNIQUE NULLS NOT DISTINCT (a));", {"t": 80}),
    Case("exclusion", "CREATE TABLE app.t (r tstzrange NOT NULL, EXCLUDE USING gist (r WITH &&));",
         {"t": 100}),
    Case("generated and identity", "CREATE TABLE app.t (id int GENERATED ALWAYS AS IDENTITY"
         " PRIMARY KEY, a int, b int GENERATED ALWAYS AS (a * 2) STORED);", {"t": 100}),
    Case("a check that fails for some values", "CREATE TABLE app.t (a int NOT NULL, b int NOT NULL,"
         " CHECK (100 / a > b - 90));", {"t": 10}),
    Case("a check over a generated column", "CREATE TABLE app.t (a int,"
         " b int GENERATED ALWAYS AS (a * 2) STORED CHECK (b < 100));", {"t": 30}),
    Case("partitions", "CREATE TABLE app.t (id int, k date NOT NULL, c text)"
         " PARTITION BY RANGE (k);"
         "CREATE TABLE app.t1 PARTITION OF app.t FOR VALUES FROM ('2021-01-01') TO ('2021-02-01');"
         "CREATE TABLE app.t2 PARTITION OF app.t FOR VALUES FROM ('2024-05-01') TO ('2024-06-01')"
         " PARTITION BY LIST (c);"
         "CREATE TABLE app.t2a PARTITION OF app.t2 FOR VALUES IN ('a', 'b');", {"t": 50}),
    Case("hash partitions", "CREATE TABLE app.t (id int PRIMARY KEY) PARTITION BY HASH (id);"
         "CREATE TABLE app.t0 PARTITION OF app.t FOR VALUES WITH (MODULUS 2, REMAINDER 0);"
         "CREATE TABLE app.t1 PARTITION OF app.t FOR VALUES WITH (MODULUS 2, REMAINDER 1);",
         {"t": 100, "t0": 20, "t1": 20}),
    Case("a default partition", "CREATE TABLE app.t (id int) PARTITION BY LIST (id);"
         "CREATE TABLE app.t0 PARTITION OF app.t DEFAULT;", {"t": 80}),
    Case("inheritance", "CREATE TABLE app.p (id int NOT NULL); CREATE TABLE app.c (x int)"
         " INHERITS (app.p);", {"c": 100, "p": 200}),
]  # fmt: skip


def _seeded(database: Database, sandboxes: Sandboxes) -> tuple[Seed, dict[str, int], list[str]]:
    """Clone and fill; return the seed, the rows per table, and the notes of both."""
    live, around = read(database)
    sandbox = sandboxes.create()
    notes = create_extensions(sandbox, around.extensions)
    connection = sandbox.connect()
    builder = Builder(sandbox, live, around)
    builder.build(connection)
    seed = Seed(connection, live, around)
    seed.fill(builder.clone.absent)
    builder.finish(connection)
    rows = {}
    for table in live.objects["table"]:
        name = f'"app"."{str(table.name).replace(chr(34), chr(34) * 2)}"'
        row = connection.execute(f"SELECT count(*) FROM {name}".encode()).fetchone()
        rows[str(table.name)] = int(row[0]) if row else 0
    return seed, rows, notes + builder.clone.notes + seed.notes


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_rows_satisfy_constraints(database: Database, sandboxes: Sandboxes, case: Case) -> None:
    database.execute(f"CREATE SCHEMA app; {case.sql}")
    _, rows, notes = _seeded(database, sandboxes)
    assert notes == []
    assert {name: rows[name] for name, least in case.least.items() if rows[name] < least} == {}


def test_every_type_has_values(database: Database, sandboxes: Sandboxes) -> None:
    """Each type alone, so that one that fails does not hide the others."""
    database.execute(TYPES_SQL)
    database.execute("".join(
        f"CREATE TABLE app.t{number} (c {type_}, d {type_}); "
        f"COMMENT ON TABLE app.t{number} IS '{type_.replace(chr(39), '')}';"
        for number, type_ in enumerate(TYPES)
    ))  # fmt: skip
    _, rows, notes = _seeded(database, sandboxes)
    assert notes == []
    assert {TYPES[int(n[1:])]: count for n, count in rows.items() if count < 100} == {}


def test_distinct_values_are_distinct(database: Database, sandboxes: Sandboxes) -> None:
    """A unique column has a hundred values if its type has as many."""
    few = {"boolean", "varchar(1)", "char", '"char"', "bit", "bit(3)", "xid", "regclass",
           "regtype", "regrole", "jsonpath", "app.mood", "app.mood[]", "app.fruit", "json",
           "numeric(2,2)", "point", "line", "lseg", "box", "path", "polygon", "circle", "xid8",
           "app.citext", "app.code", "pg_snapshot", "app.positive[]"}  # fmt: skip
    many = [t for t in TYPES if t not in few]
    database.execute(TYPES_SQL)
    database.execute("".join(
        f"CREATE TABLE app.t{number} (c {type_} UNIQUE NOT NULL);"
        for number, type_ in enumerate(many)
    ))  # fmt: skip
    _, rows, notes = _seeded(database, sandboxes)
    assert notes == []
    assert {many[int(n[1:])]: count for n, count in rows.items() if count < 60} == {}


def test_a_table_without_rows_is_named(database: Database, sandboxes: Sandboxes) -> None:
    database.execute(
        "CREATE SCHEMA app; CREATE TABLE app.t (a int NOT NULL CHECK (a > 3 AND a < 2));"
        "CREATE TABLE app.p (a int) PARTITION BY LIST (a);"
    )
    _, rows, notes = _seeded(database, sandboxes)
    assert rows == {"t": 0, "p": 0}
    assert sorted(note.partition(":")[0] for note in notes) == [
        "app.t has no synthetic rows",
    ]  # fmt: skip


def test_rows_are_the_same_every_time(database: Database, sandboxes: Sandboxes) -> None:
    database.execute(
        "CREATE SCHEMA app; CREATE TABLE app.t (a text CHECK (length(a) > 3), b int CHECK (b > 5),"
        " CHECK (length(a) < b))"
    )
    seen = []
    for _ in range(2):
        seed, _, _ = _seeded(database, sandboxes)
        rows = seed._connection.execute("SELECT * FROM app.t ORDER BY ctid").fetchall()
        seen.append(rows)
    assert seen[0] == seen[1]
    assert any(a is None for a, _ in seen[0])
