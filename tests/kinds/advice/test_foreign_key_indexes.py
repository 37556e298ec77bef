"""Foreign keys without an index; PostgreSQL's planner confirms which index serves."""

from __future__ import annotations

from typing import Any

import pytest

from tests.kinds.advice.advising import Case, advised, parameters, verify

RULE = "foreign-key-without-index"
ONE = "CREATE TABLE p (id int PRIMARY KEY);"
CHILD = ONE + "CREATE TABLE c (id int PRIMARY KEY, x int, d date, p int REFERENCES p (id));"
PAIR = """
CREATE TABLE p (a int, b int, PRIMARY KEY (a, b));
CREATE TABLE c (id int PRIMARY KEY, x int, a int, b int, FOREIGN KEY (a, b) REFERENCES p (a, b));
"""
TENANTS = """
CREATE TABLE p (id int PRIMARY KEY, t int NOT NULL, UNIQUE (t, id));
CREATE TABLE c (id int PRIMARY KEY, t int, p int, FOREIGN KEY (t, p) REFERENCES p (t, id));
"""
PARTS = (
    ONE
    + """
CREATE TABLE c (id int, p int REFERENCES p (id), d int, PRIMARY KEY (id, d)) PARTITION BY RANGE (d);
CREATE TABLE c1 PARTITION OF c FOR VALUES FROM (0) TO (9);
CREATE TABLE c2 PARTITION OF c FOR VALUES FROM (9) TO (19);
"""
)
KEY, PAIR_KEY = ("public.c.c_p_fkey",), ("public.c.c_a_b_fkey",)
TENANT_KEY = ("public.c.c_t_p_fkey",)

