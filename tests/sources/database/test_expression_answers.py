"""PostgreSQL decides what means the same: nothing is run, nothing locked, in one round trip."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from drift.expressions.vocabulary import Function, Vocabulary
from drift.model import Expression
from drift.sources.database import expression_answers
from drift.sources.database.connection import Timeouts, connect, parse
from drift.sources.database.pipeline import Pipeline
from drift.sources.database.reflection import reflect
from drift.sources.database.scope import Scope
from tests.servers import Database, create_all
from tests.system.checking import check

DDL = """
CREATE TABLE t (id serial PRIMARY KEY, name varchar(20), price numeric(10, 2), doc jsonb,
  twice numeric GENERATED ALWAYS AS (price * 2) STORED, CHECK (price > 0));
CREATE INDEX low ON t (lower(name)) WHERE price > 5;
CREATE FUNCTION loud() RETURNS int LANGUAGE plpgsql VOLATILE AS
  $$ BEGIN RAISE EXCEPTION 'it was run'; END $$;
"""
ROW = {"id": "integer", "name": "character varying(20)", "price": "numeric(10,2)", "doc": "jsonb"}


def ask(connection: Any, *texts: str, column: str | None = None) -> list[Any]:
    asked = [
        Expression("public", "t", text.removeprefix("NULL::"), column, text.startswith("NULL::"))
        for text in texts
    ]
    vocabulary = Vocabulary(
        functions={"loud": Function("integer", ("public",))},
        path=("public",),
        type_path=("public",),
    )
    answers = expression_answers.ask(
        Pipeline(connection.pgconn, 60), asked, {("public", "t"): ROW}, vocabulary
    )
    return [answers[expression] for expression in asked]


@pytest.fixture
def opened(database: Database) -> Any:
    """A connection inside the transaction of a check."""
    database.execute(DDL)
    with connect(parse(database.url), Timeouts()) as connection:
        reflect(connection, Scope(), Timeouts())
        yield connection


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("name IN ('p', 'q')", "(name)::text = ANY (ARRAY['p'::text, 'q'::text])"),
        ("price BETWEEN 0 AND 5", "((price >= (0)::numeric) AND (price <= (5)::numeric))"),
        ("name LIKE 'a%'", "((name)::text ~~ 'a%'::text)"),
        ("now()", "CURRENT_TIMESTAMP"),
        ("transaction_timestamp()", "CURRENT_TIMESTAMP"),
        ("CURRENT_DATE", "now()::date"),
        ("LOCALTIMESTAMP", "now()::timestamp"),
        ("NULL::FLOAT(24)", "NULL::real"),
        ("NULL::VARCHAR(10)[]", "NULL::character varying(10)[]"),
        ("t.price > 1", "price > 1 -- a remark"),
    ],
)
def test_two_spellings_of_one_thing_print_alike(opened: Any, one: str, other: str) -> None:
    first, second = ask(opened, one, other)
    assert first.text == second.text is not None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("price > 0", "price >= 0"),
        ("name = 'a'", "name = 'A'"),
        ("now()", "clock_timestamp()"),
        ("NULL::varchar(10)", "NULL::varchar(11)"),
        ("name < 'a'", "name COLLATE \"C\" < 'a'"),
        ("name = 'CURRENT_DATE'", "name = (now()::date)::text"),
    ],
)
def test_two_different_things_print_differently(opened: Any, one: str, other: str) -> None:
    first, second = ask(opened, one, other)
    assert None not in {first.text, second.text}
    assert first.text != second.text


@pytest.mark.parametrize(
    ("column", "one", "other"),
    [
        ("doc", "'{}'", "'{}'::jsonb"),
        ("price", "'0'", "0.00"),
        ("id", "'5'", "5"),
        ("name", "'x'", "'x'::text"),
    ],
)
def test_defaults_are_compared_as_values_of_their_column(
    opened: Any, column: str, one: str, other: str
) -> None:
    first, second = ask(opened, one, other, column=column)
    assert first.text == second.text is not None


def test_one_that_cannot_be_read_spoils_no_other(opened: Any) -> None:
    answers = ask(opened, "price > 1", "nonsense(", "no_such_column = 1", "1 / 0 = 1", "id = 2")
    assert [answer.reason for answer in answers] == [
        None,
        "its parentheses do not match",
        'column "no_such_column" does not exist',
        "division by zero",
        None,
    ]


def test_a_function_that_is_not_built_in_is_a_column_to_the_server(opened: Any) -> None:
    [answer] = ask(opened, "loud() > 0")
    assert answer.text == '("loud()">0)'


def test_nothing_is_locked_while_the_transaction_is_open(opened: Any, database: Database) -> None:
    ask(opened, "price > 1", "lower(name) = 'x'", "nextval('t_id_seq')")
    query = f"SELECT relation::regclass FROM pg_locks WHERE pid = {opened.info.backend_pid} " \
        "AND relation >= 16384"  # fmt: skip
    assert database.fetch(query) == []


def test_a_thousand_travel_in_one_round_trip(opened: Any) -> None:
    texts = [f"id = {number}" for number in range(1000)]
    assert all(answer.text for answer in ask(opened, *texts))
    assert opened.info.transaction_status == psycopg.pq.TransactionStatus.INTRANS


FUNCTIONS = """
CREATE FUNCTION norm(t text) RETURNS text LANGUAGE sql IMMUTABLE AS
  $$ SELECT pg_catalog.lower(t) $$;
