"""The kind and the name of a created object are read from the first words of a statement."""

from __future__ import annotations

import pytest

from drift.sources.sql_objects.header import sql_object

CASES = {
    "CREATE VIEW a AS SELECT 1": "view a",
    "create or replace view S.A as select 1": "view s.a",
    'CREATE TEMP RECURSIVE VIEW "S"."A b" (x) AS SELECT 1': "view S.A b",
    "CREATE MATERIALIZED VIEW IF NOT EXISTS m AS SELECT 1": "materialized-view m",
    "CREATE FUNCTION f(a int, b text) RETURNS int LANGUAGE sql AS ''": "function f",
    "CREATE OR REPLACE PROCEDURE s . p () LANGUAGE sql AS ''": "function s.p",
    "/* a */ CREATE -- b\n VIEW c.d AS SELECT 1": "view c.d",
    "CREATE TRIGGER t BEFORE UPDATE OF a ON s.u FOR EACH ROW EXECUTE FUNCTION f()":
        "trigger s.u.t",
    "CREATE CONSTRAINT TRIGGER t AFTER INSERT ON u EXECUTE FUNCTION f()": "trigger u.t",
    "CREATE POLICY p ON s.u USING (true)": "policy s.u.p",
    'CREATE EXTENSION IF NOT EXISTS "uuid-ossp" SCHEMA x': "extension uuid-ossp",
    "CREATE TYPE t AS (a int)": "CREATE TYPE t AS",
    "CREATE VIEW": "CREATE VIEW",
    "CREATE TRIGGER t": "CREATE TRIGGER t",
    "": "",
}  # fmt: skip


@pytest.mark.parametrize("statement", CASES)
def test_the_kind_and_the_name_are_read(statement: str) -> None:
    assert sql_object(statement).title == CASES[statement]


def test_a_name_is_cut_as_postgresql_cuts_it() -> None:
    assert sql_object(f"CREATE VIEW {'é' * 40} AS SELECT 1").name == "é" * 31
