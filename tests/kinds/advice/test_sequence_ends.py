"""Sequences and keys that near their end."""

from __future__ import annotations

from typing import Any

import psycopg

from drift.check import target as app
from drift.config import Target
from drift.sources.database.source import DatabaseSide
from tests.kinds.advice.advising import Case, advised, parameters, verify

RULE = "sequence-exhaustion"
SERIAL = "CREATE TABLE t (id serial PRIMARY KEY);"
SMALL = "CREATE TABLE t (id smallserial PRIMARY KEY);"
BIG = "CREATE TABLE t (id bigserial PRIMARY KEY);"
WIDE = "CREATE SEQUENCE s; CREATE TABLE t (id int PRIMARY KEY DEFAULT nextval('s'));"
KEY = ("public.t_id_seq",)


def _at(number: int, sequence: str = "t_id_seq") -> str:
    return f"SELECT setval('{sequence}', {number});"


def _own(options: str, number: int, type_: str = "bigint") -> str:
    return (
        f"CREATE SEQUENCE s {options}; CREATE TABLE t (id {type_} DEFAULT nextval('s'));"
        f"{_at(number, 's')}"
    )


S = ("public.s",)
CASES = [
    Case("half of integer", SERIAL + _at(2**30), KEY),
    Case("at its end", SERIAL + _at(2**31 - 1), KEY),
    Case("half of smallint", SMALL + _at(2**14), KEY),
    Case("half of bigint", BIG + _at(2**62), KEY),
    Case("an identity", "CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY);" + _at(2**30), KEY),
    Case("a sequence of bigint for a column of integer", WIDE + _at(2**30, "s"), S),
    Case("a sequence beyond its column", WIDE + _at(2**40, "s"), S),
    Case("a column that was converted alone",
         BIG + "ALTER TABLE t ALTER id TYPE integer;" + _at(2**30), KEY),
    Case("a maximum of its own", _own("MAXVALUE 1000", 600), S),
    Case("descending", _own("INCREMENT -1 MINVALUE -1000", -600), S),
    Case("in large steps", _own("INCREMENT 100 MAXVALUE 1000", 801), S),
    Case("digits of numeric", _own("", 6000, "numeric(4,0)"), S),
    Case("cycling beyond its column", "CREATE SEQUENCE s CYCLE;"
         "CREATE TABLE t (id int DEFAULT nextval('s'));" + _at(2**30, "s"), S),
    Case("over the negative numbers, too", _own("MINVALUE -1000 MAXVALUE 1000", 10), S),
    Case("not yet used", SERIAL),
    Case("less than half of integer", SERIAL + _at(2**30 - 2)),
    Case("half of integer for bigint", BIG + _at(2**31)),
    Case("less than half of smallint", SMALL + _at(2**14 - 2)),
    Case("a column and a sequence that were converted",
         SERIAL + "ALTER TABLE t ALTER id TYPE bigint; ALTER SEQUENCE t_id_seq AS bigint;"
         + _at(2**31)),
    Case("a sequence of bigint for bigint", _own("", 2**40)),
    Case("cycling", _own("MAXVALUE 1000 CYCLE", 900)),
    Case("cycling as its column ends",
         "CREATE SEQUENCE s AS int CYCLE; CREATE TABLE t (id int DEFAULT nextval('s'));"
         + _at(2**31 - 5, "s")),
    Case("less than half of its own maximum", _own("MAXVALUE 1000", 400)),
    Case("descending, near its start", _own("INCREMENT -1 MINVALUE -1000", -400)),
    Case("over the negative numbers, at their end",
         _own("MINVALUE -1000 MAXVALUE 1000", -10)),
    Case("a temporary one",
         "CREATE TEMPORARY SEQUENCE s MAXVALUE 10; CREATE TABLE t (id int);" + _at(9, "s")),
    Case("a default that calculates",
         "CREATE SEQUENCE s; CREATE TABLE t (id smallint DEFAULT nextval('s') % 100);"
         + _at(60000, "s")),
    Case("digits of numeric that suffice", _own("", 4000, "numeric(4,0)")),
    Case("in a schema that is not compared", "CREATE SCHEMA o; CREATE SEQUENCE o.s MAXVALUE 10;"
         "CREATE TABLE t (id int);" + _at(9, "o.s")),
]  # fmt: skip


@parameters(CASES)
def test_sequences_that_near_their_end(case: Case, database: Any) -> None:
    outcome = verify(case, database, RULE)
    assert not any("sequence" in note for note in outcome.notes)


def test_the_sentence_names_the_limit(database: Any) -> None:
    database.execute(WIDE + _at(2**30, "s"))
    (finding,) = advised(database, RULE).advice
    assert finding.message == (
        "sequence public.s: has used 50 % of its numbers: the last one was 1,073,741,824, t.id "
        "(integer) ends at 2,147,483,647; 1,073,741,823 are left"
    )


def test_an_insert_fails_after_the_last_number(database: Any) -> None:
    database.execute(WIDE + _at(2**31 - 1, "s"))
    assert "0 are left" in advised(database, RULE).advice[0].message
    try:
        database.execute("INSERT INTO t DEFAULT VALUES")
    except psycopg.errors.NumericValueOutOfRange:
        return
    raise AssertionError("the column took a number that it cannot hold")


def test_a_role_without_privileges_gets_a_note(database: Any) -> None:
    database.execute(SERIAL + _at(2**31 - 1))
    role = database.role("reader")
    url = database.url_for(role)
    expected = DatabaseSide(Target(name="test", database=database.url)).expected()
    target = Target(name="test", database=url, advice=(RULE,))
    outcome = app.check(target, note=lambda _: None, expected=expected)
    assert not outcome.advice
    assert outcome.in_sync
    assert any(f"{RULE}: 1 sequence was not read" in note for note in outcome.notes)
    assert any(note.endswith("ALL SEQUENCES IN SCHEMA public") for note in outcome.notes)
    database.execute(f'GRANT USAGE ON SEQUENCE t_id_seq TO "{role}"')
    assert app.check(target, note=lambda _: None, expected=expected).advice


def test_a_sequence_that_another_session_alters_does_not_delay_the_check(database: Any) -> None:
    database.execute(SERIAL + _at(2**30))
    with psycopg.connect(database.url) as other:
        other.execute("ALTER SEQUENCE t_id_seq MAXVALUE 2000000000")
        outcome = advised(database, RULE, lock_timeout=0.5)
    assert not outcome.advice
    assert "sequence t_id_seq is locked by another session: not read" in outcome.notes


def test_a_check_uses_no_number(database: Any) -> None:
    database.execute(SERIAL + _at(2**30))
    advised(database, RULE)
    assert database.fetch("SELECT nextval('t_id_seq')") == [(2**30 + 1,)]