CREATE FUNCTION cut(n double precision, digits integer) RETURNS numeric LANGUAGE sql IMMUTABLE AS
  $$ SELECT pg_catalog.round(n::numeric, digits) $$;
CREATE SCHEMA lib;
CREATE FUNCTION lib.norm(t text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT t $$;
"""


def own(check_: str, index: str = "norm(x)", default: str = "norm('A')") -> sa.MetaData:
    metadata = sa.MetaData()
    sa.Table(
        "t", metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("x", sa.String(9)),
        sa.Column("n", sa.Float),
        sa.Column("d", sa.Text, server_default=sa.text(default)),
        sa.CheckConstraint(check_, name="ck"),
        sa.Index("ix", sa.text(index)),
    )  # fmt: skip
    return metadata


CHECK = "norm(x) IN ('a', 'b') AND cut(n, 2) > 0"


@pytest.mark.parametrize("other", [
    own(CHECK),
    own("((public.norm((x)::text) = ANY (ARRAY['a'::text, 'b'::text])) AND"
        " (public.cut(n, 2) > 0::numeric))", "public.norm(x)", "public.norm('A'::text)"),
    own("Norm( x::text ) in ('a','b') and cut (n,2)>0", "norm(x::text)", "(norm('A'))"),
])  # fmt: skip
def test_a_function_of_the_projects_own_spelled_differently_is_in_sync(
    database: Database, other: sa.MetaData
) -> None:
    database.execute(FUNCTIONS)
    create_all(own(CHECK), database.url)
    assert check(database.url, other).findings == ()


@pytest.mark.parametrize(("other", "rules", "severities", "doubtful"), [
    (own(CHECK.replace("'b'", "'c'")), ["check-mismatch"], ["error"], False),
    (own(CHECK.replace("n, 2", "n, 3")), ["check-mismatch"], ["warning"], True),
    (own(CHECK.replace("norm", "lib.norm")), ["check-mismatch"], ["warning"], True),
    (own(CHECK, "lib.norm(x)"), ["index-mismatch"], ["warning"], True),
    (own(CHECK, default="norm('B')"), ["column-default-mismatch"], ["warning"], True),
    (own("lower(x) IN ('a', 'b')"), ["check-mismatch"], ["warning"], True),
])  # fmt: skip
def test_a_function_of_the_projects_own_that_differs_is_said_to_be_uncompared(
    database: Database, other: sa.MetaData, rules: list[str], severities: list[str], doubtful: bool
) -> None:
    """A difference outside of its calls is a fact, which the server has judged."""
    database.execute(FUNCTIONS)
    create_all(own(CHECK), database.url)
    findings = check(database.url, other).findings
    assert [f.rule for f in findings] == rules
    assert [f.severity for f in findings] == severities
    assert [("could not be compared" in f.message) for f in findings] == [doubtful]
