"""Tables without a primary key."""

from __future__ import annotations

from typing import Any

from tests.kinds.advice.advising import Case, parameters, verify

TABLE = ("public.t",)
CASES = [
    Case("no key", "CREATE TABLE t (a int)", TABLE),
    Case("unique, but NULLs are allowed", "CREATE TABLE t (a int UNIQUE)", TABLE),
    Case("a partial unique index",
         "CREATE TABLE t (a int NOT NULL); CREATE UNIQUE INDEX ON t (a) WHERE a > 0", TABLE),
    Case("a unique expression",
         "CREATE TABLE t (a int NOT NULL); CREATE UNIQUE INDEX ON t ((a + 1))", TABLE),
    Case("an index", "CREATE TABLE t (a int NOT NULL); CREATE INDEX ON t (a)", TABLE),
    Case("a primary key", "CREATE TABLE t (a int PRIMARY KEY)"),
    Case("a primary key over two columns", "CREATE TABLE t (a int, b int, PRIMARY KEY (a, b))"),
    Case("a unique constraint over a NOT NULL column", "CREATE TABLE t (a int NOT NULL UNIQUE)"),
    Case("a unique index over NOT NULL columns", "CREATE TABLE t (a int NOT NULL, b int NOT NULL);"
         "CREATE UNIQUE INDEX ON t (a, b)"),
    Case("partitions with a key", "CREATE TABLE t (a int PRIMARY KEY) PARTITION BY RANGE (a);"
         "CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (1) TO (2)"),
    Case("views and foreign tables",
         "CREATE TABLE t (a int PRIMARY KEY); CREATE VIEW v AS SELECT 1 AS a;"
         "CREATE MATERIALIZED VIEW m AS SELECT 1 AS a;"
         "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w;"
         "CREATE FOREIGN TABLE f (a int) SERVER s"),
    Case("Alembic's table", "CREATE TABLE alembic_version (version_num varchar(32) NOT NULL);"
         "CREATE TABLE t (a int PRIMARY KEY)"),
]  # fmt: skip


@parameters(CASES)
def test_tables_whose_rows_nothing_identifies(case: Case, database: Any) -> None:
    verify(case, database, "table-without-primary-key")


def test_a_partition_is_not_mentioned_beside_its_table(database: Any) -> None:
    case = Case("", "CREATE TABLE t (a int) PARTITION BY RANGE (a);"
                "CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (1) TO (2)", TABLE)  # fmt: skip
    verify(case, database, "table-without-primary-key")
