"""Cases of several differences at once: the same objects on both sides, then each side's own."""

from __future__ import annotations

from typing import NamedTuple


class Combined(NamedTuple):
    """SQL: `both` sides first, then what is `live`, and what is `wanted` instead."""

    name: str
    both: str
    live: str
    wanted: str
    rows: str = ""
    answers: tuple[tuple[str, str], ...] = ()
    refused: tuple[str, ...] = ()


_LONG = "n" * 62
_UUIDS = "INSERT INTO t (id, a) SELECT n, gen_random_uuid() FROM generate_series(1, 9) n;"
CASES = (
    Combined(
        "a column with a new type, default, NOT NULL, comment, index and foreign key",
        "CREATE TABLE p (id bigint PRIMARY KEY); CREATE TABLE t (id int PRIMARY KEY);",
        "ALTER TABLE t ADD c varchar(20) DEFAULT '1'; CREATE INDEX t_c ON t (c);",
        "ALTER TABLE t ADD c bigint NOT NULL DEFAULT 2 REFERENCES p; CREATE INDEX t_c2 ON t (c);"
        "COMMENT ON COLUMN t.c IS 'new'",
        "INSERT INTO p SELECT generate_series(1, 9); INSERT INTO t SELECT n, n FROM p x (n);",
    ),
    Combined(
        "missing tables that refer to each other",
        "CREATE TABLE t (id int PRIMARY KEY);",
        "",
        "CREATE TABLE a (id int PRIMARY KEY, b int); CREATE TABLE b (id int PRIMARY KEY, a int"
        " REFERENCES a); ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES b;",
    ),
    Combined(
        "the key of a table that refers to itself",
        "",
        "CREATE TABLE t (id varchar(40) PRIMARY KEY, a varchar(40) REFERENCES t);",
        "CREATE TABLE t (id uuid PRIMARY KEY, a uuid REFERENCES t);",
        "INSERT INTO t SELECT gen_random_uuid() FROM generate_series(1, 9);"
        "UPDATE t SET a = (SELECT min(id) FROM t);",
    ),
    Combined(
        "only the referenced end of a foreign key",
        "",
        "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE t (id int, p int REFERENCES p);",
        "CREATE TABLE p (id bigint PRIMARY KEY); CREATE TABLE t (id int, p int REFERENCES p);",
        "INSERT INTO p VALUES (1); INSERT INTO t VALUES (1, 1);",
    ),
    Combined(
        "an enum without a label, with checks, indexes, foreign keys and new columns of it",
        "CREATE TABLE u (id int PRIMARY KEY);",
        "CREATE TYPE e AS ENUM ('a', 'b', 'c'); CREATE TABLE t (x e DEFAULT 'c' PRIMARY KEY, y e[]"
        " DEFAULT '{c}', z e REFERENCES t, CONSTRAINT k CHECK (z <> 'a'));"
        "CREATE INDEX i ON t (y) WHERE z = 'b';",
        "CREATE TYPE e AS ENUM ('n', 'b', 'a'); CREATE TABLE t (x e DEFAULT 'a' PRIMARY KEY, y e[]"
        " DEFAULT '{a}', z e REFERENCES t, CONSTRAINT k CHECK (z <> 'a'));"
        "CREATE INDEX i ON t (y) WHERE z = 'b'; ALTER TABLE u ADD e e DEFAULT 'n';"
        "CREATE TABLE w (e e DEFAULT 'n');",
        "INSERT INTO t VALUES ('c', '{a,c}'), ('b', '{b}');",
        (("public.e.c", "a"),),
    ),
    Combined(
        "a generated column whose source changes its type",
        "",
        "CREATE TABLE t (id int, a varchar(9), g text NOT NULL GENERATED ALWAYS AS (a || 'x')"
        " STORED, CONSTRAINT k CHECK (g <> '')); CREATE INDEX i ON t (g);"
        "COMMENT ON COLUMN t.g IS 'made';",
        "CREATE TABLE t (id int, a int, g text NOT NULL GENERATED ALWAYS AS (a::text || 'x')"
        " STORED, CONSTRAINT k CHECK (g <> '')); CREATE INDEX i ON t (g);"
        "COMMENT ON COLUMN t.g IS 'made';",
        "INSERT INTO t (id, a) SELECT n, n FROM generate_series(1, 9) n;",
    ),
    Combined(
        "a generated column with another expression",
        "",
        "CREATE TABLE t (id int, g int GENERATED ALWAYS AS (id + 1) STORED); CREATE INDEX i ON"
        " t (g);",
        "CREATE TABLE t (id int, g int GENERATED ALWAYS AS (id + 2) STORED); CREATE INDEX i ON"
        " t (g);",
        "INSERT INTO t SELECT generate_series(1, 9);",
    ),
    Combined(
        "checks, indexes and an exclusion over a column of another type",
        "",
        "CREATE TABLE t (id int, a text, CONSTRAINT k CHECK (a <> ''), CONSTRAINT x EXCLUDE USING"
        " btree (id WITH =) WHERE (a <> 'x')); CREATE INDEX i ON t (id) WHERE a <> '';"
        "CREATE INDEX j ON t (lower(a));",
        "CREATE TABLE t (id int, a int, CONSTRAINT k CHECK (a <> 0), CONSTRAINT x EXCLUDE USING"
        " btree (id WITH =) WHERE (a <> 5)); CREATE INDEX i ON t (id) WHERE a <> 0;"
        "CREATE INDEX j ON t ((a + 1));",
        "INSERT INTO t SELECT n, n FROM generate_series(1, 9) n;",
    ),
    Combined(
        "long names that begin with the same bytes",
        "",
        f"CREATE TABLE t{_LONG} (id int PRIMARY KEY, {_LONG}a varchar(40), {_LONG}b varchar(40));"
        f"CREATE INDEX i{_LONG} ON t{_LONG} ({_LONG}a);",
        f"CREATE TABLE t{_LONG} (id int PRIMARY KEY, {_LONG}a uuid NOT NULL, {_LONG}b uuid"
        f" NOT NULL); CREATE INDEX i{_LONG} ON t{_LONG} ({_LONG}a, id);",
        f"INSERT INTO t{_LONG} SELECT 1, gen_random_uuid(), gen_random_uuid();",
    ),
    Combined(
        "a check with the name that NOT NULL would get",
        "",
        "CREATE TABLE t (id int, a int, CONSTRAINT t_a_not_null CHECK (a > 0));",
        "CREATE TABLE t (id int, a int CONSTRAINT n NOT NULL, CONSTRAINT t_a_not_null"
        " CHECK (a > 0));",
        "INSERT INTO t VALUES (1, 1);",
    ),
    Combined(
        "a new identity, and another that starts after the rows",
        "",
        "CREATE TABLE t (id int); CREATE TABLE u (a int);",
        "CREATE TABLE t (id int PRIMARY KEY GENERATED ALWAYS AS IDENTITY (MINVALUE 50 START 50));"
        "CREATE TABLE u (a int, id bigint PRIMARY KEY GENERATED BY DEFAULT AS IDENTITY);",
        "INSERT INTO t SELECT generate_series(1, 9); INSERT INTO u SELECT generate_series(1, 9);",
    ),
    Combined(
        "defaults that take numbers of sequences of others",
        "CREATE SEQUENCE q START 70; CREATE TABLE u (id int DEFAULT nextval('q'));"
        "CREATE TABLE o (id int); CREATE SEQUENCE s OWNED BY o.id;",
        "CREATE TABLE t (id int DEFAULT nextval('q'), a int);",
        "CREATE TABLE t (id int DEFAULT 1, a int DEFAULT nextval('s'));",
    ),
    Combined(
        "a domain with another type and collation",
        "",
        "CREATE DOMAIN d AS varchar(9) CHECK (VALUE <> ''); CREATE DOMAIN c AS text;"
        "CREATE TABLE t (id d DEFAULT 'x' NOT NULL, c c); CREATE INDEX i ON t (id);",
        "CREATE DOMAIN d AS varchar(20) CHECK (VALUE <> ''); CREATE DOMAIN c AS text COLLATE"
        " \"C\"; CREATE TABLE t (id d DEFAULT 'x' NOT NULL, c c, n d); CREATE INDEX i ON t (id);",
        "INSERT INTO t VALUES ('a', 'b');",
    ),
    Combined(
        "no primary key, and its column nullable",
        "",
        "CREATE TABLE t (id int PRIMARY KEY, a int);",
        "CREATE TABLE t (id int, a int);",
        "INSERT INTO t VALUES (1, 1);",
    ),
    Combined(
        "names of a plan that other columns have",
        "CREATE TABLE u (id int);",
        "CREATE TABLE t (id int PRIMARY KEY, a varchar(40), a_drift_new uuid);",
        "CREATE TABLE t (id int PRIMARY KEY, a uuid, a_drift_new uuid);",
        _UUIDS,
        refused=("large",),
    ),
    Combined(
        "the index that is the replica identity",
        "",
        "CREATE TABLE t (id int, a varchar(40) NOT NULL); CREATE UNIQUE INDEX i ON t (a);"
        "ALTER TABLE t REPLICA IDENTITY USING INDEX i;",
        "CREATE TABLE t (id int, a uuid NOT NULL); CREATE UNIQUE INDEX i ON t (a);",
        _UUIDS,
    ),
)