CASES = [
    Case("no index", CHILD, KEY),
    Case("an index", CHILD + "CREATE INDEX ON c (p)"),
    Case("a descending index", CHILD + "CREATE INDEX ON c (p DESC)"),
    Case("an index that begins with it", CHILD + "CREATE INDEX ON c (p, x)"),
    Case("an index in which it comes second", CHILD + "CREATE INDEX ON c (x, p)", KEY),
    Case("an index that only stores it", CHILD + "CREATE INDEX ON c (x) INCLUDE (p)", KEY),
    Case("an index over an expression of it", CHILD + "CREATE INDEX ON c ((p + 1))", KEY),
    Case("a partial index for other rows", CHILD + "CREATE INDEX ON c (p) WHERE x > 0", KEY),
    Case("a partial index without NULLs", CHILD + "CREATE INDEX ON c (p) WHERE p IS NOT NULL"),
    Case("a partial index with one more condition",
         CHILD + "CREATE INDEX ON c (p) WHERE p IS NOT NULL AND x > 0", KEY),
    Case("a hash index", CHILD + "CREATE INDEX ON c USING hash (p)"),
    Case("a BRIN index", CHILD + "CREATE INDEX ON c USING brin (x, p)"),
    Case("a unique constraint", CHILD + "ALTER TABLE c ADD UNIQUE (p)"),
    Case("a deferrable unique constraint", CHILD + "ALTER TABLE c ADD UNIQUE (p) DEFERRABLE"),
    Case("its own primary key", ONE + "CREATE TABLE c (id int PRIMARY KEY REFERENCES p (id))"),
    Case("the first column of the primary key",
         ONE + "CREATE TABLE c (p int REFERENCES p (id), x int, PRIMARY KEY (p, x))"),
    Case("the second column of the primary key",
         ONE + "CREATE TABLE c (p int REFERENCES p (id), x int, PRIMARY KEY (x, p))", KEY),
    Case("an association table", ONE + "CREATE TABLE q (id int PRIMARY KEY);"
         "CREATE TABLE c (p int REFERENCES p (id), q int REFERENCES q (id), PRIMARY KEY (p, q))",
         ("public.c.c_q_fkey",)),
    Case("a deferrable key", ONE + "CREATE TABLE c (p int REFERENCES p (id) DEFERRABLE)", KEY),
    Case("a table that references itself",
         "CREATE TABLE c (id int PRIMARY KEY, p int REFERENCES c (id))", KEY),
    Case("a table that references itself, with an index",
         "CREATE TABLE c (id int PRIMARY KEY, p int REFERENCES c (id)); CREATE INDEX ON c (p)"),
    Case("two columns, no index", PAIR, PAIR_KEY),
    Case("two columns", PAIR + "CREATE INDEX ON c (a, b)"),
    Case("two columns in another order", PAIR + "CREATE INDEX ON c (b, a, x)"),
    Case("one of two columns", PAIR + "CREATE INDEX ON c (a)", PAIR_KEY),
    Case("two columns with another in between", PAIR + "CREATE INDEX ON c (a, x, b)", PAIR_KEY),
    Case("two columns, without NULLs",
         PAIR + "CREATE INDEX ON c (a, b) WHERE b IS NOT NULL AND a IS NOT NULL"),
    Case("the selective one of two columns", TENANTS + "CREATE INDEX ON c (p)"),
    Case("the other one of two columns", TENANTS + "CREATE INDEX ON c (t)", TENANT_KEY),
    Case("a quoted name",
         ONE + 'CREATE TABLE "C" (id int PRIMARY KEY, "Of P" int REFERENCES p (id));'
         'CREATE INDEX ON "C" ("Of P") WHERE "Of P" IS NOT NULL'),
    Case("partitions without an index", PARTS, KEY),
    Case("a partitioned index", PARTS + "CREATE INDEX ON c (p)"),
    Case("an index per partition", PARTS + "CREATE INDEX ON c1 (p); CREATE INDEX ON c2 (p)"),
    Case("a key whose triggers are off", CHILD + "ALTER TABLE c DISABLE TRIGGER ALL;"
         "ALTER TABLE p DISABLE TRIGGER ALL"),
    Case("a key that is not enforced", ONE + "CREATE TABLE c (id int PRIMARY KEY, p int);"
         "ALTER TABLE c ADD FOREIGN KEY (p) REFERENCES p (id) NOT ENFORCED", server=18),
    Case("a key that was not validated", ONE + "CREATE TABLE c (id int PRIMARY KEY, p int);"
         "ALTER TABLE c ADD FOREIGN KEY (p) REFERENCES p (id) NOT VALID", KEY),
    Case("an exclusion constraint", ONE + "CREATE TABLE c (id int PRIMARY KEY,"
         "p int REFERENCES p (id), EXCLUDE USING btree (p WITH =))"),
    Case("a view, and a foreign table",
         "CREATE TABLE t (a int PRIMARY KEY); CREATE VIEW v AS SELECT 1 AS p;"
         "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w;"
         "CREATE FOREIGN TABLE f (p int) SERVER s"),
]  # fmt: skip

OF_CHILD = [case for case in CASES if case.sql.startswith(CHILD)]


@parameters(CASES)
def test_keys_that_no_index_serves(case: Case, database: Any) -> None:
    verify(case, database, RULE)


@pytest.mark.parametrize("case", OF_CHILD, ids=lambda case: case.name)
def test_the_planner_agrees(case: Case, database: Any) -> None:
    """The query by which PostgreSQL looks for children uses an index if there is no advice."""
    if "TRIGGER" in case.sql or "brin" in case.sql:
        pytest.skip("no query is made, or its plan depends on the rows")
    database.execute(case.sql)
    rows = database.fetch(
        "SET enable_seqscan = off; SET enable_bitmapscan = off; SET plan_cache_mode ="
        " force_generic_plan; SET enable_indexonlyscan = off;"
        "PREPARE q(int) AS SELECT 1 FROM ONLY c x WHERE $1 OPERATOR(pg_catalog.=) p FOR KEY SHARE;"
        "EXPLAIN EXECUTE q(1)"
    )
    searched = any("Index Cond: (p = $1)" in row[0] for row in rows)
    is_second = "CREATE INDEX ON c (x, p)" in case.sql  # all of such an index is read
    assert (searched and not is_second) == (not case.paths)


def test_an_index_that_another_session_builds_is_awaited(database: Any) -> None:
    database.execute(CHILD + "CREATE INDEX bad ON c (p)")
    database.execute(
        "UPDATE pg_catalog.pg_index SET indisvalid = false WHERE indexrelid = 'bad'::regclass"
    )
    assert [f.object.path for f in advised(database, RULE).advice] == list(KEY)
