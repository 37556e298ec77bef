"""The catalog statement looks up the wanted tables: other tables cost nothing per row of theirs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import psycopg
import pytest

from drift.sources.database.catalog import statement
from drift.sources.database.connection import Timeouts, begin
from drift.sources.database.scope import Scope
from tests.servers import Database

GROWING = set(
    "pg_attrdef pg_attribute pg_class pg_constraint pg_depend pg_description pg_index pg_opclass"
    " pg_sequence pg_trigger".split()
)
"""Catalogs with rows for every table; and the operator classes, which each key looks up."""

WANTED, OTHERS, LEEWAY = 20, 500, 200
"""Each of the other tables has a row or more in each of these catalogs, except for pg_opclass: one
that is read as a whole has more rows than twice those of the wanted tables, and the leeway."""

TABLES = """
CREATE SCHEMA IF NOT EXISTS {0};
DO $$ BEGIN FOR n IN 1..{1} LOOP
  EXECUTE pg_catalog.format('CREATE TABLE {0}.t%s (id serial PRIMARY KEY, name text UNIQUE, '
    'amount int DEFAULT 1 CHECK (amount > 0), parent int REFERENCES {0}.t%s)', n, n);
  EXECUTE pg_catalog.format('COMMENT ON COLUMN {0}.t%s.name IS $c$a name$c$', n);
END LOOP; END $$
"""


def scans(plan: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the parts of a plan that read tables."""
    if "Relation Name" in plan:
        yield plan
    for part in plan.get("Plans", ()):
        yield from scans(part)


def read(database: Database) -> tuple[Counter[str], Counter[str]]:
    """Run the statement; return the rows and the pages of 8 KiB that it read per catalog."""
    scope = Scope(tables=frozenset((None, f"t{number}") for number in range(1, WANTED + 1)))
    with psycopg.connect(database.url, autocommit=True) as connection:
        connection.execute(begin(Timeouts(), database.server_version).encode())
        explain = f"EXPLAIN (ANALYZE, BUFFERS, TIMING off, FORMAT json) {statement(scope)}"
        [[[answer]]] = connection.execute(explain.encode()).fetchall()
    rows: Counter[str] = Counter()
    pages: Counter[str] = Counter()
    for scan in scans(answer["Plan"]):
        each = scan["Actual Rows"] + scan.get("Rows Removed by Filter", 0)
        rows[scan["Relation Name"]] += round(each * scan["Actual Loops"])
        pages[scan["Relation Name"]] += scan["Shared Hit Blocks"] + scan["Shared Read Blocks"]
    return rows, pages


def test_other_tables_add_nothing_to_the_rows_that_are_read(database: Database) -> None:
    database.execute(TABLES.format("public", WANTED))
    rows, pages = read(database)
    assert rows["pg_constraint"] >= WANTED
    database.execute(TABLES.format("other", OTHERS))
    for prepare in ("SELECT", "ANALYZE"):
        database.execute(prepare)
        all_rows, all_pages = read(database)
        # an index has a level more for more tables, and pg_class is read in the order of an index
        assert {name for name in GROWING if all_rows[name] > 2 * rows[name] + LEEWAY} == set()
        assert {name for name in GROWING if all_pages[name] > 2 * pages[name] + LEEWAY} == set()


def test_the_planner_needs_little_memory_for_the_statement(database: Database) -> None:
    """On a new connection, planning takes most of the time, and as much as it allocates."""
    if database.server_version < 170000:
        pytest.skip("EXPLAIN (MEMORY) needs PostgreSQL 17")
    with psycopg.connect(database.url, autocommit=True) as connection:
        connection.execute(begin(Timeouts(), database.server_version).encode())
        explain = f"EXPLAIN (MEMORY, SUMMARY, FORMAT json) {statement(Scope())}"
        [[[answer]]] = connection.execute(explain.encode()).fetchall()
    assert answer["Planning"]["Memory Used"] < 8 << 10  # KiB
