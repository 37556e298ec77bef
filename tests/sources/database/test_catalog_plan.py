"""The catalog statement looks up the wanted tables: what else there is costs nothing."""

from __future__ import annotations

import re
from typing import Any

import psycopg
import pytest

from drift.sources.database.catalog import statement
from drift.sources.database.connection import Timeouts, begin
from drift.sources.database.scope import Scope

GROWING = set(
    "pg_attrdef pg_attribute pg_class pg_constraint pg_depend pg_description pg_index pg_opclass"
    " pg_sequence pg_trigger".split()
)
"""Catalogs with rows for every table; and the operator classes, which each key looks up."""

OTHERS = """
CREATE SCHEMA other;
DO $$ BEGIN FOR n IN 1..100 LOOP
  EXECUTE pg_catalog.format('CREATE TABLE other.t%s (id serial PRIMARY KEY, name text UNIQUE, '
    'amount int DEFAULT 1 CHECK (amount > 0), parent int REFERENCES other.t%s)', n, n);
END LOOP; END $$
"""


@pytest.mark.parametrize("analyzed", [False, True])
def test_no_growing_catalog_is_read_as_a_whole(database: Any, *, analyzed: bool) -> None:
    database.execute("CREATE TABLE wanted (id serial PRIMARY KEY, name text); " + OTHERS)
    scope = Scope(tables=frozenset({(None, "wanted")}))
    with psycopg.connect(database.url, autocommit=True) as connection:
        if analyzed:
            connection.execute("ANALYZE")
        connection.execute(begin(Timeouts(), database.server_version).encode())
        plan = connection.execute(b"EXPLAIN " + statement(scope).encode()).fetchall()
    scanned = set(re.findall(r"Seq Scan on (\w+)", "\n".join(line for (line,) in plan)))
    assert scanned & GROWING == set()
