"""Indexes that another one makes superfluous."""

from __future__ import annotations

from typing import Any

from tests.kinds.advice.advising import Case, parameters, verify

T = "CREATE TABLE t (id int PRIMARY KEY, a int, b int, n text, j jsonb);"


def _two(first: str, second: str, table: str = T) -> str:
    return f"{table} CREATE INDEX x ON t {first}; CREATE INDEX y ON t {second}"


X, Y = ("public.t.x",), ("public.t.y",)
CASES = [
    Case("the first of two columns", _two("(a)", "(a, b)"), X),
    Case("the same keys", _two("(a)", "(a)"), Y),
    Case("the same expression", _two("(lower(n))", "(lower(n))"), Y),
    Case("the first of two keys, an expression", _two("(lower(n))", "(lower(n), a)"), X),
    Case("the same predicate", _two("(a) WHERE b > 0", "(a, b) WHERE b > 0"), X),
    Case("the same operator class",
         _two("(n text_pattern_ops)", "(n text_pattern_ops, a)"), X),
    Case("the same collation", _two('(n COLLATE "C")', '(n COLLATE "C", a)'), X),
    Case("the same order", _two("(a DESC)", "(a DESC, b)"), X),
    Case("the primary key", T + "CREATE INDEX x ON t (id)", X),
    Case("a unique constraint", T + "ALTER TABLE t ADD UNIQUE (a, b); CREATE INDEX x ON t (a)", X),
    Case("a unique index beside a unique constraint",
         T + "ALTER TABLE t ADD UNIQUE (a); CREATE UNIQUE INDEX x ON t (a)", X),
    Case("stored columns that are keys", _two("(a) INCLUDE (b)", "(a, b)"), X),
    Case("stored columns of both", _two("(a) INCLUDE (n)", "(a) INCLUDE (n, b)"), X),
    Case("two GIN indexes", _two("USING gin (j)", "USING gin (j)"), Y),
    Case("two hash indexes", _two("USING hash (a)", "USING hash (a)"), Y),
    Case("the same keys as the replica identity",
         "CREATE TABLE t (a int NOT NULL, b int); CREATE UNIQUE INDEX x ON t (a);"
         "CREATE UNIQUE INDEX y ON t (a); ALTER TABLE t REPLICA IDENTITY USING INDEX y", X),
    Case("three of the same", _two("(a)", "(a)") + "; CREATE INDEX z ON t (a)",
         ("public.t.y", "public.t.z")),
    Case("a parameter of its own", _two("(a) WITH (fillfactor = 70)", "(a, b)"), X),
    Case("partitioned", "CREATE TABLE t (a int, b int) PARTITION BY RANGE (a);"
         "CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (1) TO (2);"
         "CREATE INDEX x ON t (a); CREATE INDEX y ON t (a, b)", X),
    Case("other columns", _two("(a)", "(b)")),
    Case("the second of two columns", _two("(b)", "(a, b)")),
    Case("another order of columns", _two("(a, b)", "(b, a)")),
    Case("another order", _two("(a DESC)", "(a, b)")),
    Case("NULLs elsewhere", _two("(a NULLS FIRST)", "(a, b)")),
    Case("another operator class", _two("(n text_pattern_ops)", "(n, a)")),
    Case("another collation", _two('(n COLLATE "C")', "(n, a)")),
    Case("another method", _two("USING hash (a)", "(a)")),
    Case("another predicate", _two("(a)", "(a, b) WHERE b > 0")),
    Case("a predicate of its own", _two("(a) WHERE b > 0", "(a, b)")),
    Case("two predicates", _two("(a) WHERE b > 0", "(a) WHERE b > 1")),
    Case("unique", T + "CREATE UNIQUE INDEX x ON t (a); CREATE INDEX y ON t (a, b)"),
    Case("unique beside another unique one",
         T + "CREATE UNIQUE INDEX x ON t (a); ALTER TABLE t ADD UNIQUE (a, b)"),
    Case("unique beside the same that is not", T + "CREATE UNIQUE INDEX w ON t (a)"),
    Case("a deferrable unique constraint",
         T + "ALTER TABLE t ADD UNIQUE (a) DEFERRABLE; CREATE UNIQUE INDEX x ON t (a)"),
    Case("stored columns", _two("(a) INCLUDE (n)", "(a, b)")),
    Case("the replica identity", "CREATE TABLE t (a int NOT NULL UNIQUE);"
         "CREATE UNIQUE INDEX x ON t (a); ALTER TABLE t REPLICA IDENTITY USING INDEX x"),
    Case("the order of the table", _two("(a)", "(a, b)") + "; CLUSTER t USING x"),
    Case("the target of a foreign key", "CREATE TABLE t (a int NOT NULL);"
         "CREATE UNIQUE INDEX x ON t (a); CREATE TABLE c (a int REFERENCES t (a));"
         "ALTER TABLE t ADD UNIQUE (a)"),
    Case("two GIN indexes, one with more",
         _two("USING gin (j)", "USING gin (j, to_tsvector('english', n))")),
    Case("two GIN indexes for other operators",
         _two("USING gin (j)", "USING gin (j jsonb_path_ops)")),
    Case("another expression", _two("(lower(n))", "(upper(n))")),
    Case("NULLS NOT DISTINCT",
         T + "ALTER TABLE t ADD UNIQUE (a); CREATE UNIQUE INDEX x ON t (a) NULLS NOT DISTINCT",
         server=15),
    Case("an exclusion constraint",
         T + "ALTER TABLE t ADD EXCLUDE USING btree (a WITH =); CREATE INDEX x ON t (a)"),
]  # fmt: skip


@parameters(CASES)
def test_indexes_that_can_be_dropped(case: Case, database: Any) -> None:
    verify(case, database, "redundant-index")
